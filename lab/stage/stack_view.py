"""What a person would look at: which node serves which zone, and what the controller's log says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

MEMORY = {"pk": {"S": "natkeeper"}, "sk": {"S": "memory"}}
OVER: dict[str, dict[str, Any]] = {
    "zones": {"launches": [], "silences": [], "bad_pools": {}},
    "nodes": {"disbelieved_at": None},
}
"""What the controller remembers of the last hour, when that is over."""
LIVING = ("pending", "running", "stopping", "stopped")


@dataclass(frozen=True)
class ZoneView:
    """One zone: its table's default route, and the node behind it."""

    zone: str
    table: str
    target: str
    state: str
    instance: str
    instance_zone: str
    well: bool  # own running node, check off, address in place, route active, last probe passed

    def __str__(self) -> str:
        where = f"{self.instance} in {self.instance_zone}" if self.instance else self.target or "nothing"
        return f"{self.zone}: 0.0.0.0/0 -> {where} ({self.state or 'no route'})"


class StackView:
    """Looks at a deployed stack through the AWS API alone."""

    def __init__(self, aws: Any, stack: str, tables: Sequence[str] = ()) -> None:
        """Looks at `tables`, or at the private ones that the stack itself has made."""
        self._ec2, self._logs = aws.client("ec2"), aws.client("logs")
        self._dynamodb = aws.client("dynamodb")
        resources = aws.every(
            "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack
        )
        by_type: dict[str, list[Any]] = {}
        for resource in resources:
            by_type.setdefault(resource["ResourceType"], []).append(resource)
        own = sorted(
            (r["LogicalResourceId"], r["PhysicalResourceId"])
            for r in by_type.get("AWS::EC2::RouteTable", [])
            if r["LogicalResourceId"].startswith("Private")
        )
        self.tables = [(table, table) for table in tables] or own
        functions = {
            r["LogicalResourceId"]: r["PhysicalResourceId"] for r in by_type["AWS::Lambda::Function"]
        }
        self.reconcile, self.probe = functions["ReconcileFunction"], functions["ProbeFunction"]
        self._table = by_type["AWS::DynamoDB::Table"][0]["PhysicalResourceId"]
        self._seen: set[str] = set()
        self._stack = stack

        self._test_host = next((i["PhysicalResourceId"] for i in by_type.get("AWS::EC2::Instance", [])), "")

    def test_host(self) -> str:
        """The stack's private test host. Raises ValueError when it has none."""
        if not self._test_host:
            raise ValueError(f"{self._stack} has no test host: deploy it with TestHost=true")
        return str(self._test_host)

    def public_address(self, interface: str) -> str:
        """An interface's public address as EC2 tells it."""
        found = self._ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
        return str(found["NetworkInterfaces"][0]["Association"]["PublicIp"])

    def private_address(self, interface: str) -> str:
        """Its address inside the VPC."""
        found = self._ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
        return str(found["NetworkInterfaces"][0]["PrivateIpAddress"])

    def group(self) -> str:
        """The security group of the stack's nodes."""
        node = next(iter(self.nodes().values()))
        return str(node["NetworkInterfaces"][0]["Groups"][0]["GroupId"])

    def nodes(self) -> dict[str, Any]:
        """The stack's living instances by interface id."""
        answer = self._ec2.describe_instances(
            Filters=[
                {"Name": "tag:natkeeper:stack", "Values": [self._stack]},
                {"Name": "instance-state-name", "Values": list(LIVING)},
            ]
        )
        instances = [i for r in answer["Reservations"] for i in r["Instances"]]
        return {n["NetworkInterfaceId"]: i for i in instances for n in i.get("NetworkInterfaces", [])}

    def served(self) -> bool:
        """Returns whether every zone is served by its own node."""
        return all(zone.well for zone in self.zones())

    def gateways(self) -> list[str]:
        """The stack's NAT gateways that are there, or have their address still."""
        ours = [{"Name": "tag:natkeeper:stack", "Values": [self._stack]}]
        found = self._ec2.describe_nat_gateways(Filters=ours)["NatGateways"]
        return [g["NatGatewayId"] for g in found if g["State"] in ("pending", "available", "deleting")]

    def nodes_by_id(self) -> list[str]:
        """The stack's living instances' ids."""
        return sorted({node["InstanceId"] for node in self.nodes().values()})

    def is_asleep(self, zone: str) -> bool:
        """Whether no node of a zone is on, or on its way there or from there."""
        there = [n for n in self.nodes().values() if n["Placement"]["AvailabilityZone"] == zone]
        return all(node["State"]["Name"] == "stopped" for node in there)

    def zones(self) -> list[ZoneView]:
        """Every private table's way out, as it is now."""
        nodes = self.nodes()
        holders = {a.get("NetworkInterfaceId") for a in self._ec2.describe_addresses()["Addresses"]}
        ids = [table for _, table in self.tables]
        found = {
            t["RouteTableId"]: t for t in self._ec2.describe_route_tables(RouteTableIds=ids)["RouteTables"]
        }
        subnets = self._subnet_zones(found.values())
        verified = self._verified()
        return [self._zone(found[i], subnets, nodes, holders, verified) for i in ids]

    def _verified(self) -> set[str]:
        """The nodes whose last probe passed, by the stack's own records."""
        items = self._dynamodb.scan(TableName=self._table)["Items"]
        evidence = {
            i["sk"]["S"]: json.loads(i["doc"]["S"]) for i in items if i["sk"]["S"].startswith("evidence#")
        }
        return {
            sk.removeprefix("evidence#") for sk, doc in evidence.items() if doc[-1]["outcome"] == "passed"
        }

    def memory(self) -> dict[str, Any]:
        """What the controller remembers."""
        item = self._dynamodb.get_item(TableName=self._table, Key=MEMORY, ConsistentRead=True).get("Item", {})
        return dict(json.loads(item["doc"]["S"])) if item else {}

    def proven_images(self) -> list[str]:
        """The stack's own images from which somebody has come to work."""
        return list(self.memory().get("baking", {}).get("verified", {}))

    def forget_hour(self) -> bool:
        """Takes out of the controller's memory what holds for an hour: how many launches and moves by one
        neighbour's word there were, whose word was wrong, and what had no room. Returns whether nothing of
        it is left: a run may have saved something in this very moment."""
        seen = self._dynamodb.get_item(TableName=self._table, Key=MEMORY, ConsistentRead=True).get("Item", {})
        doc = json.loads(seen["doc"]["S"]) if seen else {}
        later = doc | {
            part: {name: {**each, **over} for name, each in doc.get(part, {}).items()}
            for part, over in OVER.items()
        }
        if later == doc:
            return True
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**seen, "doc": {"S": json.dumps(later)}},
                ConditionExpression="doc = :seen",
                ExpressionAttributeValues={":seen": seen["doc"]},
            )
        return False

    def _subnet_zones(self, tables: Any) -> dict[str, str]:
        ids = [a["SubnetId"] for t in tables for a in t["Associations"] if a.get("SubnetId")]
        answer = self._ec2.describe_subnets(SubnetIds=ids)
        return {s["SubnetId"]: s["AvailabilityZone"] for s in answer["Subnets"]}

    def _zone(
        self, table: Any, subnets: dict[str, str], nodes: Any, holders: set[Any], verified: set[str]
    ) -> ZoneView:
        zone = next(subnets[a["SubnetId"]] for a in table["Associations"] if a.get("SubnetId"))
        routes = [r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
        route = routes[0] if routes else {}
        names = ("NetworkInterfaceId", "NatGatewayId", "GatewayId")
        target = next((route[name] for name in names if route.get(name)), "")
        node = nodes.get(target)
        instance_zone = node["Placement"]["AvailabilityZone"] if node else ""
        well = bool(
            node
            and node["State"]["Name"] == "running"
            and instance_zone == zone
            and route.get("State") == "active"
            and not node["NetworkInterfaces"][0]["SourceDestCheck"]
            and target in holders
            and node["InstanceId"] in verified
        )
        name = node["InstanceId"] if node else ""
        state = route.get("State", "")
        return ZoneView(zone, table["RouteTableId"], target, state, name, instance_zone, well)

    def decisions(self) -> Iterator[dict[str, Any]]:
        """New lines of the reconciler's log: decisions, refusals, heals."""
        group = f"/aws/lambda/{self.reconcile}"
        for event in self._logs.filter_log_events(logGroupName=group).get("events", []):
            key = f"{event['timestamp']} {event['message']}"  # ministack gives no event ids
            if key in self._seen:
                continue
            self._seen.add(key)
            line = _json(event["message"])
            if line.get("message") in ("decision", "healed", "result"):
                yield line


def _json(text: str) -> dict[str, Any]:
    """The line's JSON object, or an empty one: Lambda's own lines are plain text."""
    try:
        value = json.loads(text[text.index("{") :])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
