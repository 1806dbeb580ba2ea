"""The drawing of a zone: whole, readable, and true of who is served by whom, whatever the zone is like."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from natkeeper.core.picture.diagram import BAD, CALM, COLOURS, GOOD, MOST, WARNING, draw
from natkeeper.core.picture.overview import State, ZoneView
from tests.unit.core.drawing import Drawing, Row
from tests.unit.core.drawn_stack import DOCUMENT, EVERYTHING, drawn
from tests.unit.core.picture_views import a_node, a_way, a_zone, tables

LONGEST_ZONE = "us-east-1-wl1-bos-wlz-1"
NEIGHBOUR = a_node(8)
GONE = "eni-0123456789abcdef0"
STILL_READ = 0.75
"""Letters that are narrower than this, of their usual width, are not."""

ZONES = {
    **{f"{zone.state} in the drawn stack": zone for zone in EVERYTHING.zones if zone.ways},
    **{
        f"{number} ways": a_zone(ways=tuple(a_way(to=f"nat-{n:017x}", works=None) for n in range(number)))
        for number in range(1, 7)
    },
    "a neighbour serves it": a_zone(
        state=State.COVERED, ways=(a_way(to=NEIGHBOUR, being=f"of {LONGEST_ZONE}"),), nodes=()
    ),
    "no node and no route": a_zone(state=State.BROKEN, ways=(a_way(False, "no default route"),), nodes=()),
    "its target is a black hole": a_zone(
        state=State.BROKEN, ways=(a_way(False, GONE, being="a black hole"),)
    ),
    "more tables than anybody has": a_zone(ways=(a_way(tables=tables(*range(999))),)),
    "the longest words": a_zone(
        ways=(a_way(to=a_node(verdict="suspect", lifecycle="shutting-down")),),
        nodes=(a_node(address="255.255.255.255"),),
    ),
    "a name that nobody expected": a_zone(ways=(a_way(None, f"{GONE}-of-{LONGEST_ZONE}"),)),
}
each_zone = pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)


def drawing(zone: ZoneView) -> Drawing:
    return Drawing.of(str(draw(zone)))


def only_row(zone: ZoneView) -> Row:
    (row,) = drawing(zone).rows
    return row


# --- Whole


@each_zone
def test_nothing_lies_outside_of_the_frame(zone: ZoneView) -> None:
    seen = drawing(zone)

    assert (seen.frame.left, seen.frame.top) == (0, 0)
    assert all(seen.frame.holds(shape.painted) for shape in seen.shapes)
    assert all(seen.frame.holds(words.area) for words in seen.words)


@each_zone
def test_no_box_touches_another_and_no_word_another(zone: ZoneView) -> None:
    seen = drawing(zone)
    boxes = [box.painted for row in seen.rows for box in row.boxes]

    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert not any(one.area.overlaps(other.area) for one, other in combinations(seen.words, 2))


@each_zone
def test_every_word_stands_in_a_box_or_clear_of_all(zone: ZoneView) -> None:
    seen = drawing(zone)

    for row in seen.rows:
        assert sorted(w.text for w in row.words) == sorted(
            [*(text for box in row.boxes for text in row.inside(box)), *row.outside]
        )
        assert not any(line.painted.overlaps(words.area) for line in row.lines for words in row.words)
    for words in seen.beside:
        assert not any(shape.painted.overlaps(words.area) for shape in seen.shapes)


@each_zone
def test_each_line_goes_from_a_box_to_a_box_or_to_the_word_for_what_is_out_there(zone: ZoneView) -> None:
    for row in drawing(zone).rows:
        hosts, target = (box.area for box in row.boxes)
        inward, outward = (line.area for line in row.lines)
        (end,) = (words.area for words in row.words if words.text in ("internet", "not out", "not known"))

        assert (inward.left, inward.right) == (hosts.right, target.left)
        assert outward.left == target.right
        assert 0 < end.left - outward.right < 6
        assert inward.top == inward.bottom == outward.top == outward.bottom
        for beside in (hosts, target, end):
            assert abs((beside.top + beside.bottom) / 2 - inward.top) < 2


@each_zone
def test_words_in_a_box_are_in_its_middle(zone: ZoneView) -> None:
    for row in drawing(zone).rows:
        for box in row.boxes:
            within = [words.area for words in row.words if box.within.holds(words.area)]
            middles = {(area.left + area.right) / 2 for area in within}
            assert middles == {(box.area.left + box.area.right) / 2}


@each_zone
def test_letters_are_squeezed_only_where_they_would_not_fit_and_never_beyond_reading(zone: ZoneView) -> None:
    assert all(STILL_READ < words.squeezed <= 1 for words in drawing(zone).words)


@pytest.mark.parametrize("letters", range(1, 31))
def test_a_name_is_shown_whole_as_far_as_it_can_be_read(letters: int) -> None:
    name = "m" * letters
    (words,) = (w for w in only_row(a_zone(ways=(a_way(None, name),))).words if "m" in w.text)

    assert words.text == (name if letters <= 26 else f"{name[:25]}…")
    assert (words.squeezed == 1) is (letters <= 20)


@pytest.mark.parametrize("number", range(1, 7))
def test_the_height_grows_with_the_ways_until_they_are_counted(number: int) -> None:
    one, seen = drawing(ZONES["1 ways"]), drawing(ZONES[f"{number} ways"])
    shown = min(number, MOST)
    more = [words.text for words in seen.beside]

    assert len(seen.rows) == shown
    assert seen.steps() == [one.frame.bottom] * (shown - 1)
    assert more == ([f"and {number - MOST} more"] if number > MOST else [])
    assert (seen.frame.bottom == one.frame.bottom * shown) is (not more)
    assert seen.frame.bottom < one.frame.bottom * (shown + 1)
    assert seen.frame.right == one.frame.right


# --- True


def test_who_is_served_by_a_neighbour_has_a_whole_line_to_it_and_reads_whose_it_is() -> None:
    row = only_row(ZONES["a neighbour serves it"])

    assert row.inside(row.boxes[0]) == ["hosts", "1 table"]
    assert row.inside(row.boxes[1]) == [NEIGHBOUR.id, f"of {LONGEST_ZONE}", "healthy, running"]
    assert row.outside == ["internet"]
    assert not any(line.dashed for line in row.lines)


def test_who_is_served_by_its_own_node_reads_how_that_is_and_what_the_internet_sees() -> None:
    node = a_node(2, verdict="suspect")
    row = only_row(a_zone(ways=(a_way(to=node, tables=tables(1, 2)),), nodes=(a_node(1), node)))

    assert row.inside(row.boxes[0]) == ["hosts", "2 tables"]
    assert row.inside(row.boxes[1]) == [node.id, "suspect, running", "203.0.113.2"]
    assert row.outside == ["internet"]


def test_a_node_without_an_address_has_none() -> None:
    node = a_node(address="")
    row = only_row(a_zone(ways=(a_way(to=node),), nodes=(node,)))

    assert row.inside(row.boxes[1]) == [node.id, "healthy, running"]


def test_who_has_no_way_out_sees_it_crossed_out() -> None:
    row = only_row(ZONES["its target is a black hole"])

    assert row.inside(row.boxes[1]) == [GONE, "a black hole"]
    assert row.outside == ["✕", "not out"]
    assert all(line.dashed for line in row.lines)


def test_who_leaves_by_what_nobody_here_judges_sees_neither() -> None:
    row = only_row(a_zone(state=State.FOREIGN, ways=(a_way(None, "nat-7", being="not natkeeper's"),)))

    assert row.inside(row.boxes[1]) == ["nat-7", "not natkeeper's"]
    assert row.outside == ["not known"]
    assert all(line.dashed for line in row.lines)


@each_zone
def test_a_way_has_one_colour_and_its_hosts_have_that_of_the_text(zone: ZoneView) -> None:
    for row in drawing(zone).rows:
        hosts, target = row.boxes
        assert hosts.colour == "currentColor"
        assert {line.colour for line in row.lines} == {target.colour}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("works", [True, False, None])
def test_red_is_what_does_not_lead_out_and_nothing_else(works: bool | None, state: State) -> None:
    colour = only_row(a_zone(state=state, ways=(a_way(works),))).lines[0].colour

    assert (colour == BAD) is (works is False and state is not State.ASLEEP)
    if works and state not in (State.BROKEN, State.DOUBTED):
        assert colour == COLOURS[state]
    if works and state in (State.BROKEN, State.DOUBTED):
        assert colour == GOOD
    if works is None:
        assert colour == (CALM if state in (State.ASLEEP, State.IDLE) else WARNING)


def test_what_still_leads_out_of_a_broken_zone_is_drawn_as_good_and_what_nobody_knows_is_not() -> None:
    seen = drawing(a_zone(state=State.BROKEN, ways=(a_way(True), a_way(None, "nat-7"))))

    assert [row.lines[0].colour for row in seen.rows] == [GOOD, COLOURS[State.FOREIGN]]


def test_a_zone_that_sleeps_is_drawn_calm() -> None:
    row = only_row(a_zone(state=State.ASLEEP, ways=(a_way(False),)))

    assert row.lines[0].colour == COLOURS[State.ASLEEP] != BAD
    assert row.outside == ["✕", "not out"]


@each_zone
def test_who_hears_the_picture_read_hears_of_every_way_that_is_drawn(zone: ZoneView) -> None:
    heard = drawing(zone).title

    assert heard.startswith(f"{zone.name}: {zone.state}. ")
    for way in zone.ways[:MOST]:
        assert (f"{way.leads_to}, {way.being}" if way.being else way.leads_to) in heard
    assert heard.count("not out") == sum(way.works is False for way in zone.ways[:MOST])
    assert heard.count("internet") == sum(way.works is True for way in zone.ways[:MOST])


def test_without_a_way_nothing_is_drawn() -> None:
    assert str(draw(a_zone(ways=()))) == ""


# --- To the letter


def test_the_drawn_stack_is_current() -> None:
    assert Path(DOCUMENT).read_text() == drawn(), "run `make docs`, and look at what is different"
