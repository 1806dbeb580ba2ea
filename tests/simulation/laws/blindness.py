"""What is not seen, or seen wrongly, is no reason to act: a failed read, targets that are down, a blip, a lie."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from natkeeper.core.actions import Cause
from natkeeper.core.errors import AwsError
from natkeeper.core.image import BAKER, TASTER
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, Lifecycle, Market, RouteTableId
from natkeeper.core.policy import Awake
from natkeeper.core.ring import Said
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import DISRUPTIVE, ENDING, HOUR, LATELY, PASS
from tests.simulation.laws.updates import is_a_bakers
from tests.world.gate import Deed

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

QUIET = 3 * 3600.0
"""Seconds after which nothing comes any more of whatever has happened."""
LATE = 120.0
"""Seconds for which an answer that came too late counts: two sweeps."""


def does_nothing_blindly(life: Life, deed: Deed) -> str | None:
    """No action at all in a pass that could not read AWS."""
    run = life.controller.runs[deed.process] if deed.process else None
    return f"{deed.api} {deed.subject} without having read" if run and run.blind else None


def blames_no_node_for_the_outside(life: Life, deed: Deed) -> str | None:
    """No healing when only the outside targets are down, and there is another node to compare (in a stack that
    never sleeps: others have reasons of their own to act). An update that has waited for its launch is none."""
    since = life.only_targets_down_since
    running = (i for i in truth.living(life.world) if i.node.lifecycle is Lifecycle.RUNNING)
    alone = sum(i.guest.answers(life.at) for i in running) < 2
    if deed.process is None or alone or life.policy.awake is not Awake.ALWAYS:
        return None
    if since is None or life.at - since < 60:
        return None
    if deed.api in ("ReplaceRoute", "CreateRoute") and truth.is_young(
        life.world, RouteTableId(deed.subject), life.policy
    ):
        return None  # it leaves a node that has proved nothing since its start
    run = life.controller.runs[deed.process]
    planned = deed.api == "RunInstances" and deed.subject.partition(" ")[0] in run.planned
    healing = deed.api in (*DISRUPTIVE, "RunInstances", "SendCommand") and not planned
    return f"{deed.api} {deed.subject} although only the targets are down" if healing else None


def blips_change_nothing(life: Life, deed: Deed) -> str | None:
    """One signal that is wrong once, one answer that leaves something out or one call that fails leads to no launch,
    no move and no end, when nothing else has happened for hours (in a stack that never sleeps, and of which nobody
    wants a zone asleep); nor has a node that answers been slow a moment ago, for that is another signal."""
    quiet = (
        life.at - max(life.shaken, life.renewed) > QUIET and not life.troubled and not life.demand.unwanted
    )
    calm = quiet and life.policy.market is Market.ON_DEMAND and not life.outdated
    calm = calm and life.policy.awake is Awake.ALWAYS and life.at - life.world.commands.late_at > LATE
    calm = calm and not truth.is_renewing_a_spare(life.world, life.policy)
    bakes = deed.detail.startswith((BAKER, TASTER)) or is_a_bakers(life, deed)
    costs = ("RunInstances", "CreateNatGateway")
    acts = deed.process is not None and deed.api in (*DISRUPTIVE, *costs) and not bakes
    return f"{deed.api} {deed.subject}, and nothing was the matter" if calm and acts else None


def _is_said_truly(life: Life, node: InstanceId) -> bool:
    """Whether somebody has lately said the same, and that was no lie."""
    agenda, lies = life.world.agenda, life.lies.said
    words = (w for w in life.world.store.records.hearsay.words if w.about == node and w.said is Said.SILENT)
    return any(max(life.at - LATELY, lies.get((w.reporter, node), 0.0)) < agenda.when(w.at) for w in words)


def a_lie_moves_a_zone_once_an_hour(life: Life, deed: Deed) -> str | None:
    """A node that says falsely that another is silent moves a zone at most once an hour; and never, where three watch
    each other and are well (counted anew when the table was lost). What another says, too, was so a moment ago."""
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api not in ("ReplaceRoute", "CreateRoute") or run is None:
        return None
    left = truth.target(life.world, RouteTableId(deed.subject))
    home = life.world.zones[life.world.layout.tables.index(RouteTableId(deed.subject))]
    if left is None or run.moves.get(home) is not Cause.SILENT or not truth.is_usable(life.world, left):
        return None
    if left.node.interface == deed.detail:  # it is there already, and a read was old
        return None
    lies = [at for (_, about), at in life.lies.said.items() if about == left.node.id]
    if not lies or life.at - max(lies) > LATELY or _is_said_truly(life, left.node.id):
        return None
    moved = life.lies.moved.setdefault(home, deque(maxlen=20))
    moved.append(life.at)
    recent = sum(life.at - at < HOUR - PASS for at in moved)
    if recent > 1:
        return f"lies have moved {home} {recent} times within the hour"
    return (
        f"a lie has moved {home}, and three watch each other" if truth.is_watched_by_two(life.world) else None
    )


def no_word_ends_a_node(life: Life, deed: Deed) -> str | None:
    """A node that is silent by the word of its neighbours, and works in truth, is ended only when another of its zone
    serves that, or could while its table is held: as any other is."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api not in ENDING or instance is None or run is None or instance.node.id not in run.silent:
        return None
    zone = instance.node.zone
    server = truth.target(life.world, life.world.layout.tables[life.world.zones.index(zone)])
    others = [i for i in truth.living(life.world) if i is not instance and i.node.zone == zone]
    ready = any(truth.is_usable(life.world, i) for i in others)
    succeeded = any(i is server for i in others) or (server is None and ready)
    wanted = zone in life.demand.wanted and truth.is_usable(life.world, instance)
    return (
        f"{deed.api} of {deed.subject}, which is only said to be silent" if wanted and not succeeded else None
    )


def remembers_who_lives(life: Life, memory: Memory) -> str | None:
    """What was remembered of a node that lives is still remembered, whatever could not be read or was not listed; and
    a zone's generation never goes back."""
    living = {i.node.id for i in truth.living(life.world)}
    for node, before in life.remembered.nodes.items():
        if node in living and node not in memory.nodes and before.verified_at:
            return f"{node} lives, and what was known of it is forgotten"
    for zone, counters in life.remembered.zones.items():
        if memory.zone(zone).generation < counters.generation:
            return f"the generation of {zone} went back"
    return None


def runs_end_well(life: Life, error: Exception | None) -> str | None:
    """A run may fail, or read nothing, only while something is wrong with AWS; and only as AWS's errors do. (`error`
    None: it could not read AWS, and ended all the same.)"""
    if error is not None and not isinstance(error, AwsError):
        return f"a run ended with {type(error).__name__}: {error}"
    gate = life.world.gate
    well = life.excuses.nothing_lately and not gate.troubles and not gate.buckets.drained
    return f"a run failed although AWS is well: {error or 'see above'}" if well else None
