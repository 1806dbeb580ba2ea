"""The stack's instances, in EC2."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.actions import LaunchNode
from natkeeper.core.errors import CapacityError, NotFoundError
from natkeeper.core.model import Doom, DoomKind, InstanceId, InterfaceId, Lifecycle, Node, ZoneName
from natkeeper.ports import Launched

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        FilterTypeDef,
        InstanceStatusTypeDef,
        InstanceTypeDef,
        RunInstancesRequestTypeDef,
        TagSpecificationTypeDef,
    )

STACK, ZONE, GENERATION = "natkeeper:stack", "natkeeper:zone", "natkeeper:generation"
TEMPLATE_VERSION = "aws:ec2launchtemplate:version"  # EC2 puts it on what it launches from a template
_RETIRING = frozenset(
    {
        "instance-retirement",
        "instance-stop",
        "instance-reboot",
        "system-reboot",
        "system-maintenance",
    }
)


@dataclass(frozen=True, slots=True)
class Ec2Nodes:
    """Instances that carry the stack's tag; no other is ever touched."""

    client: EC2Client
    stack: str
    launch_template: str
    template_version: int
    security_group: str

    def find(self) -> tuple[Node, ...]:
        """The stack's nodes, terminated ones left out: two calls, whatever their number."""
        instances = find_instances(self.client, self.stack)
        statuses = self._statuses([i["InstanceId"] for i in instances])
        with named("understanding the nodes", f"stack {self.stack}"):
            return tuple(_node(i, statuses.get(i["InstanceId"])) for i in instances)

    def _statuses(self, ids: Sequence[str]) -> Mapping[str, InstanceStatusTypeDef]:
        """Status checks and scheduled events. A node that EC2's reads do not know yet leaves all unknown."""
        if not ids:
            return {}
        try:
            with named("reading status checks", ", ".join(ids)):
                pages = self.client.get_paginator("describe_instance_status").paginate(
                    InstanceIds=ids, IncludeAllInstances=True
                )
                return {s["InstanceId"]: s for page in pages for s in page["InstanceStatuses"]}
        except NotFoundError:
            return {}

    def launch(self, action: LaunchNode) -> Launched:
        """Launches with the first instance type that has room. Raises CapacityError when none has."""
        full: list[str] = []
        last: CapacityError | None = None
        for instance_type in action.instance_types:
            try:
                launched = self._run(action, instance_type)
            except CapacityError as error:
                full.append(instance_type)
                last = error
                continue
            return Launched(launched.instance, launched.lifecycle, tuple(full))
        assert last is not None, "settings never leave the list of instance types empty"
        raise last

    def _run(self, action: LaunchNode, instance_type: str) -> Launched:
        request = self._request(action, instance_type)
        request["ClientToken"] = _token(request)
        with named("launching a node", f"{action.zone} as {instance_type}"):
            instance = self.client.run_instances(**request)["Instances"][0]
            return Launched(InstanceId(instance["InstanceId"]), Lifecycle(instance["State"]["Name"]))

    def _request(self, action: LaunchNode, instance_type: str) -> RunInstancesRequestTypeDef:
        """The subnet goes into the interface: EC2 refuses one at instance level beside interfaces."""
        return {
            "MinCount": 1,
            "MaxCount": 1,
            "LaunchTemplate": {
                "LaunchTemplateId": self.launch_template,
                "Version": str(self.template_version),
            },
            "InstanceType": instance_type,  # type: ignore[typeddict-item]
            "NetworkInterfaces": [
                {
                    "DeviceIndex": 0,
                    "SubnetId": str(action.subnet),
                    "Groups": [self.security_group],
                    "AssociatePublicIpAddress": True,
                    "DeleteOnTermination": True,
                }
            ],
            "TagSpecifications": self._tags(action),
        }

    def _tags(self, action: LaunchNode) -> list[TagSpecificationTypeDef]:
        tags = {
            "Name": f"{self.stack}-nat-{action.zone}",
            STACK: self.stack,
            ZONE: action.zone,
            GENERATION: str(action.generation),
        }
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        kinds = ("instance", "network-interface", "volume")
        return [{"ResourceType": kind, "Tags": pairs} for kind in kinds]  # type: ignore[typeddict-item]

    def terminate(self, node: InstanceId) -> None:
        """Ends a node; one that is gone already is as good."""
        end_instance(self.client, node)

    def set_source_dest_check(self, interface: InterfaceId, *, on: bool) -> None:
        """Lets the interface carry what is not its own, or no longer."""
        with named(f"turning the source/dest check {'on' if on else 'off'}", interface):
            self.client.modify_network_interface_attribute(
                NetworkInterfaceId=interface, SourceDestCheck={"Value": on}
            )


