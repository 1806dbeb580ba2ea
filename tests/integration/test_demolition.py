"""Stack deletion on EC2 as moto has it: who is waited for, what is given back, and what a failure says."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from natkeeper.adapters.dynamodb_lease import DynamoDbLease
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.adapters.ec2_gateways import Ec2Gateways
from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.adapters.ec2_removal import Ec2Removal
from natkeeper.core.actions import Cause
from natkeeper.core.errors import DeniedError, RefusedError, ThrottledError
from natkeeper.core.last_resort import NatGateway, NatGatewayId, Resort
from natkeeper.core.last_resort_actions import CreateNatGateway
from natkeeper.core.memory import Launch, Memory, ZoneMemory
from natkeeper.core.model import AllocationId, InstanceId, RouteTableId, SubnetId
from natkeeper.teardown import Demolition, LeftoversError
from tests.builders import A
from tests.integration.cloud import REGION, SCHEDULE, Cloud, cloud
from tests.journal import Journal
from tests.world.agenda import Agenda

DEFAULT = "0.0.0.0/0"


@dataclass
class Site:
    """A stack that serves, and the demolition of it, with time that sleeping moves."""

    aws: Cloud
    clock: Agenda = field(default_factory=Agenda)
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
        table = self.aws.environment["TABLE_NAME"]
        self.dynamodb, self.table = dynamodb, table
        self.store = DynamoDbStore(dynamodb, table, self.clock)
        self.lease = DynamoDbLease(dynamodb, table, self.clock)
        self.removal = Ec2Removal(self.aws.ec2, "natkeeper", self.aws.environment["LAUNCH_TEMPLATE_ID"])
        self.tables = [RouteTableId(i) for i in self.aws.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")]

    def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.aws.clock.advance(seconds)

    def demolish(self, seconds: float = 700) -> str:
        parts = (self.store, self.lease, self.removal, self.journal, tuple(self.tables))
        return Demolition(*parts, self.clock, self.sleep).demolish(timedelta(seconds=seconds))

    def trim(self, zones: int, *, subnets: int = 0, addresses: bool = True, seconds: float = 700) -> str:
        """The clean-up's part in an update of the stack to so many zones, or addresses of more `subnets`."""
        kept_subnets = self.aws.environment["PUBLIC_SUBNET_IDS"].split(",")[: subnets or zones]
        kept = [AllocationId(i) for i in self.aws.environment["ALLOCATION_IDS"].split(",")][:zones]
        parts = (self.store, self.lease, self.removal, self.journal, tuple(self.tables))
        demolition = Demolition(*parts, self.clock, self.sleep)
        return demolition.trim(kept_subnets, kept if addresses else [], timedelta(seconds=seconds))

    def serve(self) -> None:
        """The controller builds."""
        self.aws.settle()
        assert len(self.aws.default_routes()) == len(self.tables)
        # What the controller launched by the real clock lies far from this site's.
        self.clock.go_to(bootstrap.utc_now() + timedelta(hours=1))

    def sweep(self) -> None:
        """One run of the controller."""
        reconcile(SCHEDULE, None)

    def sleep_by_wish(self) -> None:
        """A person puts both zones to sleep."""
        now = bootstrap.utc_now().isoformat()
        event = {"source": "natkeeper", "detail-type": "Sleep", "time": now}
        reconcile({**event, "detail": {"stack": "natkeeper"}}, None)
        self.aws.clock.advance(60)

    def states(self) -> list[str]:
        """How each instance that is not terminated is."""
        return [str(node["State"]["Name"]) for node in self.aws.instances()]

    def gateway(self, table: int) -> str:
        """A NAT gateway, and the table's default route leads to it."""
        gateway = self.another_gateway()
        self.aws.ec2.create_route(
            RouteTableId=self.tables[table], DestinationCidrBlock=DEFAULT, NatGatewayId=gateway
        )
        return gateway

    def another_gateway(self) -> str:
        """A NAT gateway that no route leads to."""
        subnet = self.aws.environment["PUBLIC_SUBNET_IDS"].split(",")[0]
        address = self.aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        return str(made["NatGateway"]["NatGatewayId"])

    def leads_to_gateway(self, table: int) -> str:
        """The NAT gateway that the table's default route leads to."""
        route = self.aws.default_routes().get(self.tables[table], {})
        return str(route.get("NatGatewayId", ""))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with cloud(monkeypatch) as aws:
        yield Site(aws)


# --- What is given back


