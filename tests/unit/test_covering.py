"""While a neighbour covers a zone the internet sees the zone's own address: the controller, in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.errors import DeniedError, ThrottledError
from natkeeper.core.intake.triggers import Hint
from natkeeper.core.model import AllocationId, InstanceId, Lifecycle
from tests.builders import POLICY
from tests.simulation.ground_truth import truth
from tests.stack import Stack, assert_at_rest, own
from tests.world.world import NAT_GATEWAY

POLICIES = replace(POLICY, template_version=1, covers=True)
NO = DeniedError("associating", "eipalloc-a", "UnauthorizedOperation", "no")
BUSY = ThrottledError("associating", "eipalloc-a", "RequestLimitExceeded", "slow down")


def able(zones: int = 2) -> Stack:
    """A stack at rest whose nodes can cover by each other's zones' addresses."""
    stack = Stack(zones, POLICIES)
    stack.sweep()
    stack.settle()
    stack.aws.calls.clear()
    return stack


def seen(stack: Stack, zone: int = 0) -> AllocationId | str | None:
    """What the internet sees of the zone's clients; None: they have no way out."""
    table = stack.layout.tables[zone]
    instance = truth.target(stack.world, table)
    served = instance is not None and truth.serves(stack.world, table)
    return truth.seen_by(stack.world, table, instance) if instance and served else None


def lose(stack: Stack, zone: int = 0) -> InstanceId:
    """The zone's node ends, and EC2 says so."""
    lost = own(stack, zone)
    stack.aws.terminate(lost)
    stack.aws.calls.clear()
    stack.desk.handle(Hint("instance is shutting-down", (lost,)))
    return lost


def moves(stack: Stack) -> list[str]:
    return [call for call in stack.aws.calls if call.startswith(("associate", "point", "set_source"))]


@pytest.mark.parametrize("zones", [2, 3])
def test_a_zone_is_seen_by_its_own_address_before_during_and_after_a_cover(zones: int) -> None:
    stack = able(zones)
    address = stack.layout.allocations[0]
    others = [seen(stack, zone) for zone in range(1, zones)]
    assert [seen(stack), *others] == list(stack.layout.allocations)

    lose(stack)
    assert stack.serving() == own(stack, 1)
    assert seen(stack) == address
    for _ in range(8):
        stack.minute()
        assert seen(stack) == address
        assert [seen(stack, zone) for zone in range(1, zones)] == others
    assert_at_rest(stack)


def test_the_address_goes_first_to_the_cover_address_and_home_again_without_a_fence() -> None:
    stack = able()
    lose(stack)
    (neighbour,) = (n for n in stack.living() if n.id == own(stack, 1))
    there = f"associate eipalloc-a {neighbour.interface} {neighbour.cover_address}"
    assert moves(stack)[:2] == [there, f"point rtb-a {neighbour.interface}"]

    stack.aws.calls.clear()
    stack.settle()
    (back,) = (n for n in stack.living() if n.id == own(stack, 0))
    at_home = [f"associate eipalloc-a {back.interface}", f"point rtb-a {back.interface}"]
    assert [move for move in moves(stack) if not move.startswith("set_source")] == at_home
    assert not any(str(neighbour.interface) in call for call in stack.aws.calls)


def test_a_neighbour_that_is_alone_in_the_ring_goes_on_sending_by_the_zones_address() -> None:
    stack = able()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    lose(stack)
    stack.settle(20)

    assert len(stack.store.records.memory.ring) == 1
    assert seen(stack) == "eipalloc-a"


def test_a_neighbour_that_covers_and_dies_leaves_the_address_to_the_next() -> None:
    stack = able(3)
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    lose(stack)
    covering = own(stack, 0)
    lose(stack, 1 if covering == own(stack, 1) else 2)
    stack.settle(5)

    assert stack.serving(0) == stack.serving(1) == stack.serving(2)
    addresses = [seen(stack, zone) for zone in range(3)]
    assert None not in addresses
    assert {*stack.layout.allocations[:3]} > set(addresses), "one node has two addresses"
    stack.aws.full = set()
    stack.settle(8)
    assert_at_rest(stack)
    assert [seen(stack, zone) for zone in range(3)] == list(stack.layout.allocations)


@pytest.mark.parametrize("refusal", [NO, BUSY])
def test_an_address_that_is_refused_costs_a_minute_and_clients_go_on_by_the_neighbours_own(
    refusal: Exception,
) -> None:
    stack = able()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    stack.aws.failing["associate"] = refusal  # type: ignore[assignment]
    lose(stack)
    stack.minute()

    assert seen(stack) == "eipalloc-b"
    del stack.aws.failing["associate"]
    stack.settle(20)
    assert seen(stack) == "eipalloc-a", "once AWS takes it"
    assert seen(stack, 1) == "eipalloc-b"


