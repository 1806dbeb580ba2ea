"""How many launches a zone has left. Urgent and planned ones have budgets apart: what is only wished for
never spends what an emergency needs.

Urgent is a launch for a zone that has no node of its own which works and will stay. Past its budget the
breaker opens; but while none works at all, one more is tried from time to time, so that no zone is given up.
How much that can be in an hour is written down at `Policy.most_launches_per_hour`.
"""

from __future__ import annotations

from datetime import datetime

from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import HOUR, recent
from natkeeper.core.model import DoomKind, Node

_TAKEN = (DoomKind.INTERRUPTION, DoomKind.RETIREMENT)
"""Announcements after which AWS takes the node away; a rebalance recommendation only warns."""


def is_urgent(view: View) -> bool:
    """Whether the zone has no node of its own that works and will stay."""
    return not any(_works(view, s) and _stays(s.node) for s in view.own)


def spent_until(view: View, *, urgent: bool, reserved: int = 0) -> datetime | None:
    """Until when the budget has no launch left, beside those `reserved` for others; None: it has one."""
    policy = view.policy
    limit = policy.launches_per_hour if urgent else policy.planned_launches_per_hour - reserved
    times = sorted(recent(tuple(x.at for x in view.past.launches if x.urgent is urgent), view.now))
    if len(times) < limit:
        return None
    until = times[-limit] + HOUR
    if urgent and not any(_works(view, s) for s in view.own):
        until = min(until, times[-1] + policy.breaker_trial)
    return until if view.now < until else None


def _works(view: View, s: Standing) -> bool:
    """A node may boot, or be doubted: of one that never proved itself nobody knows that it works."""
    proven = s.judgement.verdict is Verdict.HEALTHY or view.memory.node(s.node.id).verified_at is not None
    return proven and s.works


def _stays(node: Node) -> bool:
    return node.doom is None or node.doom.kind not in _TAKEN
