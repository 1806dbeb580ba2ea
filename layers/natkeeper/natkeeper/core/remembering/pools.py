"""Pools that are remembered as bad: AWS took a node away there, or had no room for it after all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from natkeeper.core.decision.failed_launches import OURS
from natkeeper.core.judgement.market import pool
from natkeeper.core.memory import Launch, Memory
from natkeeper.core.model import GOING, DoomKind, Market, Zone
from natkeeper.core.policy import Policy


def reclaimed(zone: Zone, policy: Policy, now: datetime) -> Mapping[str, datetime]:
    """Spot pools that take their nodes away right now, or are about to: a successor from the same pool would
    be the next to go (EC2 User Guide, rebalance recommendations)."""
    taken = (n for n in zone.nodes if n.spot and n.doom and n.doom.kind is not DoomKind.RETIREMENT)
    return {pool(Market.SPOT, node.instance_type): now + policy.bad_pool for node in taken}


def stillborn(
    zone: Zone, memory: Memory, launches: tuple[Launch, ...], policy: Policy, now: datetime
) -> Mapping[str, datetime]:
    """Pools whose node ended before it ran: EC2 may find only after a launch that it has no room (EC2 API
    reference, StateReason). What ended for a reason of ours says nothing of its pool."""
    ran = {span.node for span in memory.spans}
    lasting = {node.id for node in zone.nodes if node.lifecycle not in GOING}
    listed = {node.id for node in zone.listed()}
    return {
        launch.pool: launch.at + policy.bad_pool
        for launch in launches
        if launch.pool and launch.instance and launch.instance not in ran | lasting
        if not launch.reason.startswith(OURS)
        if launch.instance in listed or now - launch.at >= policy.visibility
    }
