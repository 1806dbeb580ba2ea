"""A region's network and machines as the doctor looks at them, in EC2: whole lists, whatever they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.ec2_launch import ROLE, STACK, tags_of
from natkeeper.adapters.ec2_network import every_table
from natkeeper.core.doctor.facts import (
    Acl,
    AclRule,
    Block,
    Elastic,
    Gateway,
    Machine,
    PlacedSubnet,
    PlacedTable,
    Vpc,
)
from natkeeper.core.intake.routing import Subnet
from natkeeper.core.last_resort import LAST_RESORT
from natkeeper.core.model import AllocationId, InstanceId, SubnetId, VpcId, ZoneName

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        AddressTypeDef,
        InstanceTypeDef,
        NatGatewayTypeDef,
        NetworkAclEntryTypeDef,
        NetworkAclTypeDef,
        VpcTypeDef,
    )

RETAINED = "natkeeper:retained"
"""The tag of an address that outlives the stack that it names."""
_RUNS = ("pending", "running")
_THERE = [*_RUNS, "stopping", "stopped"]
_EXCLUDED = ("create-complete", "update-complete")
_OPEN = "allow-bidirectional"


@dataclass(frozen=True, slots=True)
class Ec2Survey:
    """Only Describe and Get calls, a few for the whole region."""

    client: EC2Client

    def vpcs(self) -> tuple[Vpc, ...]:
        """Every VPC, in order of its id; whether its name server is on is not among it."""
        with named("listing the VPCs", "the region"):
            pages = self.client.get_paginator("describe_vpcs").paginate()
            found = [_vpc(vpc) for page in pages for vpc in page["Vpcs"]]
        return tuple(sorted(found, key=lambda vpc: vpc.id))

    def resolves(self, vpc: VpcId) -> bool:
        """Whether Amazon's name server answers in the VPC."""
        with named("reading the DNS options", vpc):
            answer = self.client.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
            return bool(answer["EnableDnsSupport"].get("Value"))

    def subnets(self) -> Mapping[SubnetId, PlacedSubnet]:
        """Every subnet; one with IPv6 only has no range."""
        with named("listing the subnets", "the region"):
            pages = self.client.get_paginator("describe_subnets").paginate()
            return {
                SubnetId(s["SubnetId"]): PlacedSubnet(
                    VpcId(s["VpcId"]),
                    Subnet(ZoneName(s["AvailabilityZone"]), (s["CidrBlock"],) if s.get("CidrBlock") else ()),
                    s["AvailableIpAddressCount"],
                )
                for page in pages
                for s in page["Subnets"]
            }

    def tables(self) -> tuple[PlacedTable, ...]:
        """Every route table, in order of its id."""
        with named("listing the route tables", "the region"):
            return tuple(PlacedTable(*read) for read in every_table(self.client))

    def acls(self) -> tuple[Acl, ...]:
        """Every network ACL, with its rules for IPv4."""
        with named("listing the network ACLs", "the region"):
            pages = self.client.get_paginator("describe_network_acls").paginate()
            return tuple(_acl(acl) for page in pages for acl in page["NetworkAcls"])

    def gateways(self) -> tuple[Gateway, ...]:
        """Every NAT gateway that is there; a regional one stands in no subnet."""
        with named("listing the NAT gateways", "the region"):
            pages = self.client.get_paginator("describe_nat_gateways").paginate(
                Filters=[{"Name": "state", "Values": ["available"]}]
            )
            return tuple(_gateway(g) for page in pages for g in page["NatGateways"])

    def machines(self) -> tuple[Machine, ...]:
        """Every instance that runs, is about to, or could again."""
        with named("listing the instances", "the region"):
            pages = self.client.get_paginator("describe_instances").paginate(
                Filters=[{"Name": "instance-state-name", "Values": _THERE}]
            )
            return tuple(_machine(i) for page in pages for r in page["Reservations"] for i in r["Instances"])

    def addresses(self) -> tuple[Elastic, ...]:
        """Every elastic address that the account has here."""
        with named("listing the elastic addresses", "the region"):
            listed = self.client.describe_addresses()["Addresses"]
            return tuple(_elastic(a, self.client.meta.region_name) for a in listed)

    def disk_key(self) -> str:
        """The key with which new disks are encrypted: an ARN, or `alias/aws/ebs`."""
        with named("reading the default key for disks", "the region"):
            return self.client.get_ebs_default_kms_key_id()["KmsKeyId"]

    def block(self) -> Block:
        """How VPC Block Public Access stands, and which VPCs and subnets it leaves alone, both ways."""
        with named("reading VPC Block Public Access", "the region"):
            options = self.client.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
            mode = options["InternetGatewayBlockMode"]
            if mode == "off":
                return Block(mode)
            answer = self.client.describe_vpc_block_public_access_exclusions(MaxResults=1000)
            spared = (
                e["ResourceArn"].rpartition("/")[2]
                for e in answer["VpcBlockPublicAccessExclusions"]
                if e["InternetGatewayExclusionMode"] == _OPEN and e["State"] in _EXCLUDED
            )
            return Block(mode, frozenset(spared))


