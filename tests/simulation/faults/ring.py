"""What befalls the echo ring: links that break, pauses, reports that are lost, and nodes that lie."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from natkeeper.core.ring import Said
from tests.simulation.faults.fault import HOURS, MINUTES, Fault, serving, setting, switch
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life


def _link(life: Life, zone: int) -> frozenset[str]:
    zones = life.world.zones
    return frozenset((zones[zone], zones[(zone + 1) % len(zones)]))


def _break_link(life: Life, zone: int) -> None:
    """Both see it at once: nothing passes either way."""
    if life.zones > 1:
        life.world.ring.broken.add(_link(life, zone))


def _mend_link(life: Life, zone: int) -> None:
    life.world.ring.broken.discard(_link(life, zone))


def _pause(seconds: float) -> Callable[[Life, int], None]:
    """The zone's node stands still, and goes on as if nothing had been."""

    def strike_it(life: Life, zone: int) -> None:
        instance = serving(life, zone)
        if instance is None or instance.guest.hung:
            return
        instance.guest.hung = True

        def go_on() -> None:
            instance.guest.hung = False
            life.world.gate.written()

        life.world.agenda.after(seconds, go_on)

    return strike_it


def _lie(life: Life, zone: int) -> float:
    """For an hour the zone's node says again and again that a neighbour is silent, and now and then takes it back."""
    random = Random(life.seed)
    instance = serving(life, zone)
    until = life.at + HOURS

    def say() -> None:
        assert instance
        liar, there = instance.node.id, instance.guest.peers
        victims = [peer for peer in there if peer != liar]
        if victims and instance.guest.forwards(life.at):
            victim, said = random.choice(victims), random.choice(list(Said))
            since = life.lied(liar, victim, said)
            if said is Said.UNSURE:  # and then, as an honest node that doubted before, or too late for that
                later = random.uniform(0, 4)
                life.world.agenda.after(later, lambda: life.lied(liar, victim, Said.SILENT, since))
        if life.at < until:
            life.world.agenda.after(random.uniform(5.0, 5 * MINUTES), say)

    if instance:
        say()
    return HOURS


def _deafen(life: Life, zone: int) -> None:
    """The queue answers, and nothing reaches it."""
    life.world.reports.deaf = True


def _undeafen(life: Life, zone: int) -> None:
    life.world.reports.deaf = False


RING_FAULTS = (
    Fault("link broken", switch(_break_link, _mend_link, HOURS), 1.0, group="none", hampers=Hampers.NOTHING, blip=True),
    Fault("link broken for a moment", switch(_break_link, _mend_link, 3.0), 1.0, group="none", hampers=Hampers.NOTHING, blip=True),
    Fault("node pauses for 400 ms", _pause(0.4), 2.0, group="none", hampers=Hampers.NOTHING, blip=True),
    Fault("node pauses for 3 s", _pause(3.0), 0.5, group="none", hampers=Hampers.NOTHING),
    Fault("node lies", _lie, 0.25, group="none", hampers=Hampers.NOTHING),
    Fault("nothing reaches the queue of reports", switch(_deafen, _undeafen, HOURS), 0.5, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("reports lost", switch(setting(lambda life: life.world.ring, lost=0.5), setting(lambda life: life.world.ring, lost=0.0), HOURS), 0.5, of_zone=False, group="none", hampers=Hampers.NOTHING),
)  # fmt: skip
RING_BY_NAME = {fault.name: fault for fault in RING_FAULTS}
