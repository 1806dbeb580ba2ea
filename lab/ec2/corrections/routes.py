"""Routes: a target that cannot forward is a black hole, and DryRun changes nothing."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.route_tables import Route, RouteBackend, RouteTable
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.route_tables import RouteTables

from lab.ec2.corrections.correction import corrects, corrects_property
from lab.ec2.refusal import refusal


@corrects_property(Route, "state")
def state(_: Any, self: Route) -> str:
    """`blackhole` when the interface is gone or its instance is neither running nor pending."""
    if self.interface is not None:
        interface = self.interface
        instance = interface.instance
        if interface.id not in interface.ec2_backend.enis or instance is None:
            return "blackhole"
        return "active" if instance._state.name in ("running", "pending") else "blackhole"
    if self.nat_gateway is not None and self.nat_gateway.state != "available":
        return "blackhole"
    if self.instance is not None and self.instance._state.name not in ("running", "pending"):
        return "blackhole"
    return "active"


@corrects_property(Route, "instance_id")
def instance_id(original: Any, self: Route) -> str | None:
    """The instance, also when the route names its interface."""
    if self.interface is not None:
        return self.interface.instance.id if self.interface.instance else None
    return original(self)  # type: ignore[no-any-return]


@corrects_property(Route, "network_interface_id")
def network_interface_id(original: Any, self: Route) -> str | None:
    """The interface, also when the route was made with an instance."""
    if self.instance is not None and self.instance.nics:
        return self.instance.nics[0].id
    return original(self)  # type: ignore[no-any-return]


@corrects(RouteTable, "get_filter_value")
def get_filter_value(original: Any, self: RouteTable, name: str, method: str | None = None) -> Any:
    """Adds the filters on a route's target and state."""
    values = {
        "route.network-interface-id": "network_interface_id",
        "route.instance-id": "instance_id",
        "route.state": "state",
        "route.origin": "origin",
    }
    if name in values:
        return [value for r in self.routes if (value := getattr(r, values[name])) is not None]
    return original(self, name, method)


@corrects(RouteBackend, "create_route")
def create_route(original: Any, self: Any, table: str, cidr: str | None, *rest: Any, **more: Any) -> Any:
    """Raises RouteAlreadyExists for a destination that the table has."""
    taken = {route.destination_cidr_block for route in self.get_route_table(table).routes}
    if cidr and not more.get("local") and cidr in taken:
        raise refusal("RouteAlreadyExists", f"The route identified by {cidr} already exists.")
    return original(self, table, cidr, *rest, **more)


@corrects(RouteBackend, "replace_route")
def replace_route(original: Any, self: Any, table: str, cidr: str | None, *rest: Any, **more: Any) -> Any:
    """Refuses a NAT or transit gateway that is not there; moto makes a route to nothing of it."""
    _, _, nat, _, transit = (*rest, *(None,) * 5)[:5]
    if nat and getattr(self.nat_gateways.get(nat), "state", "") not in ("pending", "available"):
        raise refusal("NatGatewayNotFound", f"The Nat Gateway {nat} was not found")
    if transit and transit not in self.transit_gateways:
        raise refusal("InvalidTransitGatewayID.NotFound", f"Transit Gateway {transit} was not found")
    return original(self, table, cidr, *rest, **more)


@corrects(VPCBackend, "modify_vpc_endpoint")
def modify_vpc_endpoint(
    original: Any,
    self: Any,
    vpc_id: str,
    *,
    add_route_tables: list[str],
    remove_route_tables: list[str],
    **more: Any,
) -> None:
    """Puts a gateway endpoint's route into tables and takes it out of others, which moto forgets."""
    original(self, vpc_id, add_route_tables=[], remove_route_tables=[], **more)
    endpoint = self.vpc_end_points[vpc_id]
    prefixes = endpoint.destination_prefix_list_id
    for table in add_route_tables:
        self.create_route(table, None, gateway_id=vpc_id, destination_prefix_list_id=prefixes)
    for table in remove_route_tables:
        self.delete_route(table, None, destination_prefix_list_id=prefixes)
    kept = [table for table in endpoint.route_table_ids if table not in remove_route_tables]
    endpoint.route_table_ids = [*kept, *add_route_tables]


def _unless_dry_run(original: Any, self: Any) -> Any:
    self.error_on_dryrun()
    return original(self)


for action in ("create_route", "replace_route", "delete_route"):
    corrects(RouteTables, action)(_unless_dry_run)
