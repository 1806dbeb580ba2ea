"""CloudFormation's network types, made on the EC2 side."""

from __future__ import annotations

from typing import Any

from lab.ministack.cloudformation.resource import Made, Properties, Resource, handler
from lab.ministack.cloudformation.shapes import fitted
from lab.ministack.store import ec2


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def vpc(r: Resource) -> Made:
    """AWS::EC2::VPC."""
    p = r.properties
    made = ec2().create_vpc(CidrBlock=p["CidrBlock"], TagSpecifications=r.tags("vpc"))["Vpc"]  # type: ignore[arg-type]
    identifier = made["VpcId"]
    if "EnableDnsSupport" in p:
        support = {"Value": _true(p["EnableDnsSupport"])}
        ec2().modify_vpc_attribute(VpcId=identifier, EnableDnsSupport=support)  # type: ignore[arg-type]
    if "EnableDnsHostnames" in p:
        names = {"Value": _true(p["EnableDnsHostnames"])}
        ec2().modify_vpc_attribute(VpcId=identifier, EnableDnsHostnames=names)  # type: ignore[arg-type]
    return identifier, {"VpcId": identifier, "CidrBlock": p["CidrBlock"]}


def subnet(r: Resource) -> Made:
    """AWS::EC2::Subnet."""
    p = r.properties
    place = {k: p[k] for k in ("AvailabilityZone",) if k in p}
    made = ec2().create_subnet(
        VpcId=p["VpcId"],
        CidrBlock=p["CidrBlock"],
        TagSpecifications=r.tags("subnet"),  # type: ignore[arg-type]
        **place,
    )["Subnet"]
    identifier = made["SubnetId"]
    if _true(p.get("MapPublicIpOnLaunch")):
        ec2().modify_subnet_attribute(SubnetId=identifier, MapPublicIpOnLaunch={"Value": True})
    return identifier, {"SubnetId": identifier, "AvailabilityZone": made["AvailabilityZone"]}


def internet_gateway(r: Resource) -> Made:
    """AWS::EC2::InternetGateway."""
    made = ec2().create_internet_gateway(TagSpecifications=r.tags("internet-gateway"))  # type: ignore[arg-type]
    identifier = made["InternetGateway"]["InternetGatewayId"]
    return identifier, {"InternetGatewayId": identifier}


def attachment(r: Resource) -> Made:
    """AWS::EC2::VPCGatewayAttachment."""
    p = r.properties
    ec2().attach_internet_gateway(InternetGatewayId=p["InternetGatewayId"], VpcId=p["VpcId"])
    return f"IGW|{p['VpcId']}", {"AttachmentType": "IGW"}


def route_table(r: Resource) -> Made:
    """AWS::EC2::RouteTable."""
    made = ec2().create_route_table(
        VpcId=r.properties["VpcId"],
        TagSpecifications=r.tags("route-table"),  # type: ignore[arg-type]
    )
    identifier = made["RouteTable"]["RouteTableId"]
    return identifier, {"RouteTableId": identifier}


def route(r: Resource) -> Made:
    """AWS::EC2::Route."""
    ec2().create_route(**r.properties)
    return f"{r.properties['RouteTableId']}|{r.properties['DestinationCidrBlock']}", {}


def association(r: Resource) -> Made:
    """AWS::EC2::SubnetRouteTableAssociation."""
    identifier = ec2().associate_route_table(**r.properties)["AssociationId"]
    return identifier, {"Id": identifier}


