"""What RunInstances asks of IAM: eight kinds of resources, tags, the role, the image parameter. And other
calls that make something: what it is made of, and what is made."""

from __future__ import annotations

import re
from typing import Any

from ministack.services import iam

from lab.ministack.iam.check import Check, arn, created, existing
from lab.ministack.store import ec2, ssm

RUN = "ec2:RunInstances"
TAG_SPECIFICATION = re.compile(r"TagSpecification\.(\d+)\.(?:ResourceType|Tag\.(\d+)\.(Key|Value))")
RESOLVE = "resolve:ssm:"


def request_tags(params: dict[str, str]) -> dict[str, dict[str, str]]:
    """Returns the tags that a call gives, by kind of resource."""
    kinds = {
        match[1]: value
        for name, value in params.items()
        if (match := TAG_SPECIFICATION.fullmatch(name)) and match[2] is None
    }
    tags: dict[str, dict[str, str]] = {kind: {} for kind in kinds.values()}
    for name, value in params.items():
        match = TAG_SPECIFICATION.fullmatch(name)
        if match and match[3] == "Key":
            prefix = f"TagSpecification.{match[1]}.Tag.{match[2]}"
            tags[kinds[match[1]]][value] = params.get(f"{prefix}.Value", "")
    return tags


def _template(params: dict[str, str]) -> tuple[str, dict[str, Any]]:
    identifier = params.get("LaunchTemplate.LaunchTemplateId", "")
    if not identifier:
        return "", {}
    version = params.get("LaunchTemplate.Version", "$Default")
    found = ec2().describe_launch_template_versions(LaunchTemplateId=identifier, Versions=[version])[
        "LaunchTemplateVersions"
    ][0]
    return identifier, dict(found["LaunchTemplateData"])


def _numbered(params: dict[str, str], pattern: str) -> list[str]:
    return [value for name, value in params.items() if re.fullmatch(pattern, name)]


def checks(params: dict[str, str]) -> list[Check]:
    """Returns every check of a RunInstances call."""
    template, data = _template(params)
    shared: dict[str, Any] = {}
    if template:
        shared["ec2:LaunchTemplate"] = arn("launch-template", template)
    tags = request_tags(params)
    kind = params.get("InstanceType") or data.get("InstanceType", "")
    subnets = _numbered(params, r"(NetworkInterface\.\d+\.)?SubnetId")
    groups = _numbered(params, r"(NetworkInterface\.\d+\.)?SecurityGroupId\.\d+")
    image = params.get("ImageId") or data.get("ImageId", "")
    found = [
        created(RUN, "instance", tags.get("instance", {}), {**shared, "ec2:InstanceType": kind}),
        created(RUN, "network-interface", tags.get("network-interface", {}), shared),
        created(RUN, "volume", tags.get("volume", {}), shared),
        Check(RUN, arn("image", _image(image)), shared),
    ]
    if params.get("InstanceMarketOptions.MarketType") == "spot":
        request = "spot-instances-request"  # knows no ec2:LaunchTemplate (service authorization reference)
        found.append(created(RUN, request, tags.get(request, {}), {}))
    keys = [key for key in (params.get("KeyName") or data.get("KeyName"),) if key]
    for resource, identifiers in (
        ("subnet", subnets),
        ("security-group", groups),
        ("launch-template", [template] if template else []),
        ("key-pair", keys),
    ):
        for check in existing(RUN, resource, identifiers):
            found.append(Check(RUN, check.resource, {**check.context, **shared}))
    return [*found, *_tagging(tags, "RunInstances"), *_parameter(image), *_role(params, data)]


def imaging(params: dict[str, str]) -> list[Check]:
    """Returns every check of a CreateImage call: the instance, and what it makes."""
    action, tags = "ec2:CreateImage", request_tags(params)
    made = [created(action, kind, tags.get(kind, {}), {}) for kind in ("image", "snapshot")]
    return [*existing(action, "instance", [params["InstanceId"]]), *made, *_tagging(tags, "CreateImage")]


def making(action: str, params: dict[str, str], kinds: tuple[str, ...]) -> list[Check]:
    """Returns the checks of a call for what it makes, with the tags that it gives."""
    tags = request_tags(params)
    made = [created(f"ec2:{action}", kind, tags.get(kind, {}), {}) for kind in kinds]
    return [*made, *_tagging(tags, action)]


def _tagging(tags: dict[str, dict[str, str]], action: str) -> list[Check]:
    return [
        created("ec2:CreateTags", kind, given, {"ec2:CreateAction": action}) for kind, given in tags.items()
    ]


def _image(image: str) -> str:
    if not image.startswith(RESOLVE):
        return image
    return ssm().get_parameter(Name=image.removeprefix(RESOLVE))["Parameter"]["Value"]


def _parameter(image: str) -> list[Check]:
    return [Check.parameter(image.removeprefix(RESOLVE))] if image.startswith(RESOLVE) else []


def _role(params: dict[str, str], data: dict[str, Any]) -> list[Check]:
    profile = data.get("IamInstanceProfile") or {}
    asked = params.get("IamInstanceProfile.Arn") or params.get("IamInstanceProfile.Name")
    name = (asked or profile.get("Arn") or profile.get("Name") or "").split("/")[-1]
    roles = iam._instance_profiles[name]["Roles"] if name in iam._instance_profiles else []
    passed = {"iam:PassedToService": "ec2.amazonaws.com"}
    found = []
    for role in roles:
        role_name = role["RoleName"] if isinstance(role, dict) else str(role)
        found.append(Check("iam:PassRole", iam._roles[role_name]["Arn"], passed))
    return found


def disassociation(params: dict[str, str]) -> list[Check]:
    """Returns the checks of DisassociateAddress: the address and its interface."""
    wanted = [{"Name": "association-id", "Values": [params.get("AssociationId", "")]}]
    addresses = ec2().describe_addresses(Filters=wanted)["Addresses"]  # type: ignore[arg-type]
    action, found = "ec2:DisassociateAddress", []
    for address in addresses:
        found += existing(action, "elastic-ip", [address["AllocationId"]])
        found += existing(action, "network-interface", [address["NetworkInterfaceId"]])
    return found