def _token(request: RunInstancesRequestTypeDef) -> str:
    """The same for a repeated launch, another for the next generation or any other parameter: EC2 refuses a
    token that comes with a changed request (IdempotentParameterMismatch). 64 characters at most."""
    return "natkeeper-" + hashlib.sha256(repr(request).encode()).hexdigest()[:48]


def find_instances(client: EC2Client, stack: str) -> list[InstanceTypeDef]:
    """The stack's instances that are not terminated. EC2 does not filter by state: it would hide one in a
    state that we do not know."""
    filters: list[FilterTypeDef] = [{"Name": f"tag:{STACK}", "Values": [stack]}]
    with named("listing the nodes", f"stack {stack}"):
        pages = client.get_paginator("describe_instances").paginate(Filters=filters)
        found = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        return [i for i in found if i["State"]["Name"] != "terminated"]


def end_instance(client: EC2Client, node: InstanceId) -> None:
    """Terminates an instance; one that is gone already is as good."""
    try:
        with named("terminating the node", node):
            client.terminate_instances(InstanceIds=[node])
    except NotFoundError:
        return


def _node(instance: InstanceTypeDef, status: InstanceStatusTypeDef | None) -> Node:
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    interfaces = instance.get("NetworkInterfaces", [])
    primary = next((i for i in interfaces if i.get("Attachment", {}).get("DeviceIndex") == 0), None)
    return Node(
        id=InstanceId(instance["InstanceId"]),
        zone=ZoneName(instance["Placement"]["AvailabilityZone"]),
        lifecycle=Lifecycle(instance["State"]["Name"]),
        launched_at=instance["LaunchTime"],
        interface=InterfaceId(primary["NetworkInterfaceId"]) if primary else None,
        source_dest_check=bool(primary and primary.get("SourceDestCheck", True)),
        template_version=_number(tags.get(TEMPLATE_VERSION)),
        generation=_number(tags.get(GENERATION)),
        instance_type=str(instance.get("InstanceType", "")),
        spot=instance.get("InstanceLifecycle") == "spot",
        impaired_since=_impaired_since(status) if status else None,
        doom=_retirement(status) if status else None,
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _impaired_since(status: InstanceStatusTypeDef) -> datetime | None:
    """Since when the first of the three status checks has been impaired."""
    checks = (
        status.get("InstanceStatus", {}),
        status.get("SystemStatus", {}),
        status.get("AttachedEbsStatus", {}),
    )
    since = [
        detail["ImpairedSince"]
        for check in checks
        if check.get("Status") == "impaired"
        for detail in check.get("Details", [])
        if "ImpairedSince" in detail
    ]
    return min(since, default=None)


def _retirement(status: InstanceStatusTypeDef) -> Doom | None:
    """A scheduled event; EC2 leaves past ones in the list with their description marked."""
    for event in status.get("Events", []):
        over = event.get("Description", "").startswith(("[Completed]", "[Canceled]"))
        if event.get("Code") in _RETIRING and not over and "NotBefore" in event:
            return Doom(DoomKind.RETIREMENT, event["NotBefore"])
    return None
