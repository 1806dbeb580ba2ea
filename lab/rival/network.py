"""The rival's VPC: a private host whose default route leads to an interface that no node takes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ANYWHERE = "0.0.0.0/0"
RANGE, PUBLIC, PRIVATE = "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"
HOST_TYPE = "t3.nano"


@dataclass(frozen=True, slots=True)
class RivalNetwork:
    """What there is before the first node."""

    zone: str
    subnet: str  # public
    group: str
    table: str  # private
    interface: str  # fixed
    allocation: str
    image: str
    host: str


def build(ec2: Any) -> RivalNetwork:
    """Makes it by the account's own calls."""
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    vpc = ec2.create_vpc(CidrBlock=RANGE)["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public, outer = _subnet(ec2, vpc, PUBLIC, zone)
    private, table = _subnet(ec2, vpc, PRIVATE, zone)
    ec2.create_route(RouteTableId=outer, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
    group = ec2.create_security_group(GroupName="rival", Description="the VPC's own", VpcId=vpc)["GroupId"]
    inside: Any = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": RANGE}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=inside)
    interface = _fixed(ec2, public, group)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, NetworkInterfaceId=interface)
    architecture = {"Name": "architecture", "Values": ["x86_64"]}
    image = ec2.describe_images(Filters=[architecture])["Images"][0]["ImageId"]
    host = ec2.run_instances(
        ImageId=image, InstanceType=HOST_TYPE, MinCount=1, MaxCount=1,
        SubnetId=private, SecurityGroupIds=[group],
    )["Instances"][0]["InstanceId"]  # fmt: skip
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return RivalNetwork(zone, public, group, table, interface, allocation, image, host)


def _subnet(ec2: Any, vpc: str, cidr: str, zone: str) -> tuple[str, str]:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return subnet, table


def _fixed(ec2: Any, subnet: str, group: str) -> str:
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    interface = str(made["NetworkInterfaceId"])
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    return interface
