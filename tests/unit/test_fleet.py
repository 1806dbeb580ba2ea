"""A stack that tells a hub how it stands, and the hub that hears it: the whole way, without AWS between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from natkeeper.adapters.dynamodb_register import MOST
from natkeeper.core.errors import AwsError, UnreachableError
from natkeeper.core.fleet.hearing import StackKey
from natkeeper.core.fleet.state import Identity, StackState
from natkeeper.core.picture.overview import State
from natkeeper.fleet.hub import MANUAL, Hub
from natkeeper.picture.announcer import Announcer
from tests.builders import NOW
from tests.journal import Journal
from tests.unit.core.fleet_views import ACCOUNT, REGION, a_state, an_identity, answered, told
from tests.unit.test_picture import DENIED, Viewer
from tests.world.gate import Trouble
from tests.world.register import Register
from tests.world.timings import AT_ONCE
from tests.world.world import World

LOST = UnreachableError("putting", "the bus", "EndpointConnectionError", "no answer")


@dataclass
class States:
    """The port `States`: who listens hears all that was told, unless the bus is broken."""

    said: list[StackState] = field(default_factory=list)
    broken: AwsError | None = None

    def tell(self, state: StackState) -> None:
        if self.broken:
            raise self.broken
        self.said.append(state)


class Teller:
    """A stack at rest whose minute-by-minute look is told."""

    def __init__(self, viewer: Viewer | None = None, identity: Identity | None = None) -> None:
        self.viewer = viewer or Viewer()
        self.states = States()
        self.announcer = Announcer(self.viewer.illustrator, identity or an_identity(), self.states)

    def minute(self) -> str:
        self.viewer.stack.minute()
        return self.announcer.announce()

    def last(self) -> list[State]:
        return [zone.state for zone in self.states.said[-1].zones]


def test_a_new_process_says_how_the_stack_stands_and_then_only_what_is_new() -> None:
    teller = Teller()

    assert teller.announcer.announce() == "told, for this process has said nothing yet"
    assert [teller.minute() for _ in range(5)] == ["nothing new"] * 5
    (state,) = teller.states.said
    assert [zone.state for zone in state.zones] == [State.SERVED, State.SERVED]
    assert (state.identity, state.overdue, state.refused, state.removed) == (an_identity(), 0, 0, False)


def test_every_hour_it_is_said_again() -> None:
    teller = Teller()
    teller.announcer.announce()
    reasons = [teller.minute() for _ in range(130)]

    assert [n for n, why in enumerate(reasons, 1) if why == "told, for an hour has passed"] == [60, 120]
    assert set(reasons) == {"nothing new", "told, for an hour has passed"}


def test_a_death_and_its_heal_are_each_told_once_with_how_long_it_took() -> None:
    teller = Teller()
    teller.announcer.announce()
    stack = teller.viewer.stack
    dead = stack.serving(0)
    assert dead
    stack.aws.terminate(dead)
    stack.aws.advance(30)

    assert teller.announcer.announce() == "told, for something has changed"
    assert teller.last() == [State.BROKEN, State.SERVED]
    for _ in range(12):
        teller.minute()
    assert teller.last() == [State.SERVED, State.SERVED]
    heal = teller.states.said[-1].heals[0]
    assert heal.zone == next(iter(stack.aws.zones.values()))
    assert heal.at > teller.states.said[0].at
    assert 0 <= heal.seconds <= 120
    assert len(teller.states.said) < 8


def test_one_look_that_aws_refuses_is_no_news_and_two_are() -> None:
    teller = Teller()
    teller.announcer.announce()
    teller.viewer.refuse("DescribeInstances")

    assert teller.announcer.announce() == "nothing new"
    assert teller.announcer.announce() == "told, for something has changed"
    assert teller.last() == [State.UNREAD, State.UNREAD]


def test_a_bus_that_does_not_answer_is_tried_again_by_the_next_minute_and_fails_nothing() -> None:
    teller = Teller()
    teller.states.broken = LOST

    assert teller.announcer.announce().startswith("left to the next minute: putting on the bus")
    assert any(line.startswith("unreadable") for line in teller.viewer.stack.journal.lines)
    teller.states.broken = None
    assert teller.announcer.announce().startswith("told")


def test_a_stack_that_is_being_deleted_says_so() -> None:
    teller = Teller()
    teller.announcer.announce()
    teller.viewer.stack.store.save_removed()

    assert teller.announcer.announce() == "told, for something has changed"
    assert teller.states.said[-1].removed


def test_telling_touches_nothing_and_asks_ec2_three_times() -> None:
    teller = Teller()
    teller.announcer.announce()
    gate, before = teller.viewer.stack.world.gate, teller.viewer.stack.store.records
    gate.counts.clear()
    teller.announcer.announce()

    assert sum(count for api, count in gate.counts.items() if not api.startswith("Table")) == 3
    assert teller.viewer.stack.store.records is before


# --- The hub


@dataclass
class Listener:
    """A hub with its table in memory, at a moment of its own."""

    now: datetime = NOW
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        self.world = World(1, timings=AT_ONCE)
        self.register = Register(self.world.gate)
        self.hub = Hub(self.register, self.journal, lambda: self.now)

    def hears(self, event: object) -> str:
        answer = self.hub.answer(event)
        assert isinstance(answer, dict)
        return str(answer["summary"])

    def page(self) -> str:
        answer = self.hub.answer({"widgetContext": {"theme": "dark"}})
        assert isinstance(answer, str)
        return answer


def test_what_a_stack_says_is_on_the_page() -> None:
    listener = Listener()

    assert listener.hears(told(a_state(State.BROKEN))) == f"{ACCOUNT}/{REGION}/natkeeper: noted"
    assert "1 stack in 1 account: 1 no way out" in listener.page()
    assert "eu-west-1a: no way out" in listener.page()


def test_the_same_twice_and_late_changes_nothing() -> None:
    listener = Listener()
    listener.hears(told(a_state(State.SERVED)))
    before = listener.register.kept.copy()

    assert listener.hears(told(a_state(State.SERVED))).endswith("known already, or older than what is known")
    late = a_state(State.BROKEN, at=NOW - timedelta(minutes=1))
    assert listener.hears(told(late)).endswith("known already, or older than what is known")
    assert listener.register.kept == before


def test_who_speaks_for_another_is_ignored_and_that_is_in_the_log() -> None:
    listener = Listener()
    listener.hears(told(a_state(State.SERVED)))
    before = listener.register.kept.copy()
    lie = told(a_state(State.BROKEN, at=NOW + timedelta(seconds=1)), account="999988887777")

    assert listener.hears(lie).startswith("ignored: account 999988887777 in eu-west-1 speaks for")
    assert listener.register.kept == before
    (line,) = listener.journal.lines
    assert line.startswith("ignored account 999988887777")


def test_who_may_look_at_the_page_can_say_nothing_in_anybodys_name() -> None:
    """A direct call writes its own envelope."""
    listener = Listener()
    listener.hears(told(a_state(State.BROKEN)))
    before = listener.register.kept.copy()
    listener.hub = replace(listener.hub, hears=False)
    later = NOW + timedelta(seconds=1)

    for lie in (told(a_state(State.SERVED, at=later)), answered()):
        assert listener.hears(lie).startswith("ignored: this function shows")
    assert listener.register.kept == before
    assert "1 no way out" in listener.page()


def test_an_answer_to_an_order_is_on_the_page() -> None:
    listener = Listener()
    listener.hears(told())

    assert listener.hears(answered()).endswith(": noted")
    assert "Failover obeyed" in listener.page()


def test_who_fills_the_table_with_names_gets_no_further_than_a_few() -> None:
    listener = Listener()
    answers = {
        listener.hears(told(a_state(identity=an_identity(f"n{n}")))).split(": ")[1] for n in range(100)
    }

    assert answers == {"noted", "its account has as many stacks as it may"}
    assert len(listener.register.kept) == MOST
    assert listener.hears(told(a_state(identity=an_identity(account="999988887777")))).endswith("noted")


def test_text_and_json_are_asked_for_by_name() -> None:
    listener = Listener()
    listener.hears(told())
    text = listener.hears({"format": "text", "widgetContext": {}})
    machine = listener.hub.answer({"format": "json"})

    assert text.startswith("1 stack in 1 account: 1 served")
    assert isinstance(machine, dict)
    assert machine["stacks"][0]["stack"] == "natkeeper"


def test_it_says_what_it_is() -> None:
    assert Listener().hub.answer({"describe": True, "widgetContext": {}}) == MANUAL


@pytest.mark.parametrize("asked", [{}, None, [], "x", 7, {"format": "xml"}, {"format": ["json"]}])
def test_whatever_else_is_asked_gets_the_page(asked: object) -> None:
    answer = Listener().hub.answer(asked)

    assert isinstance(answer, str)
    assert answer.startswith('<div class="nk">')


@pytest.mark.parametrize(
    "event", [{"detail-type": None}, {"detail-type": "x", "detail": 7}, {"detail-type": []}]
)
def test_whatever_else_arrives_is_ignored(event: dict[str, Any]) -> None:
    assert Listener().hears(event).startswith("ignored: ")


def test_a_table_that_cannot_be_read_is_said_on_the_page() -> None:
    listener = Listener()
    listener.world.gate.troubles.append(Trouble(DENIED, ("TableQuery",)))

    assert "Could not be read: reading on the table: UnauthorizedOperation" in listener.page()
    assert any(line.startswith("unreadable") for line in listener.journal.lines)


def test_news_that_cannot_be_kept_are_tried_again_by_lambda() -> None:
    listener = Listener()
    listener.world.gate.troubles.append(Trouble(DENIED, ("TableWrite",)))

    with pytest.raises(AwsError):
        listener.hears(told())


def test_two_stacks_tell_one_hub_which_sees_the_worse_one_first_and_a_third_fall_silent() -> None:
    listener = Listener()
    tellers = [Teller(identity=an_identity(name)) for name in ("calm", "hurt")]
    for teller in tellers:
        teller.announcer.announce()
    hurt = tellers[1].viewer.stack
    dead = hurt.serving(0)
    assert dead
    hurt.aws.terminate(dead)
    hurt.aws.advance(30)
    tellers[1].announcer.announce()
    listener.now = hurt.clock()
    for teller in reversed(tellers):
        for state in reversed(teller.states.said):
            listener.hears(told(state))
    silent = StackKey(ACCOUNT, REGION, "silent")
    listener.register.enter(silent, a_state(), listener.now - timedelta(hours=5))

    text = listener.hears({"format": "text"})
    assert [line.split("  ")[0] for line in text.splitlines() if f"  {ACCOUNT}" in line] == [
        "no way out",
        "not heard of",
        "served",
    ]
    assert replace(silent, stack="hurt") in listener.register.kept
