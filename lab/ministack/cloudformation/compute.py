"""CloudFormation's types for instances, addresses and documents, made on the EC2 side."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from lab.ec2.clock import wait_until
from lab.ministack.cloudformation.resource import Made, Properties, Resource, handler, retag
from lab.ministack.cloudformation.shapes import fitted
from lab.ministack.store import ACCOUNT, ec2, ssm

POLL = {"Delay": 1, "MaxAttempts": 60}


def _version(identifier: str, latest: int) -> Made:
    return identifier, {
        "LaunchTemplateId": identifier,
        "LatestVersionNumber": str(latest),
        "DefaultVersionNumber": "1",
    }


def _in_ec2s_account(data: Properties) -> Properties:
    """The EC2 side is one account, whichever made the stack: it knows an instance profile by that."""
    profile = data.get("IamInstanceProfile") or {}
    if "Arn" not in profile:
        return data
    arn = re.sub(r"::\d{12}:", f"::{ACCOUNT}:", profile["Arn"])
    return {**data, "IamInstanceProfile": {**profile, "Arn": arn}}


def launch_template(r: Resource) -> Made:
    """AWS::EC2::LaunchTemplate."""
    data = _in_ec2s_account(r.properties["LaunchTemplateData"])
    made = ec2().create_launch_template(
        LaunchTemplateName=r.name("LaunchTemplateName"),
        LaunchTemplateData=fitted("ec2", "CreateLaunchTemplate", "LaunchTemplateData", data),
        TagSpecifications=r.properties.get("TagSpecifications", []),
    )["LaunchTemplate"]
    return _version(made["LaunchTemplateId"], 1)


def update_launch_template(physical_id: str, r: Resource, before: Properties) -> Made:
    """Changed data becomes a new version; the default version stays, as on AWS."""
    data = _in_ec2s_account(r.properties["LaunchTemplateData"])
    if data == _in_ec2s_account(before["LaunchTemplateData"]):
        found = ec2().describe_launch_templates(LaunchTemplateIds=[physical_id])
        return _version(physical_id, found["LaunchTemplates"][0]["LatestVersionNumber"])
    made = ec2().create_launch_template_version(
        LaunchTemplateId=physical_id,
        LaunchTemplateData=fitted("ec2", "CreateLaunchTemplateVersion", "LaunchTemplateData", data),
    )["LaunchTemplateVersion"]
    return _version(physical_id, made["VersionNumber"])


def address(r: Resource) -> Made:
    """AWS::EC2::EIP. !Ref gives the address, as on AWS."""
    made = ec2().allocate_address(Domain="vpc", TagSpecifications=r.tags("elastic-ip"))  # type: ignore[arg-type]
    return made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]}


def retag_address(physical_id: str, r: Resource, _: Properties) -> Made:
    """Changes tags."""
    found = ec2().describe_addresses(PublicIps=[physical_id])["Addresses"][0]
    ec2().create_tags(Resources=[found["AllocationId"]], Tags=r.tags("any")[0]["Tags"][:-2])
    return physical_id, {"AllocationId": found["AllocationId"], "PublicIp": physical_id}


def address_association(r: Resource) -> Made:
    """AWS::EC2::EIPAssociation."""
    identifier = ec2().associate_address(AllowReassociation=True, **r.properties)["AssociationId"]
    return identifier, {"Id": identifier}


def network_interface(r: Resource) -> Made:
    """AWS::EC2::NetworkInterface."""
    p = r.properties
    made = ec2().create_network_interface(
        SubnetId=p["SubnetId"],
        Groups=p.get("GroupSet", []),
        Description=p.get("Description", ""),
        TagSpecifications=r.tags("network-interface"),  # type: ignore[arg-type]
    )["NetworkInterface"]
    identifier = made["NetworkInterfaceId"]
    if "SourceDestCheck" in p:
        check = {"Value": str(p["SourceDestCheck"]).lower() == "true"}
        ec2().modify_network_interface_attribute(
            NetworkInterfaceId=identifier,
            SourceDestCheck=check,  # type: ignore[arg-type]
        )
    return identifier, {"Id": identifier, "PrimaryPrivateIpAddress": made["PrivateIpAddress"]}


def instance(r: Resource) -> Made:
    """AWS::EC2::Instance. Waits until it runs, as CloudFormation does."""
    p = {k: v for k, v in r.properties.items() if k not in ("Tags", "SourceDestCheck")}
    call: dict[str, Any] = {}
    for name, value in p.items():
        if name == "NetworkInterfaces":
            call[name] = fitted("ec2", "RunInstances", name, [_interface(n) for n in value])
        elif name == "IamInstanceProfile":
            call[name] = {"Name": value}
        else:
            call[name] = fitted("ec2", "RunInstances", name, value)
    made = ec2().run_instances(
        MinCount=1,
        MaxCount=1,
        TagSpecifications=r.tags("instance"),  # type: ignore[arg-type]
        **call,
    )["Instances"][0]
    ec2().get_waiter("instance_running").wait(
        InstanceIds=[made["InstanceId"]],
        WaiterConfig=POLL,  # type: ignore[arg-type]
    )
    attributes = {
        "PrivateIp": made.get("PrivateIpAddress", ""),
        "PublicIp": made.get("PublicIpAddress", ""),
        "AvailabilityZone": made["Placement"]["AvailabilityZone"],
        "InstanceId": made["InstanceId"],
    }
    return made["InstanceId"], attributes


def update_instance(physical_id: str, r: Resource, before: Properties) -> Made:
    """Changes tags. Anything else is create-only here: another is made, and the one before it is ended
    afterwards, in the update's clean-up, as on AWS."""
    after = r.properties
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return retag(physical_id, r, before) if changed <= {"Tags"} else instance(r)


