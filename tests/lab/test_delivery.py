"""Events on their way to the bus: in order and once, unless asked to be otherwise."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from lab.ec2.clock import Action, ManualClock
from lab.ec2.control import COMMANDS
from lab.ec2.event_bus.delivery import Delivery, Disturbance
from lab.ec2.event_bus.events import Event
from lab.ec2.timings import PUBLISHED
from lab.ec2.world import World

from .conftest import Cloud

MANY = 400


class Way:
    """A delivery with all its ends in hand."""

    def __init__(self, delay: float = 0.0) -> None:
        self.clock = ManualClock()
        self.delay = delay
        self.arrived: list[str] = []
        self.deliver = Delivery(lambda event: self.arrived.append(event.id), self.clock, lambda: self.delay)

    def send(self, count: int = MANY) -> list[str]:
        """Sends numbered events. Returns their ids."""
        ids = [str(number) for number in range(count)]
        for each in ids:
            self.deliver(Event("aws.ec2", "Anything", {}, id=each))
        return ids


def test_without_a_delay_an_event_is_there_at_once() -> None:
    way = Way()
    assert way.arrived == [] != way.send()
    assert len(way.arrived) == MANY


def test_an_event_is_late_by_its_delay() -> None:
    way = Way(delay=0.3)
    sent = way.send(2)
    way.clock.advance(0.29)
    assert way.arrived == []
    way.clock.advance(0.02)
    assert way.arrived == sent


def test_a_change_of_state_is_late_by_the_worlds_timing(cloud: Cloud) -> None:
    cloud.world.timings.change(event=0.3)
    cloud.launch()
    assert cloud.events == []
    cloud.clock.advance(0.3)
    assert [event.detail["state"] for event in cloud.events] == ["pending"]


def test_no_event_passes_another_when_the_delay_gets_shorter() -> None:
    way = Way(delay=5)
    first = way.send(3)
    way.delay = 0
    way.deliver(Event("aws.ec2", "Anything", {}, id="last"))
    way.clock.advance(5)
    assert way.arrived == [*first, "last"]


class Backwards(ManualClock):
    """What falls due together happens in the opposite order, as threads may."""

    def later(self, seconds: float, action: Action) -> None:
        self._due.append((self.now + seconds, -len(self._due), action))
        self._due.sort()


def test_order_does_not_depend_on_which_timer_goes_off_first() -> None:
    arrived: list[str] = []
    clock = Backwards()
    deliver = Delivery(lambda event: arrived.append(event.id), clock, lambda: 0.3)
    for number in range(5):
        deliver(Event("aws.ec2", "Anything", {}, id=str(number)))
    clock.advance(1)
    assert arrived == ["0", "1", "2", "3", "4"]


def test_about_as_many_are_lost_as_asked_for_and_each_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    way = Way()
    way.deliver.disturb(Disturbance(loss=0.25))
    with caplog.at_level(logging.WARNING):
        way.send()
    lost = MANY - len(way.arrived)
    assert 60 < lost < 140
    assert len([r for r in caplog.records if "lost on purpose" in r.getMessage()]) == lost


def test_a_duplicate_is_the_same_event_again_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    way = Way()
    way.deliver.disturb(Disturbance(duplicate=1))
    with caplog.at_level(logging.WARNING):
        way.send(2)
    assert way.arrived == ["0", "0", "1", "1"]
    assert len([r for r in caplog.records if "twice on purpose" in r.getMessage()]) == 2


def test_reordering_loses_nothing_and_takes_no_longer_than_asked_for() -> None:
    way = Way(delay=1)
    way.deliver.disturb(Disturbance(reorder=2))
    sent = way.send()
    way.clock.advance(3.01)
    assert way.arrived != sent
    assert sorted(way.arrived) == sorted(sent)


def test_a_seed_repeats_what_happened() -> None:
    def arrivals(seed: int) -> list[str]:
        way = Way()
        way.deliver.disturb(Disturbance(loss=0.3, duplicate=0.3, reorder=1, seed=seed))
        way.send()
        way.clock.advance(2)
        return way.arrived

    assert arrivals(1) == arrivals(1) != arrivals(2)


@pytest.mark.parametrize("wrong", [(1.1, 0.0, 0.0), (0.0, -0.1, 0.0), (0.0, 0.0, -1.0)])
def test_an_impossible_disturbance_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Disturbance(*wrong)


def test_what_instances_tell_takes_a_time_of_its_own_and_is_disturbed_alike() -> None:
    arrived: list[str] = []
    clock = ManualClock()
    world = World(lambda event: arrived.append(event.id), clock, timings=replace(PUBLISHED))
    world.emit(Event("aws.ec2", "Anything", {}, id="of AWS"))
    world.put(Event("natkeeper.node", "Anything", {}, id="of a node"))
    clock.advance(0.2)
    assert arrived == ["of a node"]
    clock.advance(0.2)
    assert arrived == ["of a node", "of AWS"]

    COMMANDS["delivery"](world, {"loss": 1.0})
    world.emit(Event("aws.ec2", "Anything", {}))
    world.put(Event("natkeeper.node", "Anything", {}))
    clock.advance(1)
    assert len(arrived) == 2
