"""What a route table was before natkeeper served it, so that it can be given back as it was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from natkeeper.core.model import Observed, RouteTableId


def originals(
    observed: Observed, remembered: Mapping[RouteTableId, str | None], gateways: Collection[str] = ()
) -> dict[RouteTableId, str | None]:
    """Where the default route of each table that is not remembered yet leads; None: it has none, or it
    leads to a node of ours or one of these `gateways`, and what was before cannot be known any more."""
    ours = {*gateways, *(node.interface for node in observed.nodes())}
    return {
        route.table: None if route.target in ours else route.target
        for zone in observed.readable()
        for route in zone.routes
        if route.table not in remembered
    }
