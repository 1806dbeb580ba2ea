"""Spot or on demand. A pool is an instance type in one of the two markets; one that lately had no room, or
took a node away, is remembered for a while.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from natkeeper.core.actions import Cause, LaunchBaker, LaunchNode
from natkeeper.core.errors import PASSING, AwsError, CapacityError, NotFoundError, QuotaError
from natkeeper.core.memory import ZoneMemory
from natkeeper.core.model import Market
from natkeeper.core.policy import Policy


def is_of_the_pool(error: AwsError) -> bool:
    """Whether a launch that one pool refused may do in another: then this one is bad for a while.

    No room, a type that is not offered, a price, a quota of a family of types, a missing role for spot, a
    policy that denies a type: whatever it is, it is no reason for a zone without a way out. What passes by
    itself says nothing of the pool, and what the stack names and AWS does not know is the same in all.
    """
    return not isinstance(error, (*PASSING, NotFoundError))


def may_be_of_the_image(error: AwsError) -> bool:
    """Whether a launch from the stack's own image that was refused so may do from the launch template's: that
    an image is gone, not to be had, or not for the type, EC2 says in many words."""
    return not isinstance(error, (*PASSING, CapacityError, QuotaError))


_NO_SECOND_ADDRESS = ("InsufficientFreeAddressesInSubnet", "PrivateIpAddressLimitExceeded")


def may_be_of_the_second_address(error: AwsError) -> bool:
    """Whether a launch with a second private address that was refused so may do without it."""
    return error.code in _NO_SECOND_ADDRESS


def pools(action: LaunchNode | LaunchBaker) -> Iterator[tuple[Market, str]]:
    """Market and instance type of each pool, in the order in which a launch tries them."""
    return product(action.markets, action.instance_types)


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
