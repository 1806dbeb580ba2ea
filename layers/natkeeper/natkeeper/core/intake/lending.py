"""A zone's address that is lent to its last resort: nobody else can have it before the gateway is deleted.

EC2 gives an address that a NAT gateway has to nobody else, and refuses as if it were not ours (AuthFailure).
"""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.last_resort import LastResorts
from natkeeper.core.model import Unreadable, Zone


def without_lent_address(zone: Zone | Unreadable, resorts: LastResorts) -> Zone | Unreadable:
    """The zone as if it kept no address for now, while a gateway has it: its node serves with its own."""
    if isinstance(zone, Unreadable) or zone.address is None:
        return zone
    lent = resorts.hold(zone.address.allocation, zone.address.holder)
    return replace(zone, address=None) if lent else zone