def _elastic(address: AddressTypeDef, region: str) -> Elastic:
    tags = tags_of(address)
    return Elastic(
        AllocationId(address["AllocationId"]),
        address.get("NetworkBorderGroup") or region,
        address.get("NetworkInterfaceId", ""),
        tags.get(STACK, ""),
        lent=tags.get(ROLE) == LAST_RESORT,
        retained_by=tags.get(RETAINED, ""),
    )


def _gateway(gateway: NatGatewayTypeDef) -> Gateway:
    """Each address names its zone, of which a regional gateway has several."""
    addresses = gateway.get("NatGatewayAddresses", [])
    return Gateway(
        gateway["NatGatewayId"],
        VpcId(gateway["VpcId"]),
        SubnetId(gateway["SubnetId"]) if gateway.get("SubnetId") else None,
        public=gateway.get("ConnectivityType", "public") == "public",
        zones=max(len({a["AvailabilityZone"] for a in addresses if a.get("AvailabilityZone")}), 1),
        addresses=max(sum(bool(a.get("PublicIp")) for a in addresses), 1),
        allocations=tuple(AllocationId(a["AllocationId"]) for a in addresses if a.get("AllocationId")),
    )


def _vpc(vpc: VpcTypeDef) -> Vpc:
    associated = (
        a["CidrBlock"]
        for a in vpc.get("CidrBlockAssociationSet", [])
        if a.get("CidrBlockState", {}).get("State") == "associated"
    )
    ranges = dict.fromkeys((vpc["CidrBlock"], *associated))
    names = [tag["Value"] for tag in vpc.get("Tags", []) if tag["Key"] == "Name"]
    return Vpc(VpcId(vpc["VpcId"]), tuple(ranges), "".join(names), owner=vpc.get("OwnerId", ""))


def _acl(acl: NetworkAclTypeDef) -> Acl:
    subnets = tuple(SubnetId(a["SubnetId"]) for a in acl["Associations"] if a.get("SubnetId"))
    rules = tuple(_rule(entry) for entry in acl["Entries"] if entry.get("CidrBlock"))
    return Acl(acl["NetworkAclId"], subnets, rules)


def _rule(entry: NetworkAclEntryTypeDef) -> AclRule:
    ports = entry.get("PortRange", {})
    return AclRule(
        entry["RuleNumber"],
        egress=entry["Egress"],
        allows=entry["RuleAction"] == "allow",
        protocol=entry["Protocol"],
        range=entry["CidrBlock"],
        ports=(ports.get("From", 0), ports.get("To", 65535)),
    )


def _machine(instance: InstanceTypeDef) -> Machine:
    tags = tags_of(instance)
    processor = instance.get("CpuOptions", {})
    return Machine(
        id=InstanceId(instance["InstanceId"]),
        type=instance["InstanceType"],
        zone=ZoneName(instance["Placement"]["AvailabilityZone"]),
        vcpus=processor.get("CoreCount", 1) * processor.get("ThreadsPerCore", 1),
        interfaces=tuple(n["NetworkInterfaceId"] for n in instance.get("NetworkInterfaces", [])),
        launched_at=instance["LaunchTime"],
        name=tags.get("Name", ""),
        stack=tags.get(STACK, ""),
        spot=instance.get("InstanceLifecycle") == "spot",
        runs=instance["State"]["Name"] in _RUNS,
    )
