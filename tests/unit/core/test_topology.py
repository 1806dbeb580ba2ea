"""From AWS's lists to zones."""

from __future__ import annotations

from typing import Any

from natkeeper.core.decision.remarks import unlisted
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.intake.topology import (
    Layout,
    Listing,
    assemble,
    needed_subnets,
    private_subnets,
    unreadable,
)
from natkeeper.core.model import (
    Address,
    AllocationId,
    InterfaceId,
    Lifecycle,
    Node,
    Observed,
    RouteTableId,
    SubnetId,
    Unreadable,
    Zone,
    ZoneName,
)
from tests.builders import A, B, looked, node, route

PUBLIC_A, PUBLIC_B = SubnetId("subnet-a"), SubnetId("subnet-b")
EIP_A, EIP_B = AllocationId("eipalloc-a"), AllocationId("eipalloc-b")
SUBNETS = {
    PUBLIC_A: Subnet(A, ("10.0.0.0/24",)),
    PUBLIC_B: Subnet(B, ("10.0.1.0/24",)),
    SubnetId("private-a"): Subnet(A, ("10.0.100.0/24",)),
    SubnetId("private-a2"): Subnet(A, ("10.0.101.0/24",)),
    SubnetId("private-b"): Subnet(B, ("10.0.102.0/24",)),
    SubnetId("private-c"): Subnet(ZoneName("eu-west-1c"), ("10.0.103.0/24",)),
}
BOTH = Layout((PUBLIC_A, PUBLIC_B), (RouteTableId("rtb-a"), RouteTableId("rtb-b")))


def table(name: str, *subnets: str) -> Table:
    return Table(route(None, name), tuple(SubnetId(subnet) for subnet in subnets))


def listing(*tables: Table, nodes: tuple[Node, ...] = (), addresses: tuple[Address, ...] = ()) -> Listing:
    return Listing(SUBNETS, tables, nodes, addresses)


def zones(observed: Observed) -> dict[str, Zone]:
    return {z.name: z for z in observed.readable()}


def tables_of(observed: Observed) -> dict[str, list[str]]:
    return {name: [r.table for r in z.routes] for name, z in zones(observed).items()}


def test_a_table_belongs_to_the_zone_of_its_subnets() -> None:
    observed = assemble(BOTH, listing(table("rtb-a", "private-a"), table("rtb-b", "private-b")))

    assert tables_of(observed) == {A: ["rtb-a"], B: ["rtb-b"]}
    assert [z.subnet for z in observed.readable()] == [PUBLIC_A, PUBLIC_B]


def test_a_table_of_several_zones_belongs_to_the_one_with_most_of_its_subnets() -> None:
    mixed = table("rtb-a", "private-b", "private-a", "private-a2")

    assert tables_of(assemble(BOTH, listing(mixed, table("rtb-b", "private-b", "private-a")))) == {
        A: ["rtb-a", "rtb-b"],  # as many in either: the first by name
        B: [],
    }


def test_a_table_of_most_subnets_elsewhere_belongs_to_a_zone_that_can_serve_it() -> None:
    only_b = Layout((PUBLIC_B,), BOTH.tables)

    assert tables_of(assemble(only_b, listing(table("rtb-a", "private-a", "private-a2", "private-b")))) == {
        B: ["rtb-a"]
    }


def test_a_table_in_no_zone_with_a_public_subnet_is_served_by_the_first() -> None:
    stray = listing(table("rtb-a", "private-c"), table("rtb-b"))

    assert tables_of(assemble(BOTH, stray)) == {A: ["rtb-a", "rtb-b"], B: []}


def test_a_table_that_the_parameters_do_not_name_is_none_of_ours() -> None:
    foreign = listing(table("rtb-a", "private-a"), table("rtb-b"), table("rtb-other", "private-b"))

    assert tables_of(assemble(BOTH, foreign)) == {A: ["rtb-a", "rtb-b"], B: []}


def test_the_main_table_belongs_to_the_zone_of_the_subnets_that_no_other_is_associated_with() -> None:
    main = Table(route(None, "rtb-a"), (), main=True)
    others = (
        table("rtb-other", "subnet-a", "subnet-b", "private-a", "private-a2", "private-c"),
        table("rtb-b"),
    )

    assert tables_of(assemble(BOTH, listing(main, *others))) == {A: ["rtb-b"], B: ["rtb-a"]}
    assert private_subnets(BOTH, SUBNETS, (main, *others)) == ["private-b"]


def test_the_main_table_has_its_explicit_subnets_too() -> None:
    main = Table(route(None, "rtb-a"), (SubnetId("private-a"),), main=True)
    others = (table("rtb-b", "private-b"), table("rtb-other", "subnet-a", "subnet-b", "private-c"))

    assert private_subnets(BOTH, SUBNETS, (main, *others)) == ["private-a", "private-a2", "private-b"]


