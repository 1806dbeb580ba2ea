"""A stack that serves, and its clean-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3

from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from natkeeper.adapters.dynamodb_lease import DynamoDbLease
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.adapters.ec2_removal import Ec2Removal
from natkeeper.core.model import AllocationId, RouteTableId
from natkeeper.teardown import Demolition
from tests.integration.cloud import REGION, SCHEDULE, Cloud
from tests.journal import Journal
from tests.world.agenda import Agenda

DEFAULT = "0.0.0.0/0"


@dataclass
class Site:
    """A stack that serves, and the demolition of it, with time that sleeping moves."""

    aws: Cloud
    clock: Agenda = field(default_factory=Agenda)
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
        table = self.aws.environment["TABLE_NAME"]
        self.dynamodb, self.table = dynamodb, table
        self.store = DynamoDbStore(dynamodb, table, self.clock)
        self.lease = DynamoDbLease(dynamodb, table, self.clock)
        self.removal = Ec2Removal(self.aws.ec2, "natkeeper", self.aws.environment["LAUNCH_TEMPLATE_ID"])
        self.tables = [RouteTableId(i) for i in self.aws.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")]

    def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.aws.clock.advance(seconds)

    def demolish(self, seconds: float = 700) -> str:
        parts = (self.store, self.lease, self.removal, self.journal, tuple(self.tables))
        return Demolition(*parts, self.clock, self.sleep).demolish(timedelta(seconds=seconds))

    def trim(self, zones: int, *, subnets: int = 0, addresses: bool = True, seconds: float = 700) -> str:
        """The clean-up's part in an update of the stack to so many zones, or addresses of more `subnets`."""
        kept_subnets = self.aws.environment["PUBLIC_SUBNET_IDS"].split(",")[: subnets or zones]
        kept = [AllocationId(i) for i in self.aws.environment["ALLOCATION_IDS"].split(",")][:zones]
        parts = (self.store, self.lease, self.removal, self.journal, tuple(self.tables))
        demolition = Demolition(*parts, self.clock, self.sleep)
        return demolition.trim(kept_subnets, kept if addresses else [], timedelta(seconds=seconds))

    def serve(self) -> None:
        """The controller builds."""
        self.aws.settle()
        assert len(self.aws.default_routes()) == len(self.tables)
        # What the controller launched by the real clock lies far from this site's.
        self.clock.go_to(bootstrap.utc_now() + timedelta(hours=1))

    def sweep(self) -> None:
        """One run of the controller."""
        reconcile(SCHEDULE, None)

    def sleep_by_wish(self) -> None:
        """A person puts both zones to sleep."""
        now = bootstrap.utc_now().isoformat()
        event = {"source": "natkeeper", "detail-type": "Sleep", "time": now}
        reconcile({**event, "detail": {"stack": "natkeeper"}}, None)
        self.aws.clock.advance(60)

    def states(self) -> list[str]:
        """How each instance that is not terminated is."""
        return [str(node["State"]["Name"]) for node in self.aws.instances()]

    def gateway(self, table: int) -> str:
        """A NAT gateway, and the table's default route leads to it."""
        gateway = self.another_gateway()
        self.aws.ec2.create_route(
            RouteTableId=self.tables[table], DestinationCidrBlock=DEFAULT, NatGatewayId=gateway
        )
        return gateway

    def another_gateway(self) -> str:
        """A NAT gateway that no route leads to."""
        subnet = self.aws.environment["PUBLIC_SUBNET_IDS"].split(",")[0]
        address = self.aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        return str(made["NatGateway"]["NatGatewayId"])

    def leads_to_gateway(self, table: int) -> str:
        """The NAT gateway that the table's default route leads to."""
        route = self.aws.default_routes().get(self.tables[table], {})
        return str(route.get("NatGatewayId", ""))
