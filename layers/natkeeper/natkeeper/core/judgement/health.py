"""The health judge: evidence in, verdict out. Unknown is not dead.

Dead takes a state that cannot serve, a status check impaired for long enough, N failures among the last
M probes, or silence *and* a second signal. A node that we stopped is asleep; one that somebody else did,
dead. When every node fails nothing but the outside targets, the targets are down and no node is to blame;
a node that fails them alone in the stack, N of M times, is doubted, not killed: a successor beside it will
tell. So is one that stays silent for long while others answer, or alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from natkeeper.core.judgement.context import Context
from natkeeper.core.memory import NodeMemory, recent
from natkeeper.core.model import InstanceId, Lifecycle, Node, Outcome, Probe
from natkeeper.core.policy import Policy, Standby


class Verdict(StrEnum):
    """What the evidence says of a node."""

    BOOTING = "booting"
    HEALTHY = "healthy"
    SUSPECT = "suspect"
    SILENT = "silent"  # by the word of its neighbours (silence.py)
    DEAD = "dead"
    UNKNOWN = "unknown"
    ASLEEP = "asleep"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reason. `doubt` asks for a successor beside a node that must not be killed."""

    verdict: Verdict
    reason: str
    doubt: bool = False


EGRESS = frozenset({"egress"})
_SPEECHLESS = frozenset({"report"})
"""What a node fails that answers nonsense (core/intake/evidence.py)."""
_ANSWERED = frozenset({Outcome.PASSED, Outcome.FAILED})


def judge(nodes: Iterable[Node], context: Context) -> Mapping[InstanceId, Judgement]:
    """A judgement for each node, each seen in the light of all."""
    nodes = tuple(since_start(node, context.memory.node(node.id)) for node in nodes)
    blame = _blame_for_egress(tuple(node for node in nodes if _can_answer(node)))
    running = [node for node in nodes if node.lifecycle is Lifecycle.RUNNING]  # who sleeps compares not
    telling = any(map(_is_heard, running)) or len(running) == 1
    watched = len({node.zone for node in running}) > 1 or _is_watched_by_a_standby(nodes, context)
    mute = context.policy.mute if watched else context.policy.mute_alone
    return {node.id: _judge(node, context, blame, mute if telling else None) for node in nodes}


def _is_watched_by_a_standby(nodes: Iterable[Node], context: Context) -> bool:
    """Whether two that have proved themselves run, and tell of each other."""
    policy, past = context.policy, context.memory.node
    running = (n for n in nodes if n.lifecycle is Lifecycle.RUNNING)
    proven = sum(past(n.id).verified_at is not None for n in running)
    return policy.standby is Standby.ZONE and policy.peer_watch and proven > 1


def _judge(node: Node, context: Context, blame: Judgement | None, mute: int | None) -> Judgement:
    return (
        _by_lifecycle(node, context)
        or _by_status_check(node, context)
        or _by_absence(node, context)
        or _by_silence(node, context.policy, mute)
        or _by_failure(node, context, blame)
        or Judgement(Verdict.HEALTHY, "the last probe passed")
    )


def since_start(node: Node, past: NodeMemory) -> Node:
    """The node as of its last start: what it answered before tells nothing. EC2's reads may lag ours."""
    if past.started_at is None:
        return node
    launched = max(node.launched_at, past.started_at)
    probes = tuple(probe for probe in node.probes if probe.at >= launched)
    return replace(node, launched_at=launched, probes=probes)


def _by_lifecycle(node: Node, context: Context) -> Judgement | None:
    policy, now = context.policy, context.now
    if node.lifecycle is Lifecycle.RUNNING:
        return None
    if node.lifecycle in (Lifecycle.STOPPING, Lifecycle.STOPPED):
        return _by_sleep(node, context)
    if node.lifecycle is not Lifecycle.PENDING:
        return Judgement(Verdict.DEAD, f"the instance is {node.lifecycle}")
    if now - node.launched_at > policy.pending:
        return Judgement(Verdict.DEAD, f"still pending after {_seconds(now, node.launched_at)} s")
    return Judgement(Verdict.BOOTING, "the instance is pending")


def _by_sleep(node: Node, context: Context) -> Judgement:
    """A stopped node that memory does not know, where we stop nodes: the memory was lost, not the node."""
    policy, memory, now = context.policy, context.memory, context.now
    past = memory.node(node.id)
    if past.started_at and now - past.started_at < policy.visibility:
        return Judgement(Verdict.BOOTING, "it is being started")
    if node.id not in memory.nodes and policy.stops_nodes:
        return Judgement(Verdict.ASLEEP, f"it is {node.lifecycle}, and nothing is remembered of it")
    if past.slept_at is None:
        return Judgement(Verdict.DEAD, f"the instance is {node.lifecycle}")
    if past.unstartable:
        return Judgement(Verdict.DEAD, "it was asleep and could not be started")
    if node.lifecycle is Lifecycle.STOPPING and now - past.slept_at > policy.stopping:
        return Judgement(Verdict.DEAD, f"still stopping after {_seconds(now, past.slept_at)} s")
    return Judgement(Verdict.ASLEEP, f"it was put to sleep at {past.slept_at:%H:%M:%S}")


