"""The launch of a node, as the zone's parameters and its past have it. Who asks for one says why, in which
markets, and whether it is urgent."""

from __future__ import annotations

from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Market, SubnetId

ON_DEMAND = (Market.ON_DEMAND,)


def launch(
    view: View,
    subnet: SubnetId,
    cause: Cause,
    reason: str,
    markets: tuple[Market, ...] = ON_DEMAND,
    *,
    urgent: bool = False,
) -> LaunchNode:
    """Its number, the types in order, the image, and whether it gets an address to cover with."""
    return LaunchNode(
        zone=view.zone.name,
        subnet=subnet,
        generation=view.past.generation,
        instance_types=view.instance_types(),
        cause=cause,
        reason=reason,
        markets=markets,
        urgent=urgent,
        image=view.image(),
        covers=view.policy.covers,
    )