def test_every_subnet_is_needed_only_where_the_main_table_is_ours() -> None:
    ours, main = table("rtb-a", "private-a"), Table(route(None, "rtb-b"), (), main=True)
    foreign = Table(route(None, "rtb-main"), (), main=True)

    assert needed_subnets(BOTH, (ours, foreign)) == frozenset({PUBLIC_A, PUBLIC_B, SubnetId("private-a")})
    assert needed_subnets(BOTH, (ours, main)) is None


def test_a_table_that_is_not_the_main_one_serves_no_subnet_without_association() -> None:
    assert private_subnets(BOTH, SUBNETS, (table("rtb-a"), table("rtb-b"))) == []


def test_a_table_that_aws_does_not_know_is_lost_in_the_first_zone_only() -> None:
    observed = assemble(BOTH, listing(table("rtb-b", "private-b")))

    assert {name: z.lost for name, z in zones(observed).items()} == {A: ("rtb-a",), B: ()}
    assert observed.unlisted == ("rtb-a",)


def test_nodes_are_listed_by_id_in_their_own_zone() -> None:
    a1, a2, b1 = node("a1"), node("a2"), node("b1")
    observed = assemble(BOTH, listing(nodes=(b1, a2, a1)))

    assert {name: z.nodes for name, z in zones(observed).items()} == {A: (a1, a2), B: (b1,)}


def test_a_terminated_node_is_none_of_its_zones_nodes_but_known_to_have_ended() -> None:
    a1, ended, gone = node("a1"), *(node(n, lifecycle=Lifecycle.TERMINATED) for n in ("a2", "b1"))
    observed = assemble(BOTH, listing(nodes=(gone, ended, a1)))

    found = {name: (z.nodes, z.ended) for name, z in zones(observed).items()}
    assert found == {A: ((a1,), (ended,)), B: ((), (gone,))}


def test_a_zone_left_out_of_the_parameters_goes_with_its_last_node_terminated_or_not() -> None:
    gone = node("b1", lifecycle=Lifecycle.TERMINATED)

    assert set(zones(assemble(Layout((PUBLIC_A,), ()), listing(nodes=(gone,))))) == {A}


def test_a_zone_left_out_of_the_parameters_stays_as_long_as_it_has_nodes() -> None:
    b1 = node("b1")
    layout = Layout((PUBLIC_A,), (), (EIP_A,))
    left = zones(assemble(layout, listing(nodes=(b1,), addresses=(Address(EIP_A, None),))))[B]

    assert left == Zone(B, None, (), (b1,), None, ())


def test_each_zone_has_the_address_that_stands_beside_its_subnet() -> None:
    layout = Layout((PUBLIC_B, PUBLIC_A), (), (EIP_B, EIP_A))
    held = Address(EIP_A, InterfaceId("eni-a1"))
    observed = assemble(layout, listing(addresses=(Address(EIP_B, None), held)))

    assert {name: z.address for name, z in zones(observed).items()} == {A: held, B: Address(EIP_B, None)}
    assert all(z.lost == () for z in observed.readable())


def test_an_address_that_aws_does_not_know_is_lost_in_its_zone() -> None:
    layout = Layout((PUBLIC_A, PUBLIC_B), BOTH.tables, (EIP_A, EIP_B))
    observed = assemble(layout, listing(addresses=(Address(EIP_B, None),)))

    assert zones(observed)[A].address is None
    assert zones(observed)[A].lost == (EIP_A, "rtb-a", "rtb-b")
    assert zones(observed)[B].lost == ()


def test_without_addresses_in_the_parameters_none_is_wanted_or_lost() -> None:
    z = zones(assemble(BOTH, listing(addresses=(Address(EIP_A, None),))))[A]

    assert (z.address, z.lost) == (None, BOTH.tables)


def test_a_public_subnet_that_aws_does_not_know_is_unreadable_and_the_others_go_on() -> None:
    unknown = SubnetId("aaa-unknown")
    observed = assemble(Layout((PUBLIC_A, unknown, PUBLIC_B), ()), listing())

    assert observed.zones[0] == Unreadable(
        ZoneName(unknown), "AWS does not know the public subnet aaa-unknown", unlisted=True
    )
    assert [z.name for z in observed.readable()] == [A, B]


def test_a_second_public_subnet_in_a_zone_is_unreadable() -> None:
    second = SubnetId("private-a")
    observed = assemble(Layout((PUBLIC_A, second), ()), listing())

    error = "subnet-a and private-a are both in eu-west-1a: name one public subnet a zone"
    assert observed.zones[1:] == (Unreadable(ZoneName(second), error),)
    assert zones(observed)[A].subnet == PUBLIC_A


