"""Elastic addresses: who may have one, who never lets go of one, what it displaces, and what comes back."""

from __future__ import annotations

import itertools
from typing import Any

from moto.ec2.models import elastic_ip_addresses
from moto.ec2.models.elastic_ip_addresses import ElasticAddress, ElasticAddressBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.utils import random_eip_association_id

from lab.ec2.corrections.correction import corrects, replaces
from lab.ec2.refusal import refusal

_numbers = itertools.cycle(range(1, 255))
# moto gives out loopback addresses; these are the documentation's.
replaces(elastic_ip_addresses, "random_ip", lambda: f"203.0.113.{next(_numbers)}")


def elastic_address_of(interface: NetworkInterface) -> ElasticAddress | None:
    """Returns the elastic address associated with an interface, if any."""
    for address in interface.ec2_backend.addresses:
        if address.eni is interface:
            return address  # type: ignore[no-any-return]
    return None


def _leave(address: ElasticAddress) -> None:
    """Takes an address off its interface; a running instance that had an automatic one gets a new one."""
    interface = address.eni
    address.eni = address.instance = address.association_id = None
    if interface is None:
        return
    interface.public_ip = None
    if interface.instance is not None and interface.instance._state.name == "running":
        interface.check_auto_public_ip()


def _target(instance: Any, interface: Any) -> NetworkInterface:
    if interface is None:
        if not instance.nics:
            raise refusal("InvalidInstanceID", f"The instance '{instance.id}' is not in a valid state.")
        interface = instance.nics[0]
    owner = interface.instance
    # AWS: terraform-provider-aws issues 19699 and 6189.
    if owner is not None and owner._state.name not in ("running", "stopped", "stopping"):
        raise refusal(
            "IncorrectInstanceState",
            f"The {owner._state.name} instance '{owner.id}' is not in a valid state for this operation.",
        )
    return interface  # type: ignore[no-any-return]


def _refuse_a_gateways(address: ElasticAddress) -> None:
    """AWS manages a NAT gateway's address: hashicorp/terraform-provider-aws issue 3572, pull request 4675."""
    interface = address.eni
    gateways: Any = interface.ec2_backend.nat_gateways.values() if interface is not None else ()
    if any(g._eni is interface and g.state not in ("deleted", "failed") for g in gateways):
        raise refusal("AuthFailure", "You do not have permission to access the specified resource.")


@corrects(NatGatewayBackend, "delete_nat_gateway")
def delete_nat_gateway(original: Any, self: Any, nat_gateway_id: str) -> Any:
    """Deletes a gateway, which lets go of its address (EC2 API reference, DeleteNatGateway)."""
    gateway = original(self, nat_gateway_id)
    elastic = elastic_address_of(gateway._eni)
    if elastic is not None:
        _leave(elastic)
    return gateway


@corrects(ElasticAddressBackend, "associate_address")
def associate_address(
    _: Any,
    self: Any,
    *,
    instance: Any = None,
    eni: Any = None,
    address: str | None = None,
    allocation_id: str | None = None,
    reassociate: bool = False,
) -> ElasticAddress:
    """Associates an address. Raises IncorrectInstanceState or Resource.AlreadyAssociated."""
    elastic: ElasticAddress = (
        self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    )[0]
    interface = _target(instance, eni)
    displaced = elastic_address_of(interface)
    if displaced is elastic:
        return elastic
    _refuse_a_gateways(elastic)
    if not reassociate and (elastic.eni is not None or displaced is not None):
        raise refusal(
            "Resource.AlreadyAssociated",
            f"resource {elastic.allocation_id} is already associated with "
            f"associate-id {elastic.association_id}",
        )
    _leave(elastic)
    if displaced is not None:
        _leave(displaced)
    elastic.eni = interface  # type: ignore[assignment]
    elastic.instance = interface.instance  # type: ignore[assignment]
    elastic.association_id = random_eip_association_id()
    interface.public_ip = elastic.public_ip
    return elastic


@corrects(ElasticAddressBackend, "disassociate_address")
def disassociate_address(
    _: Any, self: Any, address: str | None = None, association_id: str | None = None
) -> None:
    """Takes an address off whatever has it. Raises InvalidAssociationID.NotFound."""
    found = self.address_by_ip([address]) if address else self.address_by_association([association_id])
    _refuse_a_gateways(found[0])
    _leave(found[0])


@corrects(ElasticAddressBackend, "release_address")
def release_address(_: Any, self: Any, address: str | None = None, allocation_id: str | None = None) -> None:
    """Gives an address back. Raises InvalidIPAddress.InUse while it is associated."""
    elastic: ElasticAddress = (
        self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    )[0]
    if elastic.eni is not None:
        raise refusal("InvalidIPAddress.InUse", f"Address {elastic.public_ip} is in use.")
    self.addresses.remove(elastic)
