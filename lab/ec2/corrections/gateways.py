"""NAT gateways: made and deleted in minutes, and fond of their address until they are deleted.

moto makes them at once, keeps their interface and address for ever, and knows no tag filter and no token.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import nat_gateways
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.responses.nat_gateways import NatGateways

from lab.ec2.corrections import idempotency
from lab.ec2.corrections.addresses import leave
from lab.ec2.corrections.correction import corrects, replaces
from lab.ec2.refusal import refusal
from lab.ec2.world import current

GOING = ("deleting", "deleted")
TAKEN = "Resource.AlreadyAssociated"
# moto gives it a private address of any network; where none is named its subnet gives one.
replaces(nat_gateways, "random_private_ip", lambda: None)


@corrects(NatGateways, "create_nat_gateway")
def create_nat_gateway(original: Any, self: Any) -> Any:
    """The same token gives the same gateway, whatever has become of it. Refuses DryRun."""
    self.error_on_dryrun()
    asked = dict(self._get_params())
    known = idempotency.find(self, asked)
    if known is not None:
        return known
    result: ActionResult = original(self)
    idempotency.remember(self, asked, result.result)
    return result


@corrects(NatGatewayBackend, "create_nat_gateway")
def make(original: Any, self: Any, subnet_id: str, allocation_id: str, **more: Any) -> NatGateway:
    """It is `pending` for a while; `failed` afterwards if something else has its address."""
    taken = bool(allocation_id) and self.address_by_allocation([allocation_id])[0].eni is not None
    gateway: NatGateway = original(self, subnet_id, "" if taken else allocation_id, **more)
    gateway.state = "pending"
    if taken:
        gateway.address_set[0]["allocationId"] = allocation_id
    world = current()

    def finish() -> None:
        if gateway.state == "pending":
            gateway.state = "failed" if taken else "available"
        if taken:
            gateway.failure_code = TAKEN  # type: ignore[attr-defined]
            gateway.failure_message = f"Elastic IP address {allocation_id} is already associated"  # type: ignore[attr-defined]
            self.delete_network_interface(gateway._eni.id)

    world.later(world.timings.gateway, finish)
    return gateway


@corrects(NatGateways, "delete_nat_gateway")
def delete_nat_gateway(original: Any, self: Any) -> Any:
    """Refuses DryRun."""
    self.error_on_dryrun()
    return original(self)


@corrects(NatGatewayBackend, "delete_nat_gateway")
def delete(_: Any, self: Any, nat_gateway_id: str) -> NatGateway:
    """It is `deleting` for a while, and has its interface and address until it is `deleted`. Raises
    NatGatewayNotFound."""
    gateway: NatGateway | None = self.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise refusal("NatGatewayNotFound", f"NatGateway {nat_gateway_id} was not found")
    if gateway.state in GOING:
        return gateway
    gateway.state = "deleting"
    world = current()

    def finish() -> None:
        gateway.state = "deleted"
        for address in self.addresses:
            if address.eni is gateway._eni:
                leave(address)
        if gateway._eni.id in self.enis:
            self.delete_network_interface(gateway._eni.id)

    world.later(world.timings.gateway_deletion, finish)
    return gateway


@corrects(NatGatewayBackend, "describe_nat_gateways")
def describe(original: Any, self: Any, filters: Any, nat_gateway_ids: list[str] | None) -> list[NatGateway]:
    """Those that are asked for, by tag as well. Raises NatGatewayNotFound."""
    for identifier in nat_gateway_ids or []:
        if identifier not in self.nat_gateways:
            raise refusal("NatGatewayNotFound", f"NatGateway {identifier} was not found")
    tags = {name.removeprefix("tag:"): v for name, v in (filters or {}).items() if name.startswith("tag:")}

    def passes(gateway: NatGateway) -> bool:
        has = {tag["key"]: tag["value"] for tag in gateway.get_tags()}
        return all(has.get(key) in values for key, values in tags.items())

    return [gateway for gateway in original(self, filters, nat_gateway_ids) if passes(gateway)]