def test_when_no_public_subnet_is_known_nothing_else_is_said_of_the_stack() -> None:
    unknown: dict[str, Any] = {
        "layout": Layout((SubnetId("x"),), ()),
        "listing": listing(nodes=(node("a1"),)),
    }

    assert assemble(**unknown).readable() == ()
    assert len(assemble(**unknown).zones) == 1


def test_when_aws_cannot_be_read_every_zone_is_unreadable_under_its_subnets_name() -> None:
    observed = unreadable(BOTH, "throttled", lasting=False)

    assert observed.zones == tuple(
        Unreadable(ZoneName(subnet), "throttled", lasting=False) for subnet in (PUBLIC_A, PUBLIC_B)
    )
    assert all(isinstance(z, Unreadable) and z.lasting for z in unreadable(BOTH, "x", lasting=True).zones)


# --- not listed is not left out


def without(*names: str) -> dict[SubnetId, Subnet]:
    return {name: subnet for name, subnet in SUBNETS.items() if name not in names}


def at(target: str | None, name: str, *subnets: str, **changes: bool) -> Table:
    return Table(route(target, name, **changes), tuple(SubnetId(subnet) for subnet in subnets))


def test_a_zone_whose_public_subnet_was_not_listed_is_not_left_out_of_the_parameters() -> None:
    b1 = node("b1")
    tables = (at("eni-a1", "rtb-a", "private-a"), at("eni-b1", "rtb-b", "private-b"))
    observed = assemble(BOTH, Listing(without(PUBLIC_B), tables, (node("a1"), b1), ()))

    assert tables_of(observed) == {A: ["rtb-a"]}
    assert Unreadable(B, "one of the public subnets was not listed", lasting=False) in observed.zones
    assert [r.table for r in observed.aside] == ["rtb-b"]
    assert looked(observed).in_use() == {"eni-a1", "eni-b1"}


def test_a_table_with_a_subnet_that_was_not_listed_stays_where_it_is_if_it_works() -> None:
    tables = (at("eni-a1", "rtb-a", "private-a", "private-new"), at(None, "rtb-b", "private-new"))
    observed = assemble(BOTH, listing(*tables, nodes=(node("a1"),)))

    assert tables_of(observed) == {A: ["rtb-b"], B: []}  # what does not work gets a guess
    assert [r.table for r in observed.aside] == ["rtb-a"]


def test_a_route_that_is_dead_is_served_by_whoever_can_although_a_public_subnet_was_not_listed() -> None:
    dead = at("eni-b1", "rtb-b", "private-b", blackhole=True)

    assert tables_of(assemble(BOTH, Listing(without(PUBLIC_B), (dead,), (), ()))) == {A: ["rtb-b"]}


def test_the_main_table_stays_where_it_is_while_another_of_ours_is_not_listed() -> None:
    main = Table(route("eni-a1", "rtb-a"), (), main=True)

    assert [r.table for r in assemble(BOTH, listing(main)).aside] == ["rtb-a"]
    assert assemble(BOTH, listing(main, table("rtb-b", "private-b"))).aside == ()


def test_what_was_not_listed_is_known_by_name() -> None:
    observed = assemble(BOTH, Listing(without(PUBLIC_B), (table("rtb-a", "private-a"),), (), ()))

    assert unlisted(observed) == {PUBLIC_B, "rtb-b"}


def test_zones_after_one_that_may_be_an_unlisted_subnets_are_seen_all_the_same() -> None:
    only_b = Layout((SubnetId("subnet-gone"), PUBLIC_B), BOTH.tables)
    observed = assemble(only_b, listing(table("rtb-b", "private-b"), nodes=(node("a1"),)))

    assert [type(zone).__name__ for zone in observed.zones] == ["Unreadable", "Zone", "Unreadable"]


def test_a_vpc_of_public_subnets_alone_is_wholly_listed() -> None:
    alone = Listing({PUBLIC_A: SUBNETS[PUBLIC_A]}, (), (node("b1"),), ())
    observed = assemble(Layout((PUBLIC_A,), ()), alone)

    assert sorted(zones(observed)) == [A, B]


def test_a_copy_is_told_of_in_its_zone_or_in_the_first() -> None:
    elsewhere = node("a9", zone=ZoneName("eu-west-1c"), copied=True)
    observed = assemble(BOTH, listing(nodes=(node("b9", copied=True), elsewhere)))

    told = {name: [remark.about for remark in z.remarks] for name, z in zones(observed).items()}
    assert told == {A: ["i-a9"], B: ["i-b9"]}
