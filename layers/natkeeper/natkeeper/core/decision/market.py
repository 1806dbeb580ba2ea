"""Spot or on demand. A pool is an instance type in one of the two markets; one that lately had no room, or
took a node away, is remembered for a while.
"""

from __future__ import annotations

from datetime import datetime

from natkeeper.core.actions import Cause
from natkeeper.core.memory import ZoneMemory
from natkeeper.core.model import Market
from natkeeper.core.policy import Policy


def pool(market: Market, instance_type: str) -> str:
    """The name of a pool: "t4g.nano", or "spot t4g.nano"."""
    return instance_type if market is Market.ON_DEMAND else f"{market} {instance_type}"


def is_bad(name: str, past: ZoneMemory, now: datetime) -> bool:
    """Whether this pool had no room lately."""
    until = past.bad_pools.get(name)
    return until is not None and now < until


def spot_may_have_room(past: ZoneMemory, policy: Policy, now: datetime) -> bool:
    """Whether spot is wanted, and any of its pools is not known to be full."""
    pools = (pool(Market.SPOT, name) for name in policy.instance_types)
    return policy.market is Market.SPOT and not all(is_bad(name, past, now) for name in pools)


def markets(cause: Cause, past: ZoneMemory, policy: Policy, now: datetime) -> tuple[Market, ...]:
    """In which markets to launch, best first. Back to spot is worth a launch in no other."""
    if cause is Cause.MARKET:
        return (Market.SPOT,)
    return (Market.SPOT, Market.ON_DEMAND) if spot_may_have_room(past, policy, now) else (Market.ON_DEMAND,)