def _interface(properties: Properties) -> Properties:
    # CloudFormation's name for what the API calls Groups.
    renamed = {"GroupSet": "Groups"}
    return {renamed.get(name, name): value for name, value in properties.items()}


def delete_instance(physical_id: str, _: Properties) -> None:
    """Terminates, and waits until the interface has gone too."""
    found = ec2().describe_instances(InstanceIds=[physical_id])["Reservations"]
    interfaces = [
        interface["NetworkInterfaceId"]
        for reservation in found
        for interface in reservation["Instances"][0]["NetworkInterfaces"]
    ]
    ec2().terminate_instances(InstanceIds=[physical_id])
    ec2().get_waiter("instance_terminated").wait(
        InstanceIds=[physical_id],
        WaiterConfig=POLL,  # type: ignore[arg-type]
    )
    mine: Any = [{"Name": "network-interface-id", "Values": interfaces}]

    def gone() -> bool:
        return not ec2().describe_network_interfaces(Filters=mine)["NetworkInterfaces"]

    if not wait_until(gone, 30):
        raise TimeoutError(f"the interfaces of {physical_id} did not go away")


def _content(properties: Properties) -> str:
    content = properties["Content"]
    if isinstance(content, str) and properties.get("DocumentFormat") == "YAML":
        content = yaml.safe_load(content)
    return content if isinstance(content, str) else json.dumps(content)


def document(r: Resource) -> Made:
    """AWS::SSM::Document."""
    name = r.name("Name")
    ssm().create_document(
        Name=name,
        Content=_content(r.properties),
        DocumentType=r.properties.get("DocumentType", "Command"),
        DocumentFormat="JSON",
    )
    return name, {}


def update_document(physical_id: str, r: Resource, before: Properties) -> Made:
    """New content becomes the default version. Raises ValueError unless UpdateMethod is NewVersion. Another
    name is another document, and the one before it goes in the update's clean-up."""
    if r.properties.get("Name") != before.get("Name"):
        return document(r)
    if _content(r.properties) != _content(before):
        if r.properties.get("UpdateMethod") != "NewVersion":
            raise ValueError("a named document is updated only with UpdateMethod: NewVersion")
        made = ssm().update_document(
            Name=physical_id,
            Content=_content(r.properties),
            DocumentVersion="$LATEST",
            DocumentFormat="JSON",
        )["DocumentDescription"]
        ssm().update_document_default_version(Name=physical_id, DocumentVersion=made["DocumentVersion"])
    return physical_id, {}


TYPES = {
    "AWS::EC2::LaunchTemplate": handler(
        launch_template,
        lambda i, _: ec2().delete_launch_template(LaunchTemplateId=i),
        update_launch_template,
    ),
    "AWS::EC2::EIP": handler(address, lambda i, _: ec2().release_address(PublicIp=i), retag_address),
    "AWS::EC2::EIPAssociation": handler(
        address_association, lambda i, _: ec2().disassociate_address(AssociationId=i)
    ),
    "AWS::EC2::NetworkInterface": handler(
        network_interface,
        lambda i, _: ec2().delete_network_interface(NetworkInterfaceId=i),
    ),
    "AWS::EC2::Instance": handler(instance, delete_instance, update_instance),
    "AWS::SSM::Document": handler(document, lambda i, _: ssm().delete_document(Name=i), update_document),
}
