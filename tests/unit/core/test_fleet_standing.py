"""How stacks stand, the worst first; what they saved together; which versions they run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from natkeeper.core.fleet.standing import HEARTBEAT, SILENT, Fleet, Savings, Standing, rank
from natkeeper.core.fleet.state import StackState, ZoneHeal
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.overview import Saved, State
from tests.builders import NOW, ago
from tests.unit.core.fleet_views import a_state, an_identity, known

MONTH = date(NOW.year, NOW.month, 1)


def saved(dollars: float, since: date = MONTH) -> Saved:
    return Saved(dollars, 3, since)


def fleet(*states: StackState) -> Fleet:
    return rank(tuple(known(state) for state in states), NOW)


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (a_state(State.SERVED, State.BROKEN), Standing.BROKEN),
        (a_state(State.BROKEN, State.UNREAD, overdue=1), Standing.BROKEN),
        (a_state(State.SERVED, State.UNREAD), Standing.UNREAD),
        (a_state(zones=()), Standing.UNREAD),
        (a_state(overdue=1, refused=1), Standing.OVERDUE),
        (a_state(State.FOREIGN, refused=1), Standing.REFUSED),
        (a_state(State.LAST_RESORT, refused=1), Standing.REFUSED),
        (a_state(State.LAST_RESORT, State.FOREIGN), Standing.LAST_RESORT),
        (a_state(State.FOREIGN, State.COVERED), Standing.FOREIGN),
        (a_state(State.DOUBTED, State.COVERED), Standing.DOUBTED),
        (a_state(State.COVERED, paused_until=NOW + timedelta(minutes=1)), Standing.COVERED),
        (a_state(State.CHANGING, paused_until=NOW + timedelta(minutes=1)), Standing.PAUSED),
        (a_state(paused_until=NOW), Standing.SERVED),
        (a_state(State.SERVED, State.CHANGING), Standing.CHANGING),
        (a_state(State.SERVED, State.ASLEEP, State.IDLE), Standing.SERVED),
        (a_state(State.IDLE, State.ASLEEP), Standing.ASLEEP),
        (a_state(State.IDLE), Standing.IDLE),
        (a_state(State.BROKEN, removed=True), Standing.REMOVED),
    ],
)
def test_a_stack_stands_as_its_worst_is(state: StackState, standing: Standing) -> None:
    assert known(state).standing(NOW) is standing


def test_who_has_missed_two_hours_is_not_heard_of() -> None:
    assert SILENT > 2 * HEARTBEAT
    assert known(heard_at=NOW - SILENT).standing(NOW) is Standing.SERVED
    late = NOW - SILENT - timedelta(seconds=1)
    assert known(heard_at=late).standing(NOW) is Standing.SILENT
    assert known(a_state(State.BROKEN), heard_at=late).standing(NOW) is Standing.BROKEN


def test_the_worst_is_first_and_equals_stand_by_their_names() -> None:
    one, other = (a_state(identity=an_identity(name)) for name in ("b", "a"))
    bad = a_state(State.BROKEN, identity=an_identity("c"))
    rows = fleet(one, other, bad).rows

    assert [row.known.key.stack for row in rows] == ["c", "a", "b"]
    assert fleet(one, other, bad).counted() == {Standing.BROKEN: 1, Standing.SERVED: 2}


@pytest.mark.parametrize("state", [state for state in State if state is not State.IDLE])
def test_a_stack_with_one_zone_has_something_to_serve_unless_the_zone_has_nothing(state: State) -> None:
    assert known(a_state(state)).standing(NOW) is not Standing.IDLE


def test_every_standing_has_words_of_its_own() -> None:
    assert len({str(standing) for standing in Standing}) == len(Standing)


def test_what_was_saved_this_month_is_added_up() -> None:
    last_month = MONTH - timedelta(days=1)
    states = (
        a_state(saved=saved(10)),
        a_state(saved=saved(-2.5)),
        a_state(saved=saved(99, last_month)),
        a_state(),
    )

    assert fleet(*states).saved() == Savings(7.5, 2)


def test_accounts_and_versions_are_counted() -> None:
    new = a_state(identity=an_identity(account="999988887777", version="0.3.0"))
    seen = fleet(a_state(), a_state(identity=an_identity("b")), new)

    assert seen.accounts() == 2
    assert list(seen.versions().items()) == [("0.2.0", 2), ("0.3.0", 1)]


def test_the_last_heals_of_all_are_the_newest_first() -> None:
    def healed(**past: Any) -> StackState:
        return a_state(heals=(ZoneHeal(ZoneName("eu-west-1a"), ago(**past), 2.0),))

    heals = fleet(healed(hours=2), healed(hours=1)).heals()

    assert [heal.at for _, heal in heals] == [ago(hours=1), ago(hours=2)]


def test_no_stack_is_a_fleet_too() -> None:
    nobody = rank((), NOW, ("x",))

    assert (nobody.rows, nobody.saved(), nobody.versions(), nobody.damaged) == ((), Savings(0, 0), {}, ("x",))
