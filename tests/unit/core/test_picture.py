"""What the picture shows of a stack: how each zone stands, who serves whom, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from natkeeper.core.decision.plan import plan
from natkeeper.core.examined import Examined
from natkeeper.core.memory import Heal, Launch, Memory, Refusal, Unwanted, ZoneMemory
from natkeeper.core.model import (
    Lifecycle,
    Node,
    Observed,
    Outcome,
    Probe,
    Remark,
    Route,
    RouteTableId,
    Unreadable,
    Wish,
    WishKind,
    Zone,
    ZoneName,
)
from natkeeper.core.picture.composition import Reading, compose
from natkeeper.core.picture.overview import NodeView, Overview, Part, Saved, State, Way, ZoneView
from natkeeper.core.picture.words import WORST, about
from natkeeper.core.policy import Policy, Standby
from natkeeper.core.ring import Peer
from tests.builders import (
    NOW,
    POLICY,
    A,
    B,
    ago,
    booting,
    looked,
    node,
    remembering,
    route,
    served,
    world,
    zone,
)

a1, a2, b1 = node("a1", public_address="203.0.113.7"), node("a2"), node("b1", public_address="203.0.113.9")
known = remembering(a1, a2, b1)


def overview(observed: Observed, memory: Memory = known, **read: object) -> Overview:
    look = looked(observed, memory)
    return compose("natkeeper", Reading(look, plan(look), **read))  # type: ignore[arg-type]


def first(*zones: Zone | Unreadable, memory: Memory = known, **read: object) -> ZoneView:
    return overview(world(*zones), memory, **read).zones[0]


def asleep(**changes: object) -> Memory:
    past = ZoneMemory(unwanted=Unwanted("no traffic", ago(hours=2)), asleep_since=ago(hours=1))
    return remembering(a1, zones={A: replace(past, **changes)})  # type: ignore[arg-type]


STANDINGS = {
    "its own node serves it, and all is well": (served(a1), State.SERVED),
    "a successor boots beside the node that serves": (served(a1, booting("a3")), State.CHANGING),
    "the node that serves is out of date": (
        served(replace(a1, template_version=2)),
        State.CHANGING,
    ),
    "another zone's node serves it": (zone((), to=b1), State.COVERED),
    "the route leads to a gateway": (zone((a1,), to="nat-0123"), State.FOREIGN),
    "there is no default route": (zone((a1,), to=None), State.BROKEN),
    "the route is a black hole": (
        zone((a1,), routes=(route("eni-gone", blackhole=True),)),
        State.BROKEN,
    ),
    "the route leads to a node that boots": (served(booting("a3")), State.BROKEN),
    "no table is in the zone": (zone((a1,), routes=()), State.IDLE),
    "its only table is held": (zone((a1,), routes=(route("eni-x", held=True),)), State.IDLE),
}


@pytest.mark.parametrize("case", STANDINGS)
def test_a_zone_stands_as_its_routes_and_nodes_say(case: str) -> None:
    observed, state = STANDINGS[case]

    assert first(observed, served(b1)).state is state


def test_a_zone_that_wants_no_nat_and_has_no_node_that_runs_is_asleep() -> None:
    stopped = replace(a1, lifecycle=Lifecycle.STOPPED)

    assert first(served(stopped), memory=asleep()).state is State.ASLEEP
    assert first(served(a1), memory=asleep()).state is not State.ASLEEP
    assert first(served(stopped)).state is State.BROKEN


def test_a_zone_that_sleeps_says_why_and_since_when() -> None:
    view = first(served(replace(a1, lifecycle=Lifecycle.STOPPED)), memory=asleep())

    assert view.rest == "no traffic, since 2026-03-14 11:00 UTC"


def test_a_wish_says_until_when() -> None:
    wish = Wish(WishKind.OFF, ago(hours=3), NOW + timedelta(hours=2))
    view = first(served(replace(a1, lifecycle=Lifecycle.STOPPED), wish=wish), memory=asleep())

    assert view.rest == "a person wants it off until 2026-03-14 14:00, since 2026-03-14 11:00 UTC"


def test_a_zone_that_is_about_to_sleep_says_since_when_it_is_unwanted() -> None:
    assert (
        first(served(a1), memory=asleep(asleep_since=None)).rest == "no traffic, since 2026-03-14 10:00 UTC"
    )
    assert first(served(a1)).rest == ""


def test_tables_that_lead_to_the_same_are_one_way() -> None:
    tables = (route(a1, "rtb-1"), route("nat-7", "rtb-2"), route(a1, "rtb-3"))
    ways = first(served(a1, routes=tables)).ways

    assert ways == (
        Way(
            "i-a1",
            True,
            a1.id,
            verdict="healthy",
            lifecycle="running",
            tables=(RouteTableId("rtb-1"), RouteTableId("rtb-3")),
        ),
        Way("nat-7", None, being="not natkeeper's", tables=(RouteTableId("rtb-2"),)),
    )


@pytest.mark.parametrize(
    ("target", "leads_to", "being", "works"),
    [
        (route(None), "no default route", "", False),
        (route("eni-x", blackhole=True), "eni-x", "a black hole", False),
        (route(a1), "i-a1", "", True),
        (route(b1), "i-b1", "of eu-west-1b", True),
        (route("nat-7"), "nat-7", "not natkeeper's", None),
    ],
)
def test_a_way_says_where_it_leads_and_whether_that_works(
    target: object, leads_to: str, being: str, works: bool | None
) -> None:
    (way,) = first(served(a1, routes=(target,)), served(b1)).ways

    assert (way.leads_to, way.being, way.works) == (leads_to, being, works)


def test_a_node_that_is_stopped_is_not_said_to_be_gone_although_its_route_is_a_black_hole() -> None:
    stopped = replace(a1, lifecycle=Lifecycle.STOPPED)
    (way,) = first(served(stopped, routes=(route(a1, blackhole=True),)), memory=asleep()).ways

    assert (way.leads_to, way.node, way.being, way.works) == ("i-a1", a1.id, "", False)


def test_a_black_hole_leads_nowhere_whatever_is_thought_of_the_node_behind_it() -> None:
    for unread in ({}, {Part.RECORDS: "denied"}):
        (way,) = first(served(a1, routes=(route(a1, blackhole=True),)), unread=unread).ways
        assert (way.node, way.works) == (a1.id, False)


def test_without_the_nodes_nobody_says_that_a_target_is_not_natkeepers() -> None:
    (way,) = first(zone((), to=a1), unread={Part.NODES: "denied"}).ways

    assert (way.leads_to, way.being, way.works) == ("eni-a1", "", None)


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"held": True}, "held by a tag"),
        ({"barred": "it serves the public subnet"}, "it serves the public subnet"),
    ],
)
def test_a_table_that_is_left_alone_says_why_and_decides_nothing(
    changes: dict[str, object], remark: str
) -> None:
    left = route(None, "rtb-2", **changes)
    view = first(served(a1, routes=(route(a1, "rtb-1"), left)))

    assert view.ways[1].remark == remark
    assert view.state is State.SERVED


@pytest.mark.parametrize(
    "left", [route(None), route("eni-x", blackhole=True), route("nat-7"), route(a1), route(b1)]
)
def test_a_table_that_is_left_alone_says_so_wherever_it_leads(left: Route) -> None:
    (way,) = first(served(a1, routes=(replace(left, held=True),)), served(b1)).ways

    assert way.remark == "held by a tag"


def test_a_node_is_shown_as_its_judge_and_ec2_have_it() -> None:
    spot = replace(a1, spot=True)
    (view,) = first(served(spot)).nodes

    assert (view.verdict, view.lifecycle, view.kind) == ("healthy", "running", "t4g.nano spot")
    assert (view.age, view.address, view.reason) == (timedelta(hours=5), "203.0.113.7", "")
    assert first(served(a1)).nodes[0].kind == "t4g.nano"


def test_what_is_against_a_node_is_said_without_its_name() -> None:
    (view,) = first(served(replace(a1, template_version=2))).nodes

    assert view.reason == "launch template version 2, now 3"


def test_a_spare_that_stands_by_has_nothing_against_it() -> None:
    spare = replace(a2, lifecycle=Lifecycle.STOPPED)
    memory = remembering(a1, a2)
    memory = memory.with_node(a2.id, replace(memory.node(a2.id), slept_at=ago(hours=1)))
    look = looked(world(served(a1, spare)), memory, replace(POLICY, spare="stopped"))  # type: ignore[arg-type]
    view = compose("natkeeper", Reading(look)).zones[0].nodes[1]

    assert (view.verdict, view.lifecycle, view.reason) == ("asleep", "stopped", "")


def test_who_stands_by_for_the_one_that_serves_is_said() -> None:
    def reasons(policy: Policy, *nodes: Node) -> list[str]:
        look = looked(world(served(*nodes)), remembering(a1, a2), policy)
        return [node.reason for node in compose("natkeeper", Reading(look)).zones[0].nodes]

    pair = replace(POLICY, standby=Standby.ZONE)
    assert reasons(pair, a1, a2) == ["", "stands by"]
    assert reasons(pair, a2, a1) == ["", "stands by"]
    assert reasons(pair, a1, replace(a2, template_version=2))[1] == "launch template version 2, now 3"
    assert reasons(POLICY, a1, a2) == ["", ""]
    unread = Reading(
        looked(world(served(a1, a2)), remembering(a1, a2), pair), unread={Part.NETWORK: "denied"}
    )
    assert compose("natkeeper", unread).zones[0].nodes[1].reason == ""


def test_the_internet_sees_the_address_of_who_serves() -> None:
    assert first(served(a1, a2)).addresses == ("203.0.113.7",)
    assert first(zone((a1,), to=None)).addresses == ()
    doubted = replace(a1, probes=())
    assert first(served(doubted)).addresses == ("203.0.113.7",)


def test_of_a_zone_that_is_covered_the_internet_sees_the_address_that_travelled_with_it() -> None:
    covering = replace(b1, cover_address="10.0.2.77", covers_as="203.0.113.7")
    zones = zone((), to=covering), served(covering)
    told = replace(known, ring=(Peer(b1.id, "10.0.2.4", "10.0.2.77", of=A),))

    assert first(*zones, memory=told).addresses == ("203.0.113.7",)
    assert "The internet sees its hosts as 203.0.113.7" in about(first(*zones, memory=told))
    assert first(*zones, memory=known).addresses == (b1.public_address,)
    nowhere = zone((), to=b1), served(b1)
    assert first(*nowhere, memory=told).addresses == ()
    assert first(*zones, memory=told, unread={Part.RECORDS: "denied"}).addresses == ()


def test_goals_that_are_missed_say_since_when_and_whether_it_is_too_long() -> None:
    goals = {"served": ago(hours=1), "address": ago(minutes=1)}
    view = first(served(a1), memory=remembering(a1, zones={A: ZoneMemory(goals=goals)}))

    assert [(goal.since, goal.overdue) for goal in view.goals] == [
        (ago(hours=1), True),
        (ago(minutes=1), False),
    ]
    assert view.goals[0].means == "the zone is served by its own node"


def test_launches_and_what_does_not_fit_are_shown() -> None:
    launches = (Launch(ago(hours=3), None), Launch(ago(hours=2), a1.id))
    odd = served(a1, remarks=(Remark("rtb-a", "it fits nowhere"),))
    view = first(odd, memory=remembering(a1, zones={A: ZoneMemory(launches=launches)}))

    assert view.launched == (ago(hours=3), ago(hours=2))
    assert view.remarks == ("it fits nowhere",)


def test_the_overview_is_of_the_stack_that_was_asked_for_as_it_is_now() -> None:
    shown = overview(world(served(a1)))

    assert (shown.stack, shown.at) == ("natkeeper", NOW)


def test_what_could_not_be_read_what_is_noted_and_what_was_saved_is_shown() -> None:
    saved, unread = Saved(12.5, 13, date(2026, 3, 1)), {Part.BOOKS: "denied"}
    shown = overview(world(served(a1)), saved=saved, unread=unread, notes=("odd",))

    assert (shown.saved, shown.unread, shown.notes) == (saved, unread, ("odd",))


def test_what_aws_refuses_is_shown_the_last_first() -> None:
    old = Refusal(ago(hours=3), ago(hours=2), 3, "denied")
    new = Refusal(ago(hours=1), ago(minutes=1), 5, "throttled")
    shown = overview(world(served(a1)), remembering(a1, refusals={"point rtb-a": old, "launch a": new}))

    assert [(r.step, r.count, r.since, r.error) for r in shown.refused] == [
        ("launch a", 5, ago(hours=1), "throttled"),
        ("point rtb-a", 3, ago(hours=3), "denied"),
    ]


def test_a_pause_is_shown_until_it_is_over() -> None:
    soon = NOW + timedelta(minutes=1)

    assert overview(world(served(a1)), remembering(a1, paused_until=soon)).paused_until == soon
    assert overview(world(served(a1)), remembering(a1, paused_until=NOW)).paused_until is None
    assert overview(world(served(a1))).paused_until is None


def test_what_the_controller_would_do_now_is_its_own_plan() -> None:
    assert overview(world(served(a1))).planned == ()
    (line, *_) = overview(world(zone((a1,), to=None))).planned
    assert line.startswith("eu-west-1a: ")


def test_a_zone_that_could_not_be_read_says_why() -> None:
    view = first(Unreadable(ZoneName("subnet-1"), "AWS does not know it"))

    assert (view.name, view.state, view.error) == ("subnet-1", State.UNREAD, "AWS does not know it")


@pytest.mark.parametrize("part", [Part.NODES, Part.NETWORK, Part.RECORDS])
def test_without_a_part_nobody_says_how_a_zone_stands(part: Part) -> None:
    assert first(served(a1), unread={part: "denied"}).state is State.UNREAD


def test_without_the_books_everything_else_is_known() -> None:
    assert first(served(a1), unread={Part.BOOKS: "denied"}).state is State.SERVED


def test_without_what_is_remembered_no_verdict_is_shown_and_no_way_is_said_to_work() -> None:
    view = first(served(a1), unread={Part.RECORDS: "denied"})

    assert [way.works for way in view.ways] == [None]
    assert [(n.verdict, n.reason, n.lifecycle) for n in view.nodes] == [("not known", "", "running")]


def test_zones_are_counted_by_how_they_stand() -> None:
    shown = overview(world(served(a1), zone((), to=None, name=B)))

    assert [view.name for view in shown.in_state(State.SERVED, State.BROKEN)] == [A, B]
    assert [view.name for view in shown.in_state(State.BROKEN)] == [B]


# --- Verdicts, each as it is

RECENT = tuple(ago(seconds=60 - 20 * number) for number in range(3))
failing = replace(a1, probes=(Probe(ago(seconds=5), Outcome.FAILED, ("egress",)),))
mute = replace(a1, probes=tuple(Probe(at, Outcome.SILENT) for at in RECENT))
unprobed = replace(a1, probes=())
impaired = replace(a1, impaired_since=ago(hours=1))
beside = replace(b1, probes=(Probe(ago(seconds=5), Outcome.PASSED),))
DOUBTED = {"it fails a probe": failing, "it is silent": mute, "nobody has probed it": unprobed,
           "its status check is impaired": impaired}  # fmt: skip


@pytest.mark.parametrize("case", DOUBTED)
def test_a_node_in_doubt_is_not_said_to_serve_well(case: str) -> None:
    node = DOUBTED[case]
    view = first(served(node), served(beside))

    assert view.state is State.DOUBTED
    assert (view.ways[0].works, view.ways[0].verdict) == (None, view.nodes[0].verdict)
    assert view.nodes[0].verdict in ("suspect", "unknown")
    assert view.nodes[0].reason


def test_a_neighbour_in_doubt_is_not_said_to_serve_well_either() -> None:
    doubted = replace(b1, probes=failing.probes)
    view = first(zone((), to=b1), served(doubted))

    assert view.state is State.DOUBTED
    assert (view.ways[0].being, view.ways[0].verdict, view.ways[0].lifecycle) == (
        "of eu-west-1b",
        "suspect",
        "running",
    )


def test_a_node_that_is_dead_works_for_nobody() -> None:
    dead = replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)
    (way,) = first(served(dead)).ways

    assert (way.works, way.verdict, way.lifecycle) == (False, "dead", "shutting-down")


def test_one_way_that_does_not_work_counts_more_than_one_in_doubt() -> None:
    tables = (route(failing, "rtb-1"), route(None, "rtb-2"))

    assert first(served(failing, routes=tables), served(beside)).state is State.BROKEN


def test_the_worst_state_has_a_place_in_the_order_of_states() -> None:
    assert set(WORST) == set(State)


# --- What would be named nowhere


def test_a_table_that_aws_does_not_know_is_named() -> None:
    view = first(served(a1, lost=("rtb-0123456789abcdef0",)))

    assert view.remarks == ("the stack names rtb-0123456789abcdef0, but AWS does not know it",)


def test_a_table_whose_zone_cannot_be_told_is_named() -> None:
    observed = replace(world(served(a1)), aside=(route("eni-x", "rtb-7"),))

    assert overview(observed, notes=("odd",)).notes == (
        "odd",
        "rtb-7 leads to eni-x; its zone cannot be told now, so it is left alone.",
    )


def test_what_makes_an_image_is_named_and_is_no_node() -> None:
    observed = replace(world(served(a1)), bakers=(replace(a2, role="image"),))
    shown = overview(observed)

    assert shown.notes == ("i-a2 (running) is no node: image of the stack's own.",)
    assert [node.id for node in shown.zones[0].nodes] == [a1.id]


def test_a_zone_that_the_stack_does_not_name_any_more_says_so() -> None:
    gone = served(a1, routes=(), subnet=None)

    assert first(gone).remarks == ("the stack names no public subnet here any more: only nodes are left",)
    assert first(gone, unread={Part.NETWORK: "denied"}).remarks == ()
    assert first(served(a1)).remarks == ()


# --- What nodes carry


def carrying(*sent: int | None, connections: int | None = None, last: int = 5) -> NodeView:
    probes = tuple(
        Probe(ago(seconds=last + 10 * before), Outcome.PASSED, sent=count)
        for before, count in enumerate(reversed(sent))
    )[::-1]
    probes = (*probes[:-1], replace(probes[-1], connections=connections))
    (view,) = first(served(replace(a1, probes=probes))).nodes
    return view


def test_a_node_carries_what_it_told_of_between_its_last_two_answers() -> None:
    view = carrying(1000, 2000, 5000, connections=12)

    assert (view.connections, view.rate) == (12, 300.0)


@pytest.mark.parametrize("sent", [(None, None), (1000,), (None, 1000), (5000, 1000)])
def test_a_node_that_does_not_tell_has_no_rate(sent: tuple[int | None, ...]) -> None:
    assert carrying(*sent).rate is None


def test_what_a_node_told_long_ago_is_not_shown() -> None:
    view = carrying(1000, 2000, connections=12, last=3600)

    assert (view.connections, view.rate) == (None, None)
    assert first(served(unprobed)).nodes[0].connections is None


def test_two_answers_of_one_moment_make_no_rate() -> None:
    at = ago(seconds=5)
    probes = (Probe(at, Outcome.PASSED, sent=1), Probe(at, Outcome.PASSED, sent=9))

    assert first(served(replace(a1, probes=probes))).nodes[0].rate is None


# --- Heals, and the doctor


def test_the_newest_heal_is_shown_first_and_what_the_doctor_found_as_it_is() -> None:
    old, new = Heal(A, "x", ago(hours=3), ago(hours=2)), Heal(B, "y", ago(hours=1), ago(minutes=59))
    found = Examined(NOW, 3, 0, 0)
    shown = overview(world(served(a1)), remembering(a1, heals=(old, new)), examined=found)

    assert (shown.heals, shown.examined) == ((new, old), found)
    assert (overview(world(served(a1))).heals, overview(world(served(a1))).examined) == ((), None)
