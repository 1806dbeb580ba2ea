"""Two stages for the same play: the simulated AWS, and the adapters on corrected moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
import pytest

from lab.ec2.clock import ManualClock
from lab.ec2.corrected import corrected
from lab.ec2.world import Impairment
from lab.ec2.world import World as LabWorld
from natkeeper.adapters.ec2_gateways import Ec2Gateways
from natkeeper.adapters.ec2_images import Ec2Images
from natkeeper.adapters.ec2_network import Ec2Network
from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.adapters.ec2_workloads import Ec2Workloads
from natkeeper.core.intake.workloads import INSTANCE, Presence
from natkeeper.core.model import AllocationId, InstanceId, RouteTableId, SubnetId, ZoneName
from natkeeper.ports import Gateways, Images, Network, Nodes, Workloads
from tests.local_moto import local_moto
from tests.resources import intel_image
from tests.world.timings import AT_ONCE
from tests.world.world import World

ZONE = ZoneName("us-east-1a")
PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
IMAGE = f"resolve:ssm:{PARAMETER}"


class Stage(Protocol):
    """A world with one zone, one private table without a default route, and one free address."""

    subnet: SubnetId  # public
    private: SubnetId
    table: RouteTableId
    address: AllocationId

    @property
    def nodes(self) -> Nodes: ...
    @property
    def network(self) -> Network: ...
    @property
    def images(self) -> Images: ...
    @property
    def gateways(self) -> Gateways: ...
    @property
    def workloads(self) -> Workloads: ...
    def put_instance(self, tag: str | None = None) -> str: ...
    def put_interface(self) -> str: ...
    def advance(self, seconds: float) -> None: ...
    def stop(self, node: InstanceId) -> None: ...
    def fill(self, instance_type: str) -> None: ...
    def cpu_credits(self, node: InstanceId) -> str: ...
    def impair(self, node: InstanceId) -> None: ...
    def count(self, api: str) -> int: ...


@dataclass
class WorldStage:
    """The simulated world, without delays."""

    world: World
    subnet: SubnetId
    private: SubnetId
    table: RouteTableId
    address: AllocationId

    @property
    def nodes(self) -> Nodes:
        return self.world.instances

    @property
    def network(self) -> Network:
        return self.world.network

    @property
    def images(self) -> Images:
        return self.world.images

    @property
    def gateways(self) -> Gateways:
        return self.world.gateways

    @property
    def workloads(self) -> Workloads:
        return self.world.workloads

    def put_instance(self, tag: str | None = None) -> str:
        tags = frozenset({tag} if tag else ())
        found = Presence("i-stranger", self.private, INSTANCE, tags=tags)
        self.world.workloads.come(found)
        return found.id

    def put_interface(self) -> str:
        found = Presence("eni-stranger", self.private, "interface", in_use=False, description="a job")
        self.world.workloads.come(found)
        return found.id

    def advance(self, seconds: float) -> None:
        self.world.advance(seconds)

    def stop(self, node: InstanceId) -> None:
        self.world.instances.halt(self.world.instances.all[node])
        self.world.advance(10)

    def fill(self, instance_type: str) -> None:
        self.world.instances.full.add((ZONE, instance_type))

    def cpu_credits(self, node: InstanceId) -> str:
        return self.world.instances.all[node].cpu_credits

    def impair(self, node: InstanceId) -> None:
        instances = self.world.instances
        instances.write(instances.all[node], impaired_since=self.world.agenda())

    def count(self, api: str) -> int:
        return self.world.gate.counts[api]


@dataclass
class MotoStage:
    """The adapters, on moto."""

    ec2: Any
    world: LabWorld
    clock: ManualClock
    nodes: Nodes
    network: Network
    images: Images
    gateways: Gateways
    workloads: Workloads
    subnet: SubnetId
    private: SubnetId
    table: RouteTableId
    address: AllocationId

    def put_instance(self, tag: str | None = None) -> str:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": tag, "Value": ""}]}] if tag else []
        image = intel_image(self.ec2)
        answer = self.ec2.run_instances(
            MinCount=1, MaxCount=1, ImageId=image, SubnetId=self.private, TagSpecifications=tags
        )
        return str(answer["Instances"][0]["InstanceId"])

    def put_interface(self) -> str:
        answer = self.ec2.create_network_interface(SubnetId=self.private, Description="a job")
        return str(answer["NetworkInterface"]["NetworkInterfaceId"])

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def stop(self, node: InstanceId) -> None:
        self.ec2.stop_instances(InstanceIds=[node])
        self.clock.advance(10)

    def fill(self, instance_type: str) -> None:
        self.world.faults.no_capacity.add(instance_type)

    def cpu_credits(self, node: InstanceId) -> str:
        answer = self.ec2.describe_instance_credit_specifications(InstanceIds=[node])
        return str(answer["InstanceCreditSpecifications"][0]["CpuCredits"])

    def impair(self, node: InstanceId) -> None:
        self.world.faults.impaired[node] = Impairment("impaired", "ok")

    def count(self, api: str) -> int:
        return sum(call["action"] == api for call in self.world.calls)


def world_stage() -> WorldStage:
    world = World(1, timings=AT_ONCE, region="us-east-1")
    layout = world.layout
    subnets = layout.public_subnets[0], world.private_subnets[0]
    return WorldStage(world, *subnets, layout.tables[0], layout.allocations[0])


def moto_stage(stack: ExitStack) -> MotoStage:
    clock = ManualClock()
    world = LabWorld(emit=lambda _: None, clock=clock)
    stack.enter_context(local_moto())
    stack.enter_context(corrected(world))
    ec2: Any = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet_id, private_id = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=range_, AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
        for range_ in ("10.0.0.0/24", "10.0.100.0/24")
    )
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=private_id)
    group = ec2.create_security_group(GroupName="nat", Description="nat", VpcId=vpc)["GroupId"]
    data = {"ImageId": IMAGE}
    template = ec2.create_launch_template(LaunchTemplateName="nat", LaunchTemplateData=data)
    template_id = template["LaunchTemplate"]["LaunchTemplateId"]
    return MotoStage(
        ec2=ec2,
        world=world,
        clock=clock,
        nodes=Ec2Nodes(ec2, "teststack", template_id, 1, group),
        network=Ec2Network(ec2),
        images=Ec2Images(
            ec2, boto3.client("ssm", region_name="us-east-1"), "teststack", template_id, PARAMETER
        ),
        gateways=Ec2Gateways(ec2, "teststack"),
        workloads=Ec2Workloads(ec2),
        subnet=SubnetId(subnet_id),
        private=SubnetId(private_id),
        table=RouteTableId(table),
        address=AllocationId(ec2.allocate_address(Domain="vpc")["AllocationId"]),
    )


@pytest.fixture(params=["world", "moto"])
def stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The same test on both."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ExitStack() as stack:
        makers: dict[str, Callable[[], Stage]] = {
            "world": world_stage,
            "moto": lambda: moto_stage(stack),
        }
        yield makers[request.param]()
