"""Elastic addresses: who may have one, on which private address, who never lets go of one, what it displaces,
and what comes back when it leaves."""

from __future__ import annotations

import itertools
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import elastic_ip_addresses
from moto.ec2.models.elastic_ip_addresses import ElasticAddress, ElasticAddressBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.responses.elastic_ip_addresses import ElasticIPAddresses
from moto.ec2.utils import random_eip_association_id

from lab.ec2.corrections.correction import corrects, corrects_property, replaces
from lab.ec2.refusal import refusal

_numbers = itertools.cycle(range(1, 255))
# moto gives out loopback addresses; these are the documentation's.
replaces(elastic_ip_addresses, "random_ip", lambda: f"203.0.113.{next(_numbers)}")


def elastic_addresses_of(interface: NetworkInterface) -> dict[str, ElasticAddress]:
    """Returns an interface's elastic addresses by the private address that each is on."""
    return {str(a.private_ip_address): a for a in interface.ec2_backend.addresses if a.eni is interface}


def elastic_address_of(interface: NetworkInterface) -> ElasticAddress | None:
    """Returns the elastic address on an interface's primary private address, if any."""
    return elastic_addresses_of(interface).get(str(interface.private_ip_address))


@corrects_property(ElasticAddress, "private_ip_address")
def private_ip_address(_: Any, self: Any) -> str | None:
    """The private address it was associated with; moto knows an interface's primary one alone."""
    return (getattr(self, "private", "") or self.eni.private_ip_address) if self.eni else None


@corrects(ElasticAddress, "get_filter_value")
def get_filter_value(original: Any, self: Any, name: str, method: str | None = None) -> Any:
    """Finds an address by the private one that it is on."""
    return self.private_ip_address if name == "private-ip-address" else original(self, name, method)


def leave(address: ElasticAddress) -> None:
    """Takes an address off its interface, which may get an automatic one in its place."""
    renew(_taken_off(address))


def _taken_off(address: ElasticAddress) -> NetworkInterface | None:
    """Takes an address off. Returns the interface whose primary private address has lost it, if one has."""
    interface, private = address.eni, address.private_ip_address
    address.eni = address.instance = address.association_id = None
    if interface is None or private != interface.private_ip_address:
        return None
    interface.public_ip = None
    return interface


def renew(bare: NetworkInterface | None) -> None:
    """Gives a running instance a new automatic address for the elastic one that left it. AWS does not while a
    secondary private address of it has an elastic one (EC2 user guide, instance IP addressing)."""
    if bare is None or bare.public_ip is not None or elastic_addresses_of(bare):
        return
    if bare.instance is not None and bare.instance._state.name == "running":
        bare.check_auto_public_ip()


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


def _private(interface: NetworkInterface, wanted: str) -> str:
    """Returns the private address to associate with: the primary one unless another is named."""
    if not wanted:
        return str(interface.private_ip_address)
    if wanted not in {each["PrivateIpAddress"] for each in interface.private_ip_addresses}:
        raise refusal(
            "InvalidParameterValue",
            f"Private IP address '{wanted}' is not assigned to network interface '{interface.id}'.",
        )
    return wanted


@corrects(ElasticIPAddresses, "associate_address")
def associate(_: Any, self: Any) -> ActionResult:
    """Hands on the private address, which moto ignores. Reassociation is allowed unless it is forbidden.
    Raises MissingParameter without an instance, an interface or an address."""
    backend, asked = self.ec2_backend, self._get_param
    if not (asked("InstanceId") or asked("NetworkInterfaceId")) or not (
        asked("AllocationId") or asked("PublicIp")
    ):
        raise refusal(
            "MissingParameter", "The request must contain an address, and an instance or interface."
        )
    self.error_on_dryrun()
    elastic = backend.associate_address(
        instance=backend.get_instance(asked("InstanceId")) if asked("InstanceId") else None,
        eni=backend.get_network_interface(asked("NetworkInterfaceId"))
        if asked("NetworkInterfaceId")
        else None,
        address=asked("PublicIp"),
        allocation_id=asked("AllocationId"),
        reassociate=str(asked("AllowReassociation")).lower() != "false",
        private=asked("PrivateIpAddress") or "",
    )
    return ActionResult({"AssociationId": elastic.association_id})


@corrects(ElasticAddressBackend, "associate_address")
def associate_address(
    _: Any,
    self: Any,
    *,
    instance: Any = None,
    eni: Any = None,
    address: str | None = None,
    allocation_id: str | None = None,
    reassociate: bool = True,
    private: str = "",
) -> ElasticAddress:
    """Associates an address with one private address of an interface. Raises IncorrectInstanceState,
    InvalidParameterValue for a private address that is not there, or Resource.AlreadyAssociated."""
    elastic: ElasticAddress = (
        self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    )[0]
    interface = _target(instance, eni)
    where = _private(interface, private)
    displaced = elastic_addresses_of(interface).get(where)
    if displaced is elastic:
        return elastic
    _refuse_a_gateways(elastic)
    if not reassociate and (elastic.eni is not None or displaced is not None):
        raise refusal(
            "Resource.AlreadyAssociated",
            f"resource {elastic.allocation_id} is already associated with "
            f"associate-id {elastic.association_id}",
        )
    bare = [_taken_off(each) for each in (elastic, displaced) if each is not None]
    _put(elastic, interface, where)
    for each in bare:
        renew(each)
    return elastic


def _put(elastic: Any, interface: NetworkInterface, private: str) -> None:
    elastic.eni = interface
    elastic.instance = interface.instance
    elastic.private = private
    elastic.association_id = random_eip_association_id()
    # Only the primary private address has an automatic address to lose.
    if private == interface.private_ip_address:
        interface.public_ip = elastic.public_ip


@corrects(ElasticAddressBackend, "disassociate_address")
def disassociate_address(
    _: Any, self: Any, address: str | None = None, association_id: str | None = None
) -> None:
    """Takes an address off whatever has it. Raises InvalidAssociationID.NotFound."""
    found = self.address_by_ip([address]) if address else self.address_by_association([association_id])
    _refuse_a_gateways(found[0])
    leave(found[0])


@corrects(ElasticAddressBackend, "release_address")
def release_address(_: Any, self: Any, address: str | None = None, allocation_id: str | None = None) -> None:
    """Gives an address back. Raises InvalidIPAddress.InUse while it is associated."""
    elastic: ElasticAddress = (
        self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    )[0]
    _refuse_a_gateways(elastic)
    if elastic.eni is not None:
        raise refusal("InvalidIPAddress.InUse", f"Address {elastic.public_ip} is in use.")
    self.addresses.remove(elastic)
