"""What people get wrong about a VPC: each breaks one, or tells the parameters that are wrong for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.doctor.region import ANYWHERE, Built, build_vpc

Break = Callable[[Built], Mapping[str, str]]
NOTHING: Mapping[str, str] = MappingProxyType({})


def public_subnet_is_private(vpc: Built) -> Mapping[str, str]:
    private = vpc.subnet("us-east-1b", "10.0.9.0/24", vpc.table())
    return {"ExistingPublicSubnetIds": f"{vpc.public[0]},{private}"}


def two_public_subnets_of_a_zone(vpc: Built) -> Mapping[str, str]:
    another = vpc.subnet("us-east-1a", "10.0.9.0/24", vpc.public_table)
    return {"ExistingPublicSubnetIds": f"{vpc.public[0]},{another}"}


def table_of_another_vpc(vpc: Built) -> Mapping[str, str]:
    other = build_vpc(vpc.ec2, second=1)
    return {"ExistingPrivateRouteTableIds": f"{vpc.tables[0]},{other.tables[0]}"}


def public_table_as_private(vpc: Built) -> Mapping[str, str]:
    return {"ExistingPrivateRouteTableIds": f"{vpc.tables[0]},{vpc.public_table}"}


def another_vpc(vpc: Built) -> Mapping[str, str]:
    return {"ExistingVpcId": build_vpc(vpc.ec2, second=1).id}


def range_of_the_pods_is_left_out(vpc: Built) -> Mapping[str, str]:
    vpc.ec2.associate_vpc_cidr_block(VpcId=vpc.id, CidrBlock="100.64.0.0/16")
    vpc.subnet("us-east-1a", "100.64.0.0/18", vpc.tables[0])
    return NOTHING


def no_name_server(vpc: Built) -> Mapping[str, str]:
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsSupport={"Value": False})
    return NOTHING


def public_subnet_is_full(vpc: Built) -> Mapping[str, str]:
    """The smallest that there is, in the place of the second zone's; one address is left."""
    small = vpc.subnet("us-east-1b", "10.0.9.0/28", vpc.public_table)
    for _ in range(10):
        vpc.ec2.create_network_interface(SubnetId=small)
    return {"ExistingPublicSubnetIds": f"{vpc.public[0]},{small}"}


def answers_are_dropped(vpc: Built) -> Mapping[str, str]:
    """The second public subnet's ACL lets all out, and in only what speaks to port 443."""
    acl = vpc.ec2.create_network_acl(VpcId=vpc.id)["NetworkAcl"]["NetworkAclId"]
    for egress, ports in ((True, (0, 65535)), (False, (443, 443))):
        vpc.ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=egress,
            CidrBlock=ANYWHERE, PortRange={"From": ports[0], "To": ports[1]},
        )  # fmt: skip
    associations = [
        a["NetworkAclAssociationId"]
        for listed in vpc.ec2.describe_network_acls()["NetworkAcls"]
        for a in listed["Associations"]
        if a["SubnetId"] == vpc.public[1]
    ]
    vpc.ec2.replace_network_acl_association(AssociationId=associations[0], NetworkAclId=acl)
    return NOTHING
