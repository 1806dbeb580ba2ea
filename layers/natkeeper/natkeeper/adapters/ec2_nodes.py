"""The stack's instances, in EC2."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import error_class, named
from natkeeper.adapters.ec2_launch import GENERATION, ROLE, STACK, TEMPLATE, Ec2Launch, tags_of
from natkeeper.adapters.ec2_statuses import impaired_since, read_statuses, retirement
from natkeeper.core.actions import LaunchBaker, LaunchNode
from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.errors import NotFoundError, RefusedError
from natkeeper.core.model import (
    UP,
    ImageId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    Node,
    SubnetId,
    ZoneName,
)
from natkeeper.ports import Launched

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        FilterTypeDef,
        InstanceNetworkInterfaceTypeDef,
        InstancePrivateIpAddressTypeDef,
        InstanceStatusTypeDef,
        InstanceTypeDef,
    )

TEMPLATE_ID, TEMPLATE_VERSION = "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"
"""EC2 puts them on what it launches from a template, and nobody else can: `aws:` is reserved (EC2 User Guide,
tag restrictions)."""


@dataclass(frozen=True, slots=True)
class Ec2Nodes:
    """Instances that carry the stack's tag and come of its launch template; no other is ever touched."""

    client: EC2Client
    stack: str
    launch_template: str
    template_version: int
    security_group: str
    extra: Mapping[str, str] = field(default_factory=dict)  # tags beside our own

    def find(self, known: Collection[InstanceId] = ()) -> tuple[Node, ...]:
        """The stack's nodes, and what has copied their tags; terminated ones too while EC2 lists them (about
        an hour): two calls, whatever their number. For the status checks of who is `known` nobody waits; of
        others that are there they are read afterwards, by a third call if any were known."""
        with ThreadPoolExecutor(1) as beside:
            asked = beside.submit(self._early_statuses, sorted(known))
            instances = find_instances(self.client, self.stack)
            early = asked.result()
        ours = [i for i in instances if is_ours(i, self.launch_template)]
        there = [i["InstanceId"] for i in ours if is_there(i)]
        late = self._statuses([name for name in there if name not in early])
        statuses = {name: status for name, status in (*early.items(), *late.items()) if name in there}
        with named("understanding the nodes", f"stack {self.stack}"):
            nodes = ((_node(i, statuses.get(i["InstanceId"])), i in ours) for i in instances)
            return tuple(node if own else replace(node, copied=True) for node, own in nodes)

    def _early_statuses(self, ids: Sequence[str]) -> Mapping[str, InstanceStatusTypeDef]:
        """Empty when EC2 refuses one of the ids, which it has forgotten or memory garbled: it answers for all
        or for none."""
        try:
            return read_statuses(self.client, ids)
        except (NotFoundError, RefusedError):
            return {}

    def _statuses(self, ids: Sequence[str]) -> Mapping[str, InstanceStatusTypeDef]:
        """Status checks and scheduled events. A node that EC2's reads do not know yet leaves all unknown."""
        try:
            return read_statuses(self.client, ids)
        except NotFoundError:
            return {}

    def launch(self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str) -> Launched:
        """Launches in one pool. Raises CapacityError when it has no room."""
        launch = Ec2Launch(
            self.client,
            self.stack,
            self.launch_template,
            self.template_version,
            self.security_group,
            self.extra,
        )
        return launch.launch(action, market, instance_type)

    def terminate(self, node: InstanceId) -> None:
        """Ends a node; one that is gone already is as good."""
        end_instance(self.client, node)

    def stop(self, node: InstanceId) -> None:
        """Puts a node to sleep; its disk, interface and elastic address stay."""
        with named("stopping the node", node):
            self.client.stop_instances(InstanceIds=[node])

    def start(self, node: InstanceId) -> None:
        """Wakes a node. Raises CapacityError when EC2 has no room for it now."""
        with named("starting the node", node):
            self.client.start_instances(InstanceIds=[node])

    def set_cpu_credits(self, node: InstanceId, mode: CpuCredits) -> None:
        """Limits what a burstable node may spend, or does not. EC2's refusal stands in its answer."""
        attempted = f"making the CPU credits {mode}"
        with named(attempted, node):
            answer = self.client.modify_instance_credit_specification(
                InstanceCreditSpecifications=[{"InstanceId": node, "CpuCredits": mode}]
            )
            for refused in answer.get("UnsuccessfulInstanceCreditSpecifications", []):
                code, message = refused["Error"]["Code"], refused["Error"]["Message"]
                raise error_class(code, message)(attempted, node, code, message)

    def set_source_dest_check(self, interface: InterfaceId, *, on: bool) -> None:
        """Lets the interface carry what is not its own, or no longer."""
        with named(f"turning the source/dest check {'on' if on else 'off'}", interface):
            self.client.modify_network_interface_attribute(
                NetworkInterfaceId=interface, SourceDestCheck={"Value": on}
            )

    def set_public_address(self, interface: InterfaceId, *, on: bool) -> None:
        """Has AWS assign a public address to the interface's primary private one, or take it away and assign
        none when an elastic address leaves (API reference, ModifyNetworkInterfaceAttribute)."""
        with named(f"{'assigning' if on else 'taking away'} the automatic public address", interface):
            self.client.modify_network_interface_attribute(
                NetworkInterfaceId=interface, AssociatePublicIpAddress=on
            )

    def public_address(self, interface: InterfaceId) -> str:
        """The public address of the interface's primary private one, elastic or not; empty: none."""
        with named("reading the public address", interface):
            answer = self.client.describe_network_interfaces(NetworkInterfaceIds=[interface])
            return answer["NetworkInterfaces"][0].get("Association", {}).get("PublicIp", "")