def test_a_table_leads_to_the_nat_gateway_again_that_it_led_to_before(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    assert site.leads_to_gateway(0) == ""
    site.demolish()

    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_routes_are_given_back_before_the_nodes_behind_them_end(site: Site) -> None:
    site.gateway(0)
    site.serve()
    site.aws.world.calls.clear()
    site.demolish()
    order = [call["action"] for call in site.aws.world.calls]

    assert (
        order.index("ReplaceRoute") < order.index("DisassociateAddress") < order.index("TerminateInstances")
    )


def test_what_the_controller_put_back_against_a_hijacker_is_still_the_first_route(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    other = site.another_gateway()
    site.aws.ec2.replace_route(RouteTableId=site.tables[0], DestinationCidrBlock=DEFAULT, NatGatewayId=other)
    reconcile(SCHEDULE, None)
    assert "NetworkInterfaceId" in site.aws.default_routes()[site.tables[0]]
    site.demolish()

    assert site.leads_to_gateway(0) == gateway


def test_a_route_to_a_gateway_that_is_gone_is_only_taken_away(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.aws.ec2.delete_nat_gateway(NatGatewayId=gateway)
    site.demolish()

    assert site.aws.default_routes() == {}
    assert any(f"{gateway} is gone" in line for line in site.journal.lines)


def test_a_table_that_somebody_has_changed_since_is_left_alone(site: Site) -> None:
    site.gateway(0)
    site.serve()
    internet = site.aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    for table in site.tables:
        site.aws.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=DEFAULT, GatewayId=internet)
    site.demolish()

    assert {route["GatewayId"] for route in site.aws.default_routes().values()} == {internet}


def test_a_held_table_is_left_alone(site: Site) -> None:
    site.serve()
    before = site.aws.default_routes()[site.tables[0]]["NetworkInterfaceId"]
    site.aws.ec2.create_tags(Resources=[site.tables[0]], Tags=[{"Key": "natkeeper:hold", "Value": ""}])
    site.demolish()

    assert site.aws.default_routes()[site.tables[0]]["NetworkInterfaceId"] == before
    assert site.tables[1] not in site.aws.default_routes()


def test_a_route_to_a_node_that_is_gone_is_ours_too(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.aws.ec2.terminate_instances(InstanceIds=[i["InstanceId"] for i in site.aws.instances()])
    site.aws.clock.advance(60)
    site.demolish()

    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_a_route_is_not_given_back_to_a_node_that_is_about_to_end(site: Site) -> None:
    site.serve()
    interfaces = site.removal.interfaces()
    told = site.removal.give_back(site.tables[:1], interfaces, {site.tables[0]: interfaces[1]})

    assert told == (f"{site.tables[0]} has no default route any more: {interfaces[1]} is gone",)
    assert site.tables[0] not in site.aws.default_routes()


# --- Who is waited for


def test_interfaces_that_linger_are_waited_for(site: Site) -> None:
    site.serve()
    site.aws.world.timings.change(interface_release=90)
    site.demolish()

    assert site.removal.interfaces() == ()


def test_a_run_that_holds_the_lease_is_waited_for_before_anything_is_touched(site: Site) -> None:
    site.serve()
    assert site.lease.acquire()
    began = site.clock()
    site.aws.world.calls.clear()
    other = DynamoDbLease(site.dynamodb, site.table, site.clock)
    released: list[bool] = []

    def sleep(seconds: float) -> None:
        Site.sleep(site, seconds)
        if not released and site.clock() - began > timedelta(seconds=30):
            assert site.aws.world.calls == [], "nothing may be touched while a run is under way"
            released.append(site.lease.release())

    parts = (site.store, other, site.removal, site.journal, tuple(site.tables))
    Demolition(*parts, site.clock, sleep).demolish()
    assert released
    assert site.aws.instances() == []


def test_a_killed_run_that_never_gave_its_lease_back_is_outwaited(site: Site) -> None:
    site.serve()
    site.lease.acquire()
    began = site.clock()
    site.lease = DynamoDbLease(site.dynamodb, site.table, site.clock)
    site.demolish()

    assert site.aws.instances() == []
    took = site.clock() - began
    assert timedelta(seconds=28) < took < timedelta(seconds=70), "the lease's term, and the work"


def test_a_node_launched_in_the_middle_of_it_does_not_survive(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race itself: a real run of the reconciler is about to launch when the deletion begins."""
    waiting, told = threading.Event(), []
    launch = Ec2Nodes.launch

    def sleep(seconds: float) -> None:
        waiting.set()
        Site.sleep(site, seconds / 100)
        threading.Event().wait(0.01)

    parts = (
        site.store,
        DynamoDbLease(site.dynamodb, site.table, bootstrap.utc_now),
        site.removal,
        site.journal,
        tuple(site.tables),
    )
    demolition = Demolition(*parts, bootstrap.utc_now, sleep)
    teardown = threading.Thread(target=lambda: told.append(demolition.demolish()))

    def late(self: Ec2Nodes, *pool: Any) -> Any:
        if not teardown.ident:
            teardown.start()
            assert waiting.wait(60), "the deletion must wait for this run"
        return launch(self, *pool)

    monkeypatch.setattr(Ec2Nodes, "launch", late)
    reconcile(SCHEDULE, None)
    launched = [call for call in site.aws.world.calls if call["action"] == "RunInstances"]
    while teardown.is_alive():
        site.aws.clock.advance(1)
        teardown.join(0.01)

    assert len(launched) == 2
    assert told == ["ended 2 nodes, freed 0 addresses"]
    assert site.aws.instances() == []
    assert reconcile(SCHEDULE, None) == {"summary": "nothing to do"}
    assert site.aws.instances() == []


def test_a_node_that_ec2_does_not_list_yet_is_waited_for(site: Site) -> None:
    hidden = InstanceId("i-0123456789abcdef0")
    memory = Memory(zones={A: ZoneMemory(1, (Launch(site.clock(), hidden),))})
    site.store.save(memory, 1)
    began = site.clock()
    site.demolish()

    assert site.clock() - began >= timedelta(seconds=60)


# --- The last resort


def last_resort(site: Site, *, allocates: bool = False) -> NatGateway:
    """A NAT gateway that the controller makes for the first zone, with the zone's address or another."""
    own = AllocationId(site.aws.environment["ALLOCATION_IDS"].split(",")[0])
    subnet = SubnetId(site.aws.environment["PUBLIC_SUBNET_IDS"].split(",")[0])
    action = CreateNatGateway(A, subnet, None if allocates else own, 0, Cause.LAST_RESORT, "no room")
    return Ec2Gateways(site.aws.ec2, "natkeeper").create(action)


def gateways(site: Site) -> dict[str, str]:
    """How each NAT gateway stands."""
    return {g["NatGatewayId"]: g["State"] for g in site.aws.ec2.describe_nat_gateways()["NatGateways"]}


@pytest.mark.parametrize("allocates", [True, False], ids=["an address of its own", "the zone's address"])
def test_a_gateway_that_is_pending_is_waited_for_and_goes_with_what_was_allocated(
    site: Site, allocates: bool
) -> None:
    before = {a["AllocationId"] for a in site.aws.ec2.describe_addresses()["Addresses"]}
    made = last_resort(site, allocates=allocates)
    assert gateways(site) == {made.id: "pending"}
    site.demolish()

    assert gateways(site) == {made.id: "deleted"}
    left = site.aws.ec2.describe_addresses()["Addresses"]
    assert {a["AllocationId"] for a in left} == before
    assert not [a for a in left if a.get("AssociationId")]


def test_a_gateway_that_ec2_does_not_list_yet_is_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, began = last_resort(site), site.clock()
    resort = Resort(made, made=1, made_at=began)
    site.store.save(Memory(zones={A: ZoneMemory(resort=resort)}), 1)
    listed = Ec2Removal._gateways

    def late(self: Ec2Removal) -> list[NatGateway]:
        return listed(self) if site.clock() - began > timedelta(seconds=40) else []

    monkeypatch.setattr(Ec2Removal, "_gateways", late)
    site.demolish()

    assert gateways(site) == {made.id: "deleted"}


def test_one_that_is_never_listed_holds_no_deletion_up(site: Site) -> None:
    made, began = last_resort(site), site.clock()
    gone = replace(made, id=NatGatewayId("nat-0123456789abcdef0"))
    site.store.save(Memory(zones={A: ZoneMemory(resort=Resort(gone, made=1, made_at=began))}), 1)
    site.demolish()

    assert site.clock() - began < timedelta(minutes=5)


# --- Zones that sleep, nodes on spot


def test_nodes_that_sleep_end_too_and_a_table_leads_where_it_led_before(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.sleep_by_wish()
    assert site.states() == ["stopped", "stopped"]

    assert site.demolish() == "ended 2 nodes, freed 2 addresses"
    assert site.aws.instances() == []
    assert site.removal.interfaces() == ()
    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_a_node_in_the_middle_of_falling_asleep_ends_too(site: Site) -> None:
    site.serve()
    site.aws.world.timings.change(stopping=300)
    site.sleep_by_wish()
    assert site.states() == ["stopping", "stopping"]
    site.demolish()

    assert site.aws.instances() == []


def test_a_zone_whose_sleep_left_nothing_is_given_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLEEP_MODE", "terminate")
    gateway = site.gateway(0)
    site.serve()
    site.sleep_by_wish()
    assert site.states() == []
    site.demolish()

    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_spot_nodes_end_like_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.aws.environment["MARKET"] = "spot"  # the policies too are those of such a stack
    monkeypatch.setenv("MARKET", "spot")
    site.serve()
    assert [node["InstanceLifecycle"] for node in site.aws.instances()] == ["spot", "spot"]
    site.demolish()

    assert site.aws.instances() == []
    assert site.removal.interfaces() == ()


# --- When it does not go well


def test_without_its_table_the_rest_is_taken_away_all_the_same(site: Site) -> None:
    site.serve()
    site.dynamodb.delete_table(TableName=site.table)
    site.demolish()

    assert site.aws.instances() == []
    assert site.aws.default_routes() == {}


def test_it_can_be_called_again_when_it_is_done(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.demolish()

    assert site.demolish() == "ended 0 nodes, freed 0 addresses"
    assert site.leads_to_gateway(0) == gateway


def test_throttling_is_sat_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.serve()
    busy = [ThrottledError("listing", "nodes", "RequestLimitExceeded", "") for _ in range(5)]
    nodes = Ec2Removal.nodes

    def throttled(self: Ec2Removal) -> tuple[InstanceId, ...]:
        if busy:
            raise busy.pop()
        return nodes(self)

    monkeypatch.setattr(Ec2Removal, "nodes", throttled)
    site.demolish()
    assert site.aws.instances() == []


def test_a_denied_call_ends_it_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.serve()
    began = site.clock()

    def denied(_: Ec2Removal) -> int:
        raise DeniedError("disassociating", "eipalloc-1", "UnauthorizedOperation", "no")

    monkeypatch.setattr(Ec2Removal, "free_addresses", denied)
    with pytest.raises(DeniedError):
        site.demolish()
    assert site.clock() - began < timedelta(seconds=5)


def test_a_node_protected_from_termination_is_named_and_the_others_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.serve()
    kept = site.aws.instances()[0]["InstanceId"]
    terminate = Ec2Removal.terminate

    def protected(self: Ec2Removal, node: InstanceId) -> None:
        if node == kept:
            raise RefusedError("terminating the node", node, "OperationNotPermitted", "it is protected")
        terminate(self, node)

    monkeypatch.setattr(Ec2Removal, "terminate", protected)
    with pytest.raises(LeftoversError, match=rf"{kept}.*it is protected.*delete the stack again"):
        site.demolish()
    assert [i["InstanceId"] for i in site.aws.instances()] == [kept]


def test_a_node_that_does_not_end_is_told_before_the_functions_time_is_up(site: Site) -> None:
    site.serve()
    site.aws.world.timings.change(shutting_down=3600)
    began = site.clock()
    with pytest.raises(LeftoversError, match=r"still there: i-.*hang in shutting-down"):
        site.demolish(seconds=200)
    assert site.clock() - began < timedelta(seconds=210)


# --- An update that leaves something out


def test_an_update_with_a_zone_less_waits_until_its_node_and_address_are_free(site: Site) -> None:
    site.serve()
    gone = next(i for i in site.aws.instances() if i["Placement"]["AvailabilityZone"] == "us-east-1b")
    began = site.clock()
    site.aws.clock.later(20, lambda: site.aws.ec2.terminate_instances(InstanceIds=[gone["InstanceId"]]))
    site.trim(1)

    assert site.clock() - began >= timedelta(seconds=20)
    assert [i["Placement"]["AvailabilityZone"] for i in site.aws.instances()] == ["us-east-1a"]
    assert len(site.removal.interfaces()) == len(site.removal.held_addresses()) == 1


def test_an_update_with_a_zone_less_waits_until_the_node_that_sleeps_there_is_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller itself ends it, from its environment after the update: it is not started for that."""
    site.serve()
    site.sleep_by_wish()
    for name in ("PUBLIC_SUBNET_IDS", "PRIVATE_ROUTE_TABLE_IDS", "ALLOCATION_IDS"):
        monkeypatch.setenv(name, site.aws.environment[name].split(",")[0])
    monkeypatch.setenv("DRAIN_SECONDS", "0")
    bootstrap.desk.cache_clear()
    site.aws.world.calls.clear()
    for seconds in (20, 21):
        site.aws.clock.later(seconds, site.sweep)
    site.trim(1)

    assert [i["Placement"]["AvailabilityZone"] for i in site.aws.instances()] == ["us-east-1a"]
    assert len(site.removal.interfaces()) == len(site.removal.idle_addresses()) == 1
    assert "StartInstances" not in [call["action"] for call in site.aws.world.calls]


def test_an_update_does_not_wait_for_ever_and_names_what_is_in_the_way(site: Site) -> None:
    site.serve()
    began = site.clock()

    assert site.trim(1, seconds=60) == "freed 1 addresses"
    assert site.clock() - began < timedelta(seconds=70)
    assert any("still in use" in line and "eni-" in line for line in site.journal.lines)
    assert len(site.aws.instances()) == 2


def test_addresses_that_are_no_longer_kept_leave_their_nodes_at_once(site: Site) -> None:
    site.serve()
    began = site.clock()

    assert site.trim(2, addresses=False) == "freed 2 addresses"
    assert site.clock() == began
    assert len(site.aws.instances()) == 2


@dataclass
class Cover:
    """The first zone's node covers the second zone, whose own node is gone."""

    site: Site

    def __post_init__(self) -> None:
        self.site.serve()
        by_zone = {i["Placement"]["AvailabilityZone"]: i for i in self.site.aws.instances()}
        (self.interface,) = by_zone["us-east-1a"]["NetworkInterfaces"]
        self.site.aws.ec2.terminate_instances(InstanceIds=[by_zone["us-east-1b"]["InstanceId"]])
        self.give(self.site.aws.environment["ALLOCATION_IDS"].split(",")[1])
        self.site.aws.clock.advance(60)

    def give(self, address: str) -> None:
        """The address comes to the cover address, and drives off what is there."""
        private = next(
            p["PrivateIpAddress"] for p in self.interface["PrivateIpAddresses"] if not p["Primary"]
        )
        self.site.aws.ec2.associate_address(
            AllocationId=address,
            NetworkInterfaceId=self.interface["NetworkInterfaceId"],
            PrivateIpAddress=private,
            AllowReassociation=True,
        )


def test_an_address_by_which_a_neighbour_covers_the_zone_that_goes_is_taken_off(site: Site) -> None:
    """The controller does not know that zone any more, and nobody else would."""
    Cover(site)
    began = site.clock()

    assert site.trim(1) == "freed 1 addresses"
    assert site.clock() - began < timedelta(minutes=3)
    assert site.journal.lines == []


def test_a_zone_that_stays_and_is_covered_has_its_new_address_before_the_old_one_is_free(site: Site) -> None:
    cover, began = Cover(site), site.clock()
    other = site.aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    site.aws.clock.later(100, lambda: cover.give(other))

    assert site.trim(1) == "freed 0 addresses"
    assert timedelta(seconds=100) <= site.clock() - began < timedelta(seconds=110)


def test_a_node_that_covered_has_an_address_when_none_are_kept_any_longer(site: Site) -> None:
    cover, began = Cover(site), site.clock()

    assert site.trim(2, addresses=False) == "freed 2 addresses"
    assert timedelta(seconds=150) <= site.clock() - began < timedelta(minutes=3)
    (node,) = site.aws.instances()
    assert [i["NetworkInterfaceId"] for i in node["NetworkInterfaces"]] == [
        cover.interface["NetworkInterfaceId"]
    ]
    assert node.get("PublicIpAddress")


def test_the_address_of_a_zone_that_sleeps_is_free_for_another_to_take_its_place(site: Site) -> None:
    site.serve()
    site.sleep_by_wish()
    began = site.clock()

    assert site.states() == ["stopped", "stopped"]
    assert site.trim(1, subnets=2) == "freed 1 addresses"
    assert site.clock() - began < timedelta(minutes=3)
    assert site.journal.lines == []


def test_an_update_waits_for_a_run_that_had_begun_before_it(site: Site) -> None:
    """It may launch where the stack was, after the look that found nothing."""
    site.serve()
    gone = next(i for i in site.aws.instances() if i["Placement"]["AvailabilityZone"] == "us-east-1b")
    site.aws.ec2.terminate_instances(InstanceIds=[gone["InstanceId"]])
    site.aws.clock.advance(60)
    began, run = site.clock(), DynamoDbLease(site.dynamodb, site.table, site.clock)
    assert run.acquire()
    site.trim(1)

    assert site.clock() - began >= timedelta(seconds=30)


def test_what_is_refused_for_a_moment_when_time_is_up_does_not_fail_the_update(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.serve()
    busy = [ThrottledError("reading", "addresses", "RequestLimitExceeded", "")]
    free = Ec2Removal.free_addresses

    def throttled(self: Ec2Removal, but: Collection[str] = ()) -> int:
        if busy:
            raise busy.pop()
        return free(self, but)

    monkeypatch.setattr(Ec2Removal, "free_addresses", throttled)

    assert site.trim(1, seconds=60) == "freed 1 addresses"
