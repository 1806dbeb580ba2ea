"""From the stack's parameters to what is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from natkeeper.core.doctor.asked import DEFAULT_IMAGE, Asked
from natkeeper.core.intake.instance_types import AUTO, choose_types
from natkeeper.core.model import AllocationId, RouteTableId, SubnetId, VpcId
from natkeeper.core.policy import LastResort


def asked_for(
    parameters: Mapping[str, str], stack: str = "", mistakes: Sequence[str] = (), account: str = ""
) -> Asked:
    """What the parameters ask for, by their names in the template. One that is missing is as if empty.
    `mistakes` are what they get wrong by themselves."""
    subnets = tuple(SubnetId(name) for name in _listed(parameters, "ExistingPublicSubnetIds"))
    count = parameters.get("ZoneCount", "")
    image = parameters.get("ImageParameter") or DEFAULT_IMAGE
    listed = parameters.get("InstanceTypes") or AUTO
    return Asked(
        vpc=VpcId(parameters["ExistingVpcId"]) if parameters.get("ExistingVpcId") else None,
        public_subnets=subnets,
        tables=tuple(RouteTableId(name) for name in _listed(parameters, "ExistingPrivateRouteTableIds")),
        ranges=_listed(parameters, "PrivateCidrs"),
        zones=len(subnets) or (int(count) if re.fullmatch("[1-9]", count) else 1),
        nodes_per_zone=2 if parameters.get("Standby") == "zone" else 1,
        types=choose_types(listed, image)[0],
        chosen=listed == AUTO,
        image_parameter=image,
        disk_key=parameters.get("DiskKeyArn", ""),
        stack=stack,
        mistakes=tuple(mistakes),
        account=account,
        allocations=tuple(AllocationId(name) for name in _listed(parameters, "ExistingAllocationIds")),
        keeps_address=parameters.get("KeepAddress") != "false",
        retains_addresses=parameters.get("RetainAddresses") == "true",
        last_resort=parameters.get("LastResort") == LastResort.NAT_GATEWAY,
    )


def name_of(arn: str) -> str:
    """The name in the ARN of a stack; empty when that is none."""
    parts = arn.split("/")
    return parts[1] if len(parts) == 3 else ""


def account_of(arn: str) -> str:
    """The account in the ARN of a stack or a topic; empty when that is none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def _listed(parameters: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in parameters.get(name, "").split(",") if part.strip())