def test_a_node_that_works_is_not_left_for_a_neighbour_that_would_send_by_no_address() -> None:
    stack = able()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    stack.aws.failing["associate"] = NO
    stack.order("Failover", zone="eu-west-1a")
    for _ in range(4):
        assert seen(stack) is not None
        stack.minute()

    assert stack.serving() == own(stack, 1)
    assert seen(stack) == "eipalloc-b"


def test_nodes_of_before_the_update_cover_by_their_own_address_and_their_successors_by_the_zones() -> None:
    stack = Stack(2)
    stack.sweep()
    stack.settle()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    lose(stack)
    assert seen(stack) == "eipalloc-b"

    stack.aws.full = set()
    stack.change(covers=True)
    stack.update(2)
    for _ in range(40):
        stack.minute()
        assert seen(stack) is not None
        assert seen(stack, 1) is not None
    assert all(node.cover_address for node in stack.living())
    assert_at_rest(stack)
    lose(stack)
    assert seen(stack) == "eipalloc-a"


def test_where_the_subnet_has_no_second_address_nodes_are_launched_without_and_cover_as_ever() -> None:
    stack = Stack(2, POLICIES)
    stack.world.instances.tight = True
    stack.sweep()
    stack.settle()
    assert_at_rest(stack)
    assert [node.cover_address for node in stack.living()] == ["", ""]

    lose(stack)
    assert seen(stack) == "eipalloc-b"


def test_an_address_on_the_wrong_private_address_of_its_node_is_put_right() -> None:
    stack = able()
    (node,) = (n for n in stack.living() if n.id == own(stack, 0))
    stack.world.network.give_address(stack.layout.allocations[0], node.interface, node.cover_address)
    stack.sweep()

    assert moves(stack) == [f"associate eipalloc-a {node.interface}"]
    assert seen(stack) == "eipalloc-a"


def test_a_table_that_is_held_while_a_neighbour_covers_keeps_its_way_out() -> None:
    stack = able()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    lose(stack)
    table = stack.layout.tables[0]
    stack.world.network.change_route(table, held=True)
    stack.aws.full = set()
    for _ in range(12):
        stack.minute()
        assert seen(stack) is not None
    assert stack.serving() == own(stack, 1), "where it is held"

    stack.world.network.change_route(table, held=False)
    stack.settle(4)
    assert_at_rest(stack)


def test_where_all_tables_were_given_away_meanwhile_the_address_comes_home() -> None:
    stack = able()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    lose(stack)
    stack.world.network.change_route(stack.layout.tables[0], target=NAT_GATEWAY, held=True)
    stack.aws.full = set()
    stack.settle(4)

    (home,) = (node for node in stack.living() if node.zone == stack.world.zones[0])
    (address,) = stack.world.network.addresses([stack.layout.allocations[0]])
    assert (address.holder, address.private) == (home.interface, home.private_address)


def test_a_run_that_dies_between_address_and_route_leaves_it_to_the_next() -> None:
    stack = able()
    lost = own(stack)
    stack.aws.terminate(lost)
    stack.aws.failing["point"] = BUSY
    stack.desk.handle(Hint("instance is shutting-down", (lost,)))
    (neighbour,) = (n for n in stack.living() if n.id == own(stack, 1))
    at = stack.world.network.at(neighbour.interface, neighbour.cover_address)  # type: ignore[arg-type]
    assert at == "eipalloc-a"

    del stack.aws.failing["point"]
    stack.sweep()
    assert seen(stack) == "eipalloc-a"


def test_a_hand_back_whose_table_is_refused_leaves_the_address_with_who_covers() -> None:
    stack = able()
    lose(stack)
    stack.aws.failing["point rtb-a"] = DeniedError("replacing", "rtb-a", "UnauthorizedOperation", "no")
    for _ in range(6):
        stack.minute()
        assert seen(stack) is not None

    assert stack.serving() == own(stack, 1)
    del stack.aws.failing["point rtb-a"]
    stack.settle(20)
    assert_at_rest(stack)
    assert seen(stack) == "eipalloc-a"


def test_without_kept_addresses_nothing_of_this_happens() -> None:
    stack = able()
    stack.layout = replace(stack.layout, allocations=())
    stack.change(covers=False)
    stack.settle(3)
    lose(stack)

    assert not any(call.startswith("associate") for call in stack.aws.calls)
    assert all(peer.of is None for peer in stack.store.records.memory.ring)


def test_a_stopped_node_that_starts_again_is_told_anew() -> None:
    stack = able()
    lost = own(stack, 0)
    stack.aws.change(lost, lifecycle=Lifecycle.STOPPED)
    stack.settle(8)

    assert_at_rest(stack)
    assert [seen(stack, zone) for zone in (0, 1)] == list(stack.layout.allocations)
