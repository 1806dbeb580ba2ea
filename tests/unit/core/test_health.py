"""The health judge: what it takes to be called dead, and what does not suffice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.health import Judgement, Verdict, judge
from natkeeper.core.memory import Memory, NodeMemory
from natkeeper.core.model import InstanceId, Lifecycle, Node, Outcome, Probe
from natkeeper.core.policy import Awake, Policy
from tests.builders import NOW, POLICY, ago, booting, failed, node, passed, pending, remembering, silent

a1, b1 = node("a1"), node("b1")
UNREADY = Probe(NOW, Outcome.UNREADY)


def judged(subject: Node, *others: Node, memory: Memory | None = None) -> Judgement:
    known = remembering(subject, *others) if memory is None else memory
    return judge((subject, *others), Context(POLICY, known, NOW))[subject.id]


NEVER_VERIFIED = Memory()


@pytest.mark.parametrize(
    ("subject", "memory", "verdict"),
    [
        pytest.param(a1, None, Verdict.HEALTHY, id="the last probe passed"),
        pytest.param(pending("a1"), None, Verdict.BOOTING, id="pending"),
        pytest.param(pending("a1", launched_at=ago(minutes=4)), None, Verdict.DEAD, id="stuck in pending"),
        pytest.param(replace(a1, lifecycle=Lifecycle.STOPPING), None, Verdict.DEAD, id="stopping"),
        pytest.param(replace(a1, lifecycle=Lifecycle.STOPPED), None, Verdict.DEAD, id="stopped"),
        pytest.param(replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN), None, Verdict.DEAD, id="shutting down"),
        pytest.param(
            node("a1", impaired_since=ago(seconds=119)), None, Verdict.HEALTHY, id="impaired for 119 s"
        ),
        pytest.param(
            node("a1", impaired_since=ago(seconds=120), probes=(passed(ago(minutes=2)), silent())),
            None,
            Verdict.DEAD,
            id="impaired for 120 s",
        ),
        pytest.param(
            node("a1", impaired_since=ago(seconds=120)),
            None,
            Verdict.SUSPECT,
            id="impaired for 120 s, but it passes",
        ),
        pytest.param(
            node("a1", impaired_since=ago(minutes=9), probes=(passed(ago(minutes=6)),)),
            None,
            Verdict.DEAD,
            id="impaired, and it passed long ago",
        ),
        pytest.param(booting("a1"), NEVER_VERIFIED, Verdict.BOOTING, id="young and unheard"),
        pytest.param(
            booting("a1", probes=(UNREADY,)), NEVER_VERIFIED, Verdict.BOOTING, id="young, no script yet"
        ),
        pytest.param(
            booting("a1", probes=(failed("rules"),)), NEVER_VERIFIED, Verdict.BOOTING, id="young, not ready"
        ),
        pytest.param(
            booting("a1", probes=(passed(),)), NEVER_VERIFIED, Verdict.HEALTHY, id="young and passing"
        ),
        pytest.param(node("a1", probes=()), NEVER_VERIFIED, Verdict.UNKNOWN, id="old and never heard"),
        pytest.param(
            node("a1", probes=(UNREADY,) * 3), NEVER_VERIFIED, Verdict.DEAD, id="old, its script never came"
        ),
        pytest.param(node("a1", probes=(passed(ago(minutes=6)),)), None, Verdict.UNKNOWN, id="nobody probes"),
        pytest.param(node("a1", probes=(passed(), silent())), None, Verdict.UNKNOWN, id="silent once"),
        pytest.param(
            node("a1", probes=(silent(),) * 9), None, Verdict.UNKNOWN, id="silent for long, no second signal"
        ),
        pytest.param(
            node("a1", probes=(silent(),) * 3, impaired_since=ago(seconds=5)),
            None,
            Verdict.DEAD,
            id="silent and impaired",
        ),
        pytest.param(
            node("a1", probes=(silent(),) * 2, impaired_since=ago(seconds=5)),
            None,
            Verdict.UNKNOWN,
            id="silent twice, impaired",
        ),
        pytest.param(node("a1", probes=(passed(), failed("rules"))), None, Verdict.SUSPECT, id="failed once"),
        pytest.param(
            node("a1", probes=(failed("rules"), passed(), failed("rules"), failed("rules"))),
            None,
            Verdict.DEAD,
            id="failed 3 of 4",
        ),
        pytest.param(
            node("a1", probes=(failed("rules"),) * 4 + (passed(),)), None, Verdict.HEALTHY, id="recovered"
        ),
    ],
)
def test_verdicts(subject: Node, memory: Memory | None, verdict: Verdict) -> None:
    assert judged(subject, memory=memory).verdict is verdict


@pytest.mark.parametrize("boot", [replace(UNREADY, at=ago(seconds=60)), failed("egress", at=ago(seconds=60))])
def test_that_it_did_not_serve_before_it_had_proved_itself_was_its_boot(boot: Probe) -> None:
    probes = (boot, boot, boot, passed(ago(seconds=40)))
    proven = Memory(nodes={a1.id: NodeMemory(verified_at=ago(seconds=39))})
    bad = tuple(replace(UNREADY, at=ago(seconds=second)) for second in (15, 10, 5))

    assert judged(node("a1", probes=(*probes, *bad[:2])), memory=proven).verdict is Verdict.SUSPECT
    assert judged(node("a1", probes=(*probes, *bad)), memory=proven).reason == (
        "failed 3 of the last 5 probes: its own software"
    )


def test_failures_older_than_the_window_are_forgotten() -> None:
    probes = (failed("rules"), failed("rules"), passed(), passed(), passed(), passed(), failed("rules"))

    assert judged(node("a1", probes=probes)).verdict is Verdict.SUSPECT


def test_when_every_node_fails_the_outside_targets_the_targets_are_down() -> None:
    down: dict[str, Any] = {"probes": (failed("egress"),) * 5}
    one, other = node("a1", **down), node("b1", **down)

    assert judged(one, other).verdict is Verdict.UNKNOWN


def test_a_node_that_alone_fails_the_outside_targets_is_dead() -> None:
    assert judged(node("a1", probes=(failed("egress"),) * 3), b1).verdict is Verdict.DEAD


def test_the_only_node_failing_the_outside_targets_is_doubted_not_killed() -> None:
    judgement = judged(node("a1", probes=(failed("egress"),) * 5))

    assert (judgement.verdict, judgement.doubt) == (Verdict.SUSPECT, True)


def test_failing_the_outside_targets_takes_n_of_m_too_before_anybody_is_doubted_or_excused() -> None:
    once, twice = (node("a1", probes=(passed(), *(failed("egress"),) * n)) for n in (1, 2))
    other = node("b1", probes=(failed("egress"),) * 3)

    assert judged(once) == judged(twice) == Judgement(Verdict.SUSPECT, "failing: egress")
    assert judged(twice, other) == judged(twice)


def test_a_node_failing_more_than_the_targets_is_not_excused() -> None:
    one = node("a1", probes=(failed("rules", "egress"),) * 3)
    other = node("b1", probes=(failed("egress"),) * 3)

    assert judged(one, other).verdict is Verdict.DEAD


def test_a_node_repaired_again_and_again_is_doubted() -> None:
    memory = Memory(nodes={a1.id: NodeMemory(ago(hours=4), repairs=(ago(minutes=9), ago(minutes=5)))})
    judgement = judged(a1, memory=memory)

    assert (judgement.verdict, judgement.doubt) == (Verdict.HEALTHY, True)


def test_silence_for_long_tells_of_the_only_node_that_runs_though_a_neighbour_sleeps() -> None:
    mute = node("a1", probes=(silent(),) * 10)

    assert judged(mute).doubt
    assert judged(mute, node("b1", lifecycle=Lifecycle.STOPPED)).doubt
    assert not judged(mute, node("b1", probes=(silent(),) * 10)).doubt


def test_silence_tells_beside_a_successor_that_answers_though_it_never_came_to_life() -> None:
    mute, stillborn = node("a1", probes=(silent(),) * 10), node("a2", probes=(UNREADY,) * 5)

    assert judged(mute, stillborn, memory=remembering(mute)).doubt
    assert judged(stillborn, mute, memory=remembering(mute)).verdict is Verdict.DEAD


def test_no_evidence_at_all_of_a_verified_node_is_unknown() -> None:
    assert judged(node("a1", probes=())).verdict is Verdict.UNKNOWN


# Sleep.

MOMENT = timedelta(seconds=1)
stopped, stopping = replace(a1, lifecycle=Lifecycle.STOPPED), replace(a1, lifecycle=Lifecycle.STOPPING)


def after(subject: Node, **past: Any) -> Judgement:
    return judged(subject, memory=Memory(nodes={subject.id: NodeMemory(ago(hours=4), **past)}))


def test_a_node_that_we_started_may_still_be_read_as_stopped_and_no_longer_than_reads_lag() -> None:
    lagging = after(stopped, started_at=NOW - POLICY.visibility + MOMENT)

    assert lagging == Judgement(Verdict.BOOTING, "it is being started")
    assert after(stopped, started_at=NOW - POLICY.visibility) == Judgement(
        Verdict.DEAD, "the instance is stopped"
    )


def test_a_node_that_we_stopped_is_asleep_and_one_that_could_not_be_started_is_dead() -> None:
    slept = {"slept_at": ago(hours=3)}

    assert after(stopped, **slept) == Judgement(Verdict.ASLEEP, "it was put to sleep at 09:00:00")
    assert after(stopped, unstartable=True, **slept) == Judgement(
        Verdict.DEAD, "it was asleep and could not be started"
    )


def test_a_stopped_node_that_nobody_remembers_is_taken_for_asleep_where_zones_sleep() -> None:
    sleeps = replace(POLICY, awake=Awake.ON_DEMAND)

    def forgotten(subject: Node, policy: Policy = sleeps, **remembered: NodeMemory) -> Judgement:
        nodes = {InstanceId(f"i-{name}"): past for name, past in remembered.items()}
        return judge((subject,), Context(policy, Memory(nodes=nodes), NOW))[subject.id]

    dead = Judgement(Verdict.DEAD, "the instance is stopped")
    for seen in (stopped, stopping):
        told = f"it is {seen.lifecycle}, and nothing is remembered of it"
        assert forgotten(seen) == Judgement(Verdict.ASLEEP, told)
    assert forgotten(stopped, POLICY) == dead, "a stack that never sleeps"
    assert forgotten(stopped, a1=NodeMemory(ago(hours=4))) == dead, "known, and not stopped by us"


def test_a_node_may_take_its_whole_time_to_stop() -> None:
    assert after(stopping, slept_at=NOW - POLICY.stopping).verdict is Verdict.ASLEEP
    assert after(stopping, slept_at=NOW - POLICY.stopping - MOMENT) == Judgement(
        Verdict.DEAD, "still stopping after 181 s"
    )


def test_a_node_boots_anew_from_the_start_that_we_made_though_reads_tell_of_the_old_launch() -> None:
    silent_since = replace(a1, probes=(passed(ago(seconds=31)),))
    answered = replace(a1, probes=(passed(ago(seconds=30)),))

    def started(subject: Node) -> Verdict:
        past = NodeMemory(started_at=ago(seconds=30))
        return judged(subject, memory=Memory(nodes={subject.id: past})).verdict

    assert (started(silent_since), started(answered)) == (Verdict.BOOTING, Verdict.HEALTHY)


def test_what_a_node_answered_between_our_start_and_its_launch_is_from_before_it() -> None:
    again = replace(a1, launched_at=ago(seconds=20), probes=(passed(ago(seconds=25)),))
    past = Memory(nodes={a1.id: NodeMemory(started_at=ago(seconds=30))})

    assert judged(again, memory=past).verdict is Verdict.BOOTING