def _by_status_check(node: Node, context: Context) -> Judgement | None:
    """EC2 notices late that a machine is well again: who passes a probe meanwhile is doubted, not dead."""
    policy, now = context.policy, context.now
    if node.impaired_since is None or now - node.impaired_since < policy.impaired:
        return None
    reason = f"its status check has been impaired for {_seconds(now, node.impaired_since)} s"
    last = node.probes[-1] if node.probes else None
    if last and last.outcome is Outcome.PASSED and last.at > max(node.impaired_since, now - policy.stale):
        return Judgement(Verdict.SUSPECT, f"{reason}, but it passes probes", doubt=True)
    return Judgement(Verdict.DEAD, reason)


def _by_absence(node: Node, context: Context) -> Judgement | None:
    """A node that has not answered yet, or of which nothing new was heard."""
    policy, memory, now = context.policy, context.memory, context.now
    past = memory.node(node.id)
    booting = now - node.launched_at <= (policy.restart if past.started_at else policy.boot)
    verified = past.verified_at is not None
    if not verified and not any(probe.outcome in _ANSWERED for probe in node.probes):
        if booting:
            return Judgement(Verdict.BOOTING, "it has not answered its first probe yet")
        asked = len(node.probes) >= policy.silences  # fewer, and we may have forgotten an old node
        if asked and not any(probe.outcome is Outcome.UNREADY for probe in node.probes):
            reason = f"it never answered a probe in {_seconds(now, node.launched_at)} s{_why(node)}"
            return Judgement(Verdict.UNKNOWN, reason, doubt=True)
    if not verified and booting and node.probes[-1].outcome is not Outcome.PASSED:
        return Judgement(Verdict.BOOTING, "it answers, but does not serve yet")
    if not node.probes or now - node.probes[-1].at > policy.stale:
        return Judgement(Verdict.UNKNOWN, "nobody has probed it lately")
    return None


def _by_silence(node: Node, policy: Policy, mute: int | None) -> Judgement | None:
    """So many silent probes tell something, for others answer, or there is no other to compare (None: none
    do)."""
    silent = _trailing_silence(node.probes)
    if not silent:
        return None
    told = f"silent for {silent} probes{_why(node)}"
    if silent >= policy.silences and node.impaired_since:
        return Judgement(Verdict.DEAD, f"{told}, and its status check is impaired")
    if mute and silent >= mute:
        return Judgement(Verdict.UNKNOWN, f"{told}: a successor will tell", doubt=True)
    return Judgement(Verdict.UNKNOWN, f"{told}, but no second signal speaks against it")


def _by_failure(node: Node, context: Context, blame: Judgement | None) -> Judgement | None:
    policy = context.policy
    last = node.probes[-1]
    if last.outcome is Outcome.PASSED:
        repairs = len(recent(context.memory.node(node.id).repairs, context.now))
        if repairs >= policy.repairs_per_hour:
            return Judgement(Verdict.HEALTHY, f"repaired {repairs} times within the hour", doubt=True)
        return None
    failing = ", ".join(last.failing) or "its own software"
    failed = _failures(node, context)
    if failed < policy.failures:
        return Judgement(Verdict.SUSPECT, f"failing: {failing}")
    if blame and _fails_only_egress(node):
        return blame
    return Judgement(Verdict.DEAD, f"failed {failed} of the last {policy.window} probes: {failing}")


def _failures(node: Node, context: Context) -> int:
    """Among its last probes. That it did not serve before it had proved itself was its boot."""
    proven, window = context.memory.node(node.id).verified_at, node.probes[-context.policy.window :]
    serving = (p for p in window if proven is None or p.at >= proven)
    return sum(probe.outcome in (Outcome.FAILED, Outcome.UNREADY) for probe in serving)


def _blame_for_egress(answering: tuple[Node, ...]) -> Judgement | None:
    """What to think of a node that fails nothing but the outside targets; None: it is its own fault, for
    somebody reaches them. A node that fails more, or is not ready, cannot tell."""
    if any(_reaches_the_outside(node) for node in answering):
        return None
    if sum(_fails_only_egress(node) for node in answering) > 1:
        return Judgement(Verdict.UNKNOWN, "every node fails the outside targets: the targets are down")
    return Judgement(
        Verdict.SUSPECT, "it fails the outside targets, and no other node can compare", doubt=True
    )


def _reaches_the_outside(node: Node) -> bool:
    last = node.probes[-1]
    return last.outcome in _ANSWERED and not EGRESS.union(_SPEECHLESS).intersection(last.failing)


def _can_answer(node: Node) -> bool:
    return node.lifecycle is Lifecycle.RUNNING and _is_heard(node) and node.probes[-1].outcome in _ANSWERED


def _is_heard(node: Node) -> bool:
    """Whether Run Command reaches it, ready or not: then who is silent is so by itself."""
    return bool(node.probes) and node.probes[-1].outcome is not Outcome.SILENT


def _fails_only_egress(node: Node) -> bool:
    return frozenset(node.probes[-1].failing) == EGRESS


def _trailing_silence(probes: tuple[Probe, ...]) -> int:
    count = 0
    for probe in reversed(probes):
        if probe.outcome is not Outcome.SILENT:
            break
        count += 1
    return count


def _why(node: Node) -> str:
    """Why the last probe had no answer, as AWS says."""
    note = node.probes[-1].note
    return f" ({note})" if note else ""


def _seconds(now: datetime, then: datetime) -> int:
    return int((now - then).total_seconds())
