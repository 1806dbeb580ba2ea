"""The numbers by which the planner and the health judge decide. Times are durations, never clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from natkeeper.core.image import OLDER_KEPT
from natkeeper.core.model import Market
from natkeeper.core.office_hours import OfficeHours


class Awake(StrEnum):
    """When a zone wants a NAT."""

    ALWAYS = "always"
    OFFICE_HOURS = "office-hours"
    ON_DEMAND = "on-demand"
    ON_DEMAND_IN_OFFICE_HOURS = "on-demand-in-office-hours"


class SleepMode(StrEnum):
    """What becomes of a node that is not wanted."""

    STOP = "stop"  # wakes in seconds, and its disk is paid for
    TERMINATE = "terminate"  # nothing is left


class Spare(StrEnum):
    """What stands by in a zone that is awake, beside the node that serves it."""

    NONE = "none"
    STOPPED = "stopped"  # proven once, and started where another is launched; its disk is paid for


class Standby(StrEnum):
    """What runs beside the node that serves a zone, to take over from it."""

    NONE = "none"
    ZONE = "zone"  # in each zone one more, which has proved itself


class LastResort(StrEnum):
    """What serves a zone that no node can serve."""

    NONE = "none"
    NAT_GATEWAY = "nat-gateway"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user chose (first block) and what natkeeper holds to be prudent (second block)."""

    template_version: int
    instance_types: tuple[str, ...]
    boot: timedelta = timedelta(minutes=10)
    drain: timedelta = timedelta(seconds=60)
    max_lifetime: timedelta | None = None
    launches_per_hour: int = 4  # urgent ones: the zone has no node of its own that works and will stay
    awake: Awake = Awake.ALWAYS
    hours: OfficeHours | None = None
    idle: timedelta = timedelta(minutes=15)  # a zone without workloads stays awake for so long
    quiet: timedelta | None = None  # a node without traffic for so long sleeps, workloads or not
    sleep_drain: timedelta = timedelta(minutes=15)  # the schedule waits so long for traffic to end
    sleep_mode: SleepMode = SleepMode.STOP
    market: Market = Market.ON_DEMAND
    spare: Spare = Spare.NONE
    standby: Standby = Standby.NONE
    sets_cpu_credits: bool = False  # the types are our own choice, and launched with unlimited ones
    own_image: bool = False  # nodes come from an image of the stack's own
    peer_watch: bool = True  # nodes watch each other, and their word counts
    covers: bool = False  # nodes have an address by which to send another zone's clients
    last_resort: LastResort = LastResort.NONE
    gateway_hour: float = 0.0  # dollars of an hour of a NAT gateway with its address
    gateway_gb: float = 0.0  # dollars of a gigabyte that it processes

    surge: int = 2  # nodes that may exist beside the wanted ones while one succeeds another
    pending: timedelta = timedelta(minutes=3)
    impaired: timedelta = timedelta(minutes=2)
    failures: int = 3  # of the last `window` probes
    window: int = 5
    silences: int = 3
    mute: int = 10  # silent probes after which a successor is wanted; evidence keeps as many
    mute_alone: int = 2  # the same where no other zone has a node, nor this one a second that watches it
    stale: timedelta = timedelta(minutes=5)
    word_age: timedelta = timedelta(minutes=2)  # an older word finds nobody silent: two sweeps have seen it
    word_blur: timedelta = timedelta(seconds=2)  # the time of an event is in whole seconds
    objection: timedelta = timedelta(seconds=10)  # so far apart words still tell of the same broken link
    ring_told: timedelta = timedelta(minutes=2)  # until every node knows who has joined, and watches by that
    disbelief: timedelta = timedelta(hours=1)  # of who was wrong about a neighbour
    silences_per_hour: int = 1  # in a zone, by the word of one neighbour alone
    agreed_silences_per_hour: int = 3  # by that of two who agree
    repairs_per_hour: int = 2
    repair_pause: timedelta = timedelta(seconds=60)
    takebacks_per_hour: int = 3
    last_minute: timedelta = timedelta(seconds=45)
    visibility: timedelta = timedelta(minutes=2)  # EC2's reads may lag its writes for so long
    planned_per_hour: int = 2  # updates, orders, rotation, market, doubts beside a node that works
    breaker_trial: timedelta = timedelta(minutes=15)  # so often past the budget, while no node works
    turn: timedelta = timedelta(minutes=30)  # of a zone whose nodes are succeeded: then the next has it
    renotify: timedelta = timedelta(hours=6)
    relapse: timedelta = timedelta(hours=1)  # a goal told as reached is not told as missed again before
    grace: timedelta = timedelta(minutes=10)  # beyond a node's boot, before a goal that is missed is told
    succession: timedelta = timedelta(hours=1)  # the same of a node that is to be succeeded
    lasting: timedelta = timedelta(minutes=3)  # what does not fit for so long is told
    bad_pool: timedelta = timedelta(minutes=30)
    spot_return: timedelta = timedelta(minutes=30)  # a node on demand is not left for spot before
    start_lead: timedelta = timedelta(minutes=2)  # a stopped node starts in 9 s; the sweep comes each minute
    launch_lead: timedelta = timedelta(minutes=5)  # a new one has software to install
    waking: timedelta = timedelta(seconds=90)  # so long no neighbour covers a zone whose node starts
    stopping: timedelta = timedelta(minutes=3)
    shortest_restart: timedelta = timedelta(minutes=2)  # an agent may take so long to register
    spare_life: timedelta = timedelta(days=30)  # then its packages are old
    spare_pause: timedelta = timedelta(hours=1)  # after a planned launch; and so long none may be missing
    unread: timedelta = timedelta(minutes=5)  # workloads that cannot be read for so long are taken for some
    refusal_pause: timedelta = timedelta(seconds=50)  # doubles; just under the sweep's minute, which wavers
    longest_pause: timedelta = timedelta(minutes=15)
    longest_pause_without_way_out: timedelta = timedelta(seconds=110)
    busy: int = 1024 * 1024  # bytes between two probes: more is traffic, whatever is listed
    murmur: int = 64 * 1024  # bytes that a node sends of its own between two probes, at most
    image_life: timedelta = timedelta(days=30)  # of an image, before a newer one is made
    image_older: timedelta = OLDER_KEPT
    image_pause: timedelta = timedelta(days=1)  # between two bakers, and between two tasters
    image_look: timedelta = timedelta(days=1)  # between two listings of images while none is made
    base_look: timedelta = timedelta(days=1)  # between two looks at what the image's parameter names
    image_making: timedelta = timedelta(hours=1)  # an image that is pending for longer comes to nothing
    last_resort_after: timedelta = timedelta(seconds=60)  # launches that fail may succeed in a moment
    last_resort_patience: timedelta = timedelta(minutes=5)  # of nodes that come: twice a boot that goes well
    last_resort_pause: timedelta = timedelta(minutes=5)  # between two gateways that are made in a zone
    last_resort_hours: int = 168  # of a zone in 30 days: a week in which nobody reads mail, for about $8
    quiet_workloads: int = 200  # beside more than so many a zone does not sleep because it is quiet

    @property
    def lead(self) -> timedelta:
        """How long before office hours a zone is woken, so that it is ready when they begin."""
        starts = self.sleep_mode is SleepMode.STOP and self.market is Market.ON_DEMAND
        return self.start_lead if starts else self.launch_lead

    @property
    def nodes_per_zone(self) -> int:
        """So many nodes a zone that is awake has when all is well: who serves, and who stands by."""
        return 2 if self.standby is Standby.ZONE else 1

    @property
    def planned_launches_per_hour(self) -> int:
        """One more with a standby: an update launches two, and the last is never a standby's."""
        return self.planned_per_hour + self.nodes_per_zone - 1

    @property
    def most_launches_per_hour(self) -> int:
        """So many launches a zone has in any hour at most: the urgent and the planned ones, and the trials
        that fit in beside them; in a day 24 times as many. Never do more than `nodes_per_zone + surge` nodes
        run at once, so that all of it costs as much as these at most, and a minute for each launch
        (EC2 User Guide: Linux is billed by the second, with a minimum of 60)."""
        trials = timedelta(hours=1) // self.breaker_trial - 1
        return self.launches_per_hour + trials + self.planned_launches_per_hour

    @property
    def restart(self) -> timedelta:
        """In this time a node that was started has to work: it installs nothing."""
        return min(self.boot, max(self.shortest_restart, self.boot / 5))

    @property
    def stops_nodes(self) -> bool:
        """Whether a node that is stopped may have been stopped by us."""
        return self.awake is not Awake.ALWAYS or self.spare is Spare.STOPPED

    @property
    def has_last_resort(self) -> bool:
        """Whether a NAT gateway may be made."""
        return self.last_resort is LastResort.NAT_GATEWAY

    @property
    def on_demand(self) -> bool:
        """Whether workloads decide."""
        return self.awake in (Awake.ON_DEMAND, Awake.ON_DEMAND_IN_OFFICE_HOURS)


REPAIRABLE = frozenset({"interface", "forwarding", "rules", "guard"})
"""The checks of a probe that the node's own script can put right."""