def find_instances(client: EC2Client, stack: str) -> list[InstanceTypeDef]:
    """The stack's instances, in whatever state: a filter by state would hide one in a state that we do not
    know."""
    filters: list[FilterTypeDef] = [{"Name": f"tag:{STACK}", "Values": [stack]}]
    with named("listing the nodes", f"stack {stack}"):
        pages = client.get_paginator("describe_instances").paginate(Filters=filters)
        return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]


def is_ours(instance: InstanceTypeDef, launch_template: str) -> bool:
    """Whether it was launched from this template, or from the one that its launch noted: CloudFormation may
    have replaced that since. A copy of an instance takes our tags along, but not EC2's."""
    tags = tags_of(instance)
    source = tags.get(TEMPLATE_ID)
    return source is not None and source in (launch_template, tags.get(TEMPLATE))


def is_there(instance: InstanceTypeDef) -> bool:
    """Whether it is not terminated: EC2 lists it on for a while, without what was attached to it."""
    return instance["State"]["Name"] != "terminated"


def end_instance(client: EC2Client, node: InstanceId) -> None:
    """Terminates an instance; one that is gone already is as good."""
    try:
        with named("terminating the node", node):
            client.terminate_instances(InstanceIds=[node])
    except NotFoundError:
        return


def _node(instance: InstanceTypeDef, status: InstanceStatusTypeDef | None) -> Node:
    tags = tags_of(instance)
    interfaces = instance.get("NetworkInterfaces", [])
    primary = next((i for i in interfaces if i.get("Attachment", {}).get("DeviceIndex") == 0), None)
    second = _second(primary or {})
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
        impaired_since=impaired_since(status) if status else None,
        doom=retirement(status) if status else None,
        template=tags.get(TEMPLATE_ID, ""),
        subnet=SubnetId(instance["SubnetId"]) if instance.get("SubnetId") else None,
        groups=frozenset(g["GroupId"] for g in (primary or {}).get("Groups", [])),
        ended=_reason(instance),
        role=tags.get(ROLE, ""),
        image=ImageId(instance["ImageId"]) if instance.get("ImageId") else None,
        public_address=str(instance.get("PublicIpAddress", "")),
        private_address=instance.get("PrivateIpAddress", ""),
        cover_address=second.get("PrivateIpAddress", ""),
        covers_as=second.get("Association", {}).get("PublicIp", ""),
    )


def _second(interface: InstanceNetworkInterfaceTypeDef) -> InstancePrivateIpAddressTypeDef:
    """The first private address beside the primary one; nothing of it, if there is none."""
    nothing: InstancePrivateIpAddressTypeDef = {}
    listed = (a for a in interface.get("PrivateIpAddresses", []) if not a.get("Primary", True))
    return next(listed, nothing)


def _reason(instance: InstanceTypeDef) -> str:
    """Why it stops or ends, "code: message"; the message most often begins with the code (EC2 API reference,
    StateReason). On the way up there is a reason too, which says nothing."""
    told = instance.get("StateReason", {})
    code, message = told.get("Code", ""), told.get("Message", "")
    if instance["State"]["Name"] in UP or not code:
        return ""
    return message if message.startswith(code) else f"{code}: {message}"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
