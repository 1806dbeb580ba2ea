"""Ways to run a stack: always on, or asleep when nobody works, on demand or on spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from natkeeper.core.model import Market
from natkeeper.core.office_hours import parse
from natkeeper.core.policy import Awake, LastResort, Policy, SleepMode, Spare, Standby

ALWAYS, OWN_IMAGE, RESORTING = "always", "own image", "last resort"
PLAIN = "always, nobody meddles"
"""Machines, AWS and the network fail; nothing is refused for hours, and no person does anything odd."""
STANDBYS = ("with a standby", "on demand with a standby, spot")
ALWAYS_ON = Policy(template_version=1, instance_types=("t4g.nano", "t4g.micro"), sets_cpu_credits=True)
HOURS = parse("Sat 22:00-03:30 Europe/Berlin", ZoneInfo)
WAYS: Mapping[str, Policy] = {
    ALWAYS: ALWAYS_ON,
    PLAIN: ALWAYS_ON,
    "on demand": replace(ALWAYS_ON, awake=Awake.ON_DEMAND),
    "office hours": replace(ALWAYS_ON, awake=Awake.OFFICE_HOURS, hours=HOURS),
    "spot": replace(ALWAYS_ON, market=Market.SPOT),
    OWN_IMAGE: replace(ALWAYS_ON, own_image=True),
    RESORTING: replace(ALWAYS_ON, last_resort=LastResort.NAT_GATEWAY),
    "with a spare": replace(ALWAYS_ON, spare=Spare.STOPPED),
    "on demand with a spare, spot": replace(
        ALWAYS_ON, awake=Awake.ON_DEMAND, market=Market.SPOT, spare=Spare.STOPPED
    ),
    STANDBYS[0]: replace(ALWAYS_ON, standby=Standby.ZONE),
    STANDBYS[1]: replace(ALWAYS_ON, awake=Awake.ON_DEMAND, market=Market.SPOT, standby=Standby.ZONE),
    "on demand in office hours, spot": replace(
        ALWAYS_ON,
        awake=Awake.ON_DEMAND_IN_OFFICE_HOURS,
        hours=HOURS,
        last_resort=LastResort.NAT_GATEWAY,
        market=Market.SPOT,
        sleep_mode=SleepMode.TERMINATE,
    ),
}
"""By name. One window a week, over the nights in which the clocks change: each more costs the soak as much."""
