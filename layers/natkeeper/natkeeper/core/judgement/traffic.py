"""Whether a node forwards anything, from the bytes that it says it has sent."""

from __future__ import annotations

from datetime import datetime

from natkeeper.core.model import Node
from natkeeper.core.policy import Policy


def is_quiet(node: Node, policy: Policy, now: datetime) -> bool | None:
    """Whether the node sent next to nothing between its last two answers; None: it does not tell."""
    sent = _sent(node, policy, now)
    return None if sent is None else sent <= policy.murmur


def is_busy(node: Node, policy: Policy, now: datetime) -> bool:
    """Whether the node visibly forwards somebody's traffic."""
    sent = _sent(node, policy, now)
    return sent is not None and sent > policy.busy


def rate(node: Node, policy: Policy, now: datetime) -> float | None:
    """The bytes that the node sent in a second, on the average of the time between its last two answers that
    told of them; None: it does not tell."""
    sent = _sent(node, policy, now)
    if sent is None:
        return None
    before, after = [probe.at for probe in node.probes if probe.sent is not None][-2:]
    seconds = (after - before).total_seconds()
    return sent / seconds if seconds > 0 else None


def _sent(node: Node, policy: Policy, now: datetime) -> int | None:
    told = [probe for probe in node.probes if probe.sent is not None]
    if len(told) < 2 or now - told[-1].at > policy.stale:
        return None
    before, after = told[-2].sent or 0, told[-1].sent or 0
    if after < before:  # rebooted: the count began anew
        return None
    return after - before
