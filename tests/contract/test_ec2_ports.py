"""What Nodes and Network promise, in the simulated AWS and by the adapters alike."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.errors import AwsError, CapacityError, NotFoundError, NotReadyError, UnofferedError
from natkeeper.core.intake.routing import Table, served
from natkeeper.core.model import AllocationId, InstanceId, Lifecycle, Market, Node, SubnetId, VpcId
from natkeeper.ports import Launched
from tests.contract.stages import ZONE, Stage


def launched(
    stage: Stage, generation: int = 0, instance_type: str = "t4g.nano", *, covers: bool = False
) -> Launched:
    types = (instance_type,)
    action = LaunchNode(ZONE, stage.subnet, generation, types, Cause.NO_NODE, "a test", covers=covers)
    return stage.nodes.launch(action, Market.ON_DEMAND, instance_type)


def running_node(stage: Stage, generation: int = 0, *, covers: bool = False) -> Node:
    name = launched(stage, generation, covers=covers).instance
    stage.advance(10)
    return next(node for node in stage.nodes.find() if node.id == name)


def the_vpc(stage: Stage) -> VpcId:
    vpc = stage.network.vpc_of([stage.subnet])
    assert vpc
    return vpc


def the_table(stage: Stage) -> Table:
    return next(t for t in stage.network.tables(the_vpc(stage)) if t.route.table == stage.table)


def test_a_stack_without_nodes_has_none(stage: Stage) -> None:
    assert stage.nodes.find() == ()


def test_a_launched_node_is_pending_with_its_check_on(stage: Stage) -> None:
    made = launched(stage, generation=4)
    (node,) = stage.nodes.find()

    assert (node.id, node.zone, node.lifecycle) == (made.instance, ZONE, Lifecycle.PENDING)
    assert (node.generation, node.template_version, node.source_dest_check) == (4, 1, True)
    assert node.interface


def test_a_node_runs_after_a_while(stage: Stage) -> None:
    assert running_node(stage).lifecycle is Lifecycle.RUNNING


def test_the_same_launch_twice_gives_the_same_node(stage: Stage) -> None:
    first, again = launched(stage), launched(stage)

    assert first.instance == again.instance
    assert len(stage.nodes.find()) == 1


def test_the_next_generation_gives_another_node(stage: Stage) -> None:
    assert running_node(stage, 0).id != running_node(stage, 1).id


def test_a_launch_repeated_after_the_node_ended_gives_the_dead_one(stage: Stage) -> None:
    node = running_node(stage)
    stage.nodes.terminate(node.id)
    stage.advance(10)
    again = launched(stage)

    assert (again.instance, again.lifecycle) == (node.id, Lifecycle.TERMINATED)


def test_a_node_that_we_end_says_so_and_one_that_runs_says_nothing(stage: Stage) -> None:
    node = running_node(stage)
    assert node.ended == ""
    stage.nodes.terminate(node.id)
    stage.advance(10)
    (gone,) = stage.nodes.find()

    assert gone.ended.startswith("Client.UserInitiatedShutdown: ")


def test_no_room_for_a_type_is_a_capacity_error_and_another_may_have_some(stage: Stage) -> None:
    stage.fill("t4g.nano")

    with pytest.raises(CapacityError):
        launched(stage)
    launched(stage, instance_type="t4g.micro")
    assert stage.nodes.find()[0].instance_type == "t4g.micro"


def test_the_check_is_as_it_was_set_last(stage: Stage) -> None:
    node = running_node(stage)
    assert node.interface
    for on in (False, True, False):
        stage.nodes.set_source_dest_check(node.interface, on=on)

        assert stage.nodes.find()[0].source_dest_check is on


def test_a_node_is_launched_with_unlimited_credits_and_has_those_that_were_set_last(stage: Stage) -> None:
    node = running_node(stage)
    assert stage.cpu_credits(node.id) == CpuCredits.UNLIMITED
    for mode in (CpuCredits.STANDARD, CpuCredits.STANDARD, CpuCredits.UNLIMITED, CpuCredits.STANDARD):
        stage.nodes.set_cpu_credits(node.id, mode)

        assert stage.cpu_credits(node.id) == mode


def test_credits_are_set_of_a_stopped_node_and_stay_over_its_start(stage: Stage) -> None:
    node = running_node(stage)
    stage.nodes.set_cpu_credits(node.id, CpuCredits.STANDARD)
    stage.stop(node.id)
    stage.nodes.set_cpu_credits(node.id, CpuCredits.UNLIMITED)
    stage.nodes.start(node.id)

    assert stage.cpu_credits(node.id) == CpuCredits.UNLIMITED


def test_credits_wait_until_a_node_runs(stage: Stage) -> None:
    node = launched(stage).instance

    with pytest.raises(NotReadyError):
        stage.nodes.set_cpu_credits(node, CpuCredits.STANDARD)


def test_who_has_no_credits_refuses_a_choice_and_who_is_not_there_is_not_found(stage: Stage) -> None:
    node = launched(stage, instance_type="c7g.medium").instance
    stage.advance(10)

    with pytest.raises(UnofferedError):
        stage.nodes.set_cpu_credits(node, CpuCredits.STANDARD)
    with pytest.raises(NotFoundError):
        stage.nodes.set_cpu_credits(InstanceId("i-00000000000000000"), CpuCredits.STANDARD)


def test_a_terminated_node_is_listed_without_its_interface(stage: Stage) -> None:
    node = running_node(stage)
    stage.nodes.terminate(node.id)
    stage.nodes.terminate(node.id)
    stage.advance(10)
    (ended,) = stage.nodes.find()

    assert (ended.id, ended.lifecycle, ended.interface) == (node.id, Lifecycle.TERMINATED, None)
    assert (ended.zone, ended.generation, ended.launched_at) == (ZONE, node.generation, node.launched_at)


def test_a_table_without_a_default_route_has_no_target(stage: Stage) -> None:
    table = the_table(stage)

    assert (table.route.target, table.subnets) == (None, (stage.private,))


def test_pointing_creates_a_missing_route_and_replaces_another(stage: Stage) -> None:
    first, second = running_node(stage, 0), running_node(stage, 1)
    for node in (first, second, second):
        assert node.interface
        stage.network.point(stage.table, node.interface)
        table = the_table(stage)

        assert (table.route.target, table.route.blackhole) == (node.interface, False)


def test_a_route_to_a_stopped_node_is_a_blackhole(stage: Stage) -> None:
    node = running_node(stage)
    assert node.interface
    stage.network.point(stage.table, node.interface)
    stage.stop(node.id)

    assert the_table(stage).route.blackhole


def test_a_route_to_a_terminated_node_is_a_blackhole(stage: Stage) -> None:
    node = running_node(stage)
    assert node.interface
    stage.network.point(stage.table, node.interface)
    stage.nodes.terminate(node.id)
    stage.advance(10)

    assert the_table(stage).route.blackhole


def test_addresses_that_aws_does_not_know_are_left_out(stage: Stage) -> None:
    addresses = stage.network.addresses([stage.address, AllocationId("eipalloc-00000000000000000")])

    assert [address.allocation for address in addresses] == [stage.address]


def test_a_pending_node_cannot_take_the_address_yet(stage: Stage) -> None:
    launched(stage)
    (node,) = stage.nodes.find()
    assert node.interface

    with pytest.raises(NotReadyError):
        stage.network.associate(stage.address, node.interface)


def test_the_address_moves_from_node_to_node_and_is_freed_at_the_end(stage: Stage) -> None:
    first, second = running_node(stage, 0), running_node(stage, 1)
    for node in (first, second):
        assert node.interface
        stage.network.associate(stage.address, node.interface)
        assert stage.network.addresses([stage.address])[0].holder == node.interface
    stage.nodes.terminate(second.id)
    stage.advance(10)

    assert stage.network.addresses([stage.address])[0].holder is None


def test_the_internet_sees_a_node_by_the_address_that_it_has(stage: Stage) -> None:
    shown = []
    for generation in (0, 1):
        node = running_node(stage, generation)
        assert node.interface
        stage.network.associate(stage.address, node.interface)
        seen = {found.id: found.public_address for found in stage.nodes.find()}
        shown.append(seen.pop(node.id))
        assert shown[-1] not in seen.values()

    assert shown[0]
    assert shown[0] == shown[1]


def test_an_automatic_public_address_goes_when_it_is_told_to_and_another_comes(stage: Stage) -> None:
    node = running_node(stage)
    assert node.interface
    assert stage.nodes.public_address(node.interface) == node.public_address != ""
    stage.nodes.set_public_address(node.interface, on=False)
    assert stage.nodes.public_address(node.interface) == ""
    assert [found.public_address for found in stage.nodes.find()] == [""]
    stage.nodes.set_public_address(node.interface, on=True)
    assert stage.nodes.public_address(node.interface)


def test_who_may_have_none_keeps_its_elastic_address_and_gets_none_when_that_leaves(stage: Stage) -> None:
    first, second = running_node(stage, 0), running_node(stage, 1)
    assert first.interface
    assert second.interface
    stage.network.associate(stage.address, first.interface)
    shown = stage.nodes.public_address(first.interface)
    stage.nodes.set_public_address(first.interface, on=False)
    assert stage.nodes.public_address(first.interface) == shown
    stage.network.associate(stage.address, second.interface)
    assert [stage.nodes.public_address(each) for each in (first.interface, second.interface)] == ["", shown]


def test_who_may_have_one_gets_it_when_its_elastic_address_leaves(stage: Stage) -> None:
    first, second = running_node(stage, 0), running_node(stage, 1)
    assert first.interface
    assert second.interface
    for interface in (first.interface, second.interface):
        stage.network.associate(stage.address, interface)
    assert stage.nodes.public_address(first.interface) not in (
        "",
        stage.nodes.public_address(second.interface),
    )


def test_a_node_that_is_to_cover_has_a_second_private_address_and_another_has_none(stage: Stage) -> None:
    plain, able = running_node(stage, 0), running_node(stage, 1, covers=True)

    assert plain.cover_address == ""
    assert able.cover_address not in ("", able.private_address, plain.private_address)


def test_an_address_is_on_the_private_address_that_is_named_and_else_on_the_primary_one(stage: Stage) -> None:
    node = running_node(stage, covers=True)
    assert node.interface
    for private, expected in (
        (node.cover_address, node.cover_address),
        ("", node.private_address),
        (node.cover_address, node.cover_address),
        (node.private_address, node.private_address),
    ):
        stage.network.associate(stage.address, node.interface, private)
        (found,) = stage.network.addresses([stage.address])
        assert (found.holder, found.private) == (node.interface, expected)


def test_an_address_goes_from_a_node_to_anothers_second_private_address_and_back(stage: Stage) -> None:
    own, neighbour = running_node(stage, 0, covers=True), running_node(stage, 1, covers=True)
    assert own.interface
    assert neighbour.interface
    for node, private in ((own, ""), (neighbour, neighbour.cover_address), (own, "")):
        assert node.interface
        stage.network.associate(stage.address, node.interface, private)
        (found,) = stage.network.addresses([stage.address])
        assert (found.holder, found.private) == (node.interface, private or node.private_address)


def test_a_node_shows_what_the_internet_sees_of_those_whom_it_covers(stage: Stage) -> None:
    own, neighbour = running_node(stage, 0, covers=True), running_node(stage, 1, covers=True)

    def seen(node: Node) -> str:
        return next(found.covers_as for found in stage.nodes.find() if found.id == node.id)

    assert own.interface
    assert neighbour.interface
    stage.network.associate(stage.address, own.interface)
    shown = next(found.public_address for found in stage.nodes.find() if found.id == own.id)
    assert seen(neighbour) == ""
    stage.network.associate(stage.address, neighbour.interface, neighbour.cover_address)
    assert (seen(neighbour), seen(own)) == (shown, "")
    stage.network.associate(stage.address, own.interface)
    assert seen(neighbour) == ""


def test_an_address_that_is_freed_is_on_no_private_address(stage: Stage) -> None:
    node = running_node(stage, covers=True)
    assert node.interface
    stage.network.associate(stage.address, node.interface, node.cover_address)
    stage.nodes.terminate(node.id)
    stage.advance(10)
    (found,) = stage.network.addresses([stage.address])

    assert (found.holder, found.private) == (None, "")


def test_an_address_is_not_put_on_a_private_address_of_another_node(stage: Stage) -> None:
    node, other = running_node(stage, 0, covers=True), running_node(stage, 1, covers=True)
    assert node.interface

    with pytest.raises(AwsError) as refused:
        stage.network.associate(stage.address, node.interface, other.cover_address)
    assert refused.value.code == "InvalidParameterValue"


def test_the_whole_vpc_is_read_and_its_main_table_serves_who_has_no_other(stage: Stage) -> None:
    vpc = the_vpc(stage)
    subnets, tables = stage.network.subnets(vpc, None), stage.network.tables(vpc)
    (main,) = (table.route.table for table in tables if table.main)

    assert {name: subnet.zone for name, subnet in subnets.items()} == {
        stage.subnet: ZONE,
        stage.private: ZONE,
    }
    assert all(subnet.ranges for subnet in subnets.values())
    assert served(tables, subnets) == {main: (stage.subnet,), stage.table: (stage.private,)}


def test_a_subnet_that_is_needed_and_was_not_there_is_read_again(stage: Stage) -> None:
    vpc, stranger = the_vpc(stage), SubnetId("subnet-00000000000000000")
    first = stage.network.subnets(vpc, {stage.private})

    assert stage.network.subnets(vpc, {stage.private}) == first
    assert stage.network.subnets(vpc, {stage.private, stranger}) == first


def test_subnets_that_aws_does_not_know_are_in_no_vpc(stage: Stage) -> None:
    stranger = SubnetId("subnet-00000000000000000")

    assert stage.network.vpc_of([stranger]) is None
    assert stage.network.vpc_of([stranger, stage.subnet]) == the_vpc(stage)