def _permission(rule: Properties) -> dict[str, Any]:
    note = {"Description": rule["Description"]} if "Description" in rule else {}
    made: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    made |= {k: int(rule[k]) for k in ("FromPort", "ToPort") if k in rule}
    if "CidrIp" in rule:
        made["IpRanges"] = [{"CidrIp": rule["CidrIp"], **note}]
    if "CidrIpv6" in rule:
        made["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **note}]
    for name in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
        if name in rule:
            made["UserIdGroupPairs"] = [{"GroupId": rule[name], **note}]
    return made


def _authorize(group: str, properties: Properties) -> None:
    opened = [_permission(rule) for rule in properties.get("SecurityGroupIngress") or []]
    if opened:
        ec2().authorize_security_group_ingress(GroupId=group, IpPermissions=opened)  # type: ignore[arg-type]
    if properties.get("SecurityGroupEgress"):
        found = ec2().describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        # Named egress rules replace the one that lets everything out.
        if found["IpPermissionsEgress"]:
            ec2().revoke_security_group_egress(
                GroupId=group,
                IpPermissions=found["IpPermissionsEgress"],
            )
        left = [_permission(rule) for rule in properties["SecurityGroupEgress"]]
        ec2().authorize_security_group_egress(GroupId=group, IpPermissions=left)  # type: ignore[arg-type]


def security_group(r: Resource) -> Made:
    """AWS::EC2::SecurityGroup."""
    p = r.properties
    identifier = ec2().create_security_group(
        GroupName=r.name("GroupName"),
        Description=p["GroupDescription"],
        VpcId=p["VpcId"],
        TagSpecifications=r.tags("security-group"),  # type: ignore[arg-type]
    )["GroupId"]
    _authorize(identifier, p)
    return identifier, {"GroupId": identifier, "VpcId": p["VpcId"]}


def update_security_group(physical_id: str, r: Resource, before: Properties) -> Made:
    """Replaces the rules that have changed, and leaves the others in force: new ones first, as on AWS."""
    old, new = (p.get("SecurityGroupIngress") or [] for p in (before, r.properties))
    added = {"SecurityGroupIngress": [rule for rule in new if rule not in old]}
    if before.get("SecurityGroupEgress") != r.properties.get("SecurityGroupEgress"):
        added["SecurityGroupEgress"] = r.properties["SecurityGroupEgress"]
    _authorize(physical_id, added)
    gone = [_permission(rule) for rule in old if rule not in new]
    if gone:
        ec2().revoke_security_group_ingress(GroupId=physical_id, IpPermissions=gone)  # type: ignore[arg-type]
    return physical_id, {"GroupId": physical_id, "VpcId": r.properties["VpcId"]}


def ingress(r: Resource) -> Made:
    """AWS::EC2::SecurityGroupIngress."""
    group = r.properties["GroupId"]
    ec2().authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[_permission(r.properties)],  # type: ignore[list-item]
    )
    return f"{group}|{r.logical_id}", {}


def endpoint(r: Resource) -> Made:
    """AWS::EC2::VPCEndpoint, of gateway type."""
    p = {k: v for k, v in r.properties.items() if k not in ("Tags", "PolicyDocument")}
    call = {k: fitted("ec2", "CreateVpcEndpoint", k, v) for k, v in p.items()}
    made = ec2().create_vpc_endpoint(TagSpecifications=r.tags("vpc-endpoint"), **call)  # type: ignore[arg-type]
    identifier = made["VpcEndpoint"]["VpcEndpointId"]
    return identifier, {"Id": identifier}


def update_endpoint(physical_id: str, r: Resource, before: Properties) -> Made:
    """Other route tables. Raises ValueError for any other change."""
    old, new = ({**p, "RouteTableIds": ()} for p in (before, r.properties))
    if {k: v for k, v in old.items() if k != "Tags"} != {k: v for k, v in new.items() if k != "Tags"}:
        raise ValueError(f"the lab can only change the route tables of {r.logical_id}")
    had, wanted = before.get("RouteTableIds", []), r.properties.get("RouteTableIds", [])
    ec2().modify_vpc_endpoint(
        VpcEndpointId=physical_id,
        AddRouteTableIds=[table for table in wanted if table not in had],
        RemoveRouteTableIds=[table for table in had if table not in wanted],
    )
    return physical_id, {"Id": physical_id}


TYPES = {
    "AWS::EC2::VPC": handler(vpc, lambda i, _: ec2().delete_vpc(VpcId=i)),
    "AWS::EC2::Subnet": handler(subnet, lambda i, _: ec2().delete_subnet(SubnetId=i)),
    "AWS::EC2::InternetGateway": handler(
        internet_gateway, lambda i, _: ec2().delete_internet_gateway(InternetGatewayId=i)
    ),
    "AWS::EC2::VPCGatewayAttachment": handler(
        attachment,
        lambda _, p: ec2().detach_internet_gateway(
            InternetGatewayId=p["InternetGatewayId"], VpcId=p["VpcId"]
        ),
    ),
    "AWS::EC2::RouteTable": handler(route_table, lambda i, _: ec2().delete_route_table(RouteTableId=i)),
    "AWS::EC2::Route": handler(
        route,
        lambda _, p: ec2().delete_route(
            RouteTableId=p["RouteTableId"], DestinationCidrBlock=p["DestinationCidrBlock"]
        ),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": handler(
        association, lambda i, _: ec2().disassociate_route_table(AssociationId=i)
    ),
    "AWS::EC2::SecurityGroup": handler(
        security_group,
        lambda i, _: ec2().delete_security_group(GroupId=i),
        update_security_group,
    ),
    "AWS::EC2::SecurityGroupIngress": handler(
        ingress,
        lambda _, p: ec2().revoke_security_group_ingress(
            GroupId=p["GroupId"],
            IpPermissions=[_permission(p)],  # type: ignore[list-item]
        ),
    ),
    "AWS::EC2::VPCEndpoint": handler(
        endpoint, lambda i, _: ec2().delete_vpc_endpoints(VpcEndpointIds=[i]), update_endpoint
    ),
}
