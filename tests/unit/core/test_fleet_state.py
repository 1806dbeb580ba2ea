"""A stack's state: what of the picture leaves the account, and that it is read as it was written."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natkeeper.core.fleet.announcement import BadStateError, read, written
from natkeeper.core.fleet.state import HEALS, StackState, ZoneHeal, ZoneState, state_of
from natkeeper.core.memory import Heal
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.overview import MissedGoal, Overview, RefusedStep, Saved, State
from tests.builders import NOW, ago
from tests.fuzz.hostile import json_values, spoilt
from tests.unit.core.fleet_views import a_state, an_identity
from tests.unit.core.picture_views import a_zone, stack

HEALED = ZoneHeal(ZoneName("eu-west-1a"), ago(minutes=3), 12.5)
WHOLE = a_state(
    State.BROKEN,
    State.COVERED,
    State.ASLEEP,
    identity=an_identity(takes_orders=True),
    overdue=2,
    refused=1,
    paused_until=NOW + timedelta(minutes=30),
    saved=Saved(31.25, 13, date(2026, 3, 1)),
    heals=(HEALED,),
    removed=True,
)


def test_a_state_is_what_a_person_would_see_in_short() -> None:
    overview = stack(
        a_zone("eu-west-1a", State.BROKEN, goals=(MissedGoal("x", NOW, True), MissedGoal("y", NOW, False))),
        a_zone("eu-west-1b", goals=(MissedGoal("z", NOW, True),)),
        refused=(RefusedStep("launch", 3, NOW, "no"),),
        paused_until=NOW,
        saved=Saved(1.0, 2, date(2026, 3, 1)),
    )

    assert state_of(overview, an_identity(), removed=True) == StackState(
        identity=an_identity(),
        at=NOW,
        zones=(
            ZoneState(ZoneName("eu-west-1a"), State.BROKEN),
            ZoneState(ZoneName("eu-west-1b"), State.SERVED),
        ),
        overdue=2,
        refused=1,
        paused_until=NOW,
        saved=Saved(1.0, 2, date(2026, 3, 1)),
        removed=True,
    )


def test_the_last_heals_of_all_zones_are_told_the_newest_first() -> None:
    seconds = (4.0, 2.0, 3.0, 1.0)
    over = tuple(
        Heal(ZoneName("eu-west-1a"), "why", ago(hours=n, seconds=s), ago(hours=n))
        for n, s in enumerate(seconds)
    )
    heals = state_of(stack(heals=over), an_identity()).heals

    assert [(heal.at, heal.seconds) for heal in heals] == [
        (each.over, s) for each, s in zip(over[:HEALS], seconds, strict=False)
    ]
    assert len(heals) == HEALS


@pytest.mark.parametrize("state", [a_state(), WHOLE, a_state(zones=())])
def test_it_is_read_as_it_was_written(state: StackState) -> None:
    assert read(json.loads(json.dumps(written(state)))) == state


def test_what_is_not_so_takes_no_room() -> None:
    assert written(a_state()).keys() == {"stack", "id", "version", "at", "zones"}
    assert len(json.dumps(written(WHOLE))) < 800


def test_a_newer_natkeeper_may_say_more_and_its_new_states_are_not_known() -> None:
    detail = written(a_state())
    detail["zones"][0] |= {"state": "dancing", "mood": "good"}
    told = read({**detail, "colour": "red"})

    assert [zone.state for zone in told.zones] == [State.UNREAD, State.SERVED]
    assert told.unread
    assert not a_state().unread


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stack", None),
        ("stack", "a/b"),
        ("stack", "x" * 129),
        ("id", "arn:aws:iam::111122223333:role/x"),
        ("id", 7),
        ("version", ""),
        ("version", "1" * 33),
        ("at", "yesterday"),
        ("at", None),
        ("at", 5),
        ("at", "0001-01-01T00:00:00+23:59"),
        ("zones", {}),
        ("zones", [7]),
        ("zones", [{"name": "eu-west-1a", "state": "served"}] * 7),
        ("zones", [{"name": "<b>", "state": "served"}]),
        ("zones", [{"name": "eu-west-1a", "state": 7}]),
        ("overdue", -1),
        ("overdue", 1001),
        ("overdue", True),
        ("refused", 0.5),
        ("paused_until", "soon"),
        ("takes_orders", "yes"),
        ("removed", 1),
        ("saved", 7),
        ("saved", {"dollars": float("nan"), "days": 1, "since": "2026-03-01"}),
        ("saved", {"dollars": float("inf"), "days": 1, "since": "2026-03-01"}),
        ("saved", {"dollars": 2e9, "days": 1, "since": "2026-03-01"}),
        ("saved", {"dollars": True, "days": 1, "since": "2026-03-01"}),
        ("saved", {"dollars": "1", "days": 1, "since": "2026-03-01"}),
        ("saved", {"dollars": 1, "days": -1, "since": "2026-03-01"}),
        ("saved", {"dollars": 1, "days": 1, "since": "March"}),
        ("saved", {"dollars": 1, "days": 1, "since": None}),
        ("heals", [{"zone": "eu-west-1a", "at": "2026-03-01T00:00:00+00:00"}]),
        ("heals", [{"zone": "!", "at": "2026-03-01T00:00:00+00:00", "seconds": 1}]),
        ("heals", [{"zone": "eu-west-1a", "at": "2026-03-01T00:00:00+00:00", "seconds": 1}] * 11),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_by_name(name: str, value: object) -> None:
    inner = {"saved": "dollars|days|since|saved", "zones": "zones|name|state", "heals": "heals|zone|seconds"}
    with pytest.raises(BadStateError, match=rf"^({inner.get(name, name)}) .* is not what it should be"):
        read({**written(a_state()), name: value})


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(BadStateError) as refused:
        read({})
    assert [part.split()[0] for part in str(refused.value).split("; ")] == ["stack", "id", "version", "at"]


@pytest.mark.parametrize("removed", [True, False])
def test_savings_below_zero_are_told_too(removed: bool) -> None:
    state = a_state(saved=Saved(-3.5, 1, date(2026, 3, 1)), removed=removed)
    assert read(written(state)) == state


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=st.dictionaries(st.text(max_size=10), json_values(), max_size=5))
def test_whatever_is_read_is_refused_in_words_or_has_this_shape(value: dict[str, object]) -> None:
    with pytest.raises(BadStateError):
        read(value)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_state_with_one_part_spoilt_is_read_again_as_itself_or_refused(data: st.DataObject) -> None:
    _, bad = data.draw(spoilt(written(WHOLE)))
    try:
        state = read(bad)
    except BadStateError:
        return
    assert read(json.loads(json.dumps(written(state)))) == state


def test_an_overview_of_nothing_has_a_state() -> None:
    assert state_of(Overview("natkeeper", NOW, ()), an_identity()).zones == ()
