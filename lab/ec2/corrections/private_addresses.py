"""Private addresses of an interface: given by its subnet; secondary ones asked for at launch, assigned, moved
and taken off again.

moto knows those only of an interface made by itself, lets two interfaces have the same one, and where none is
named takes any address of the range, the router's too.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces
from moto.ec2.utils import generate_dns_from_ip

from lab.ec2.corrections.addresses import elastic_addresses_of, leave
from lab.ec2.corrections.correction import corrects, corrects_property, replaces
from lab.ec2.refusal import refusal


def addresses_of(interface: NetworkInterface) -> list[str]:
    """Returns an interface's private addresses, the primary one first."""
    primary = str(interface.private_ip_address)
    others = [str(each["PrivateIpAddress"]) for each in interface.private_ip_addresses]
    return [primary, *(each for each in others if each != primary)]


def check_launch(params: dict[str, Any]) -> None:
    """Raises PrivateIpAddressLimitExceeded for more addresses than the instance type has on an interface."""
    for interface in params.get("NetworkInterfaces") or []:
        wanted = int(interface.get("SecondaryPrivateIpAddressCount") or 0)
        _check_room(params.get("InstanceType") or "m1.small", 1 + wanted)


def give_at_launch(instance: Any, params: dict[str, Any]) -> None:
    """Gives each interface as many secondary addresses as its specification asks for."""
    for specification in params.get("NetworkInterfaces") or []:
        count = int(specification.get("SecondaryPrivateIpAddressCount") or 0)
        if count:
            _give(instance.nics[int(specification["DeviceIndex"])], count)


def _check_room(instance_type: str, wanted: int) -> None:
    room = (
        INSTANCE_TYPES.get(instance_type, {}).get("NetworkInfo", {}).get("Ipv4AddressesPerInterface", wanted)
    )
    if wanted > room:
        raise refusal("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")


@corrects(NetworkInterfaceBackend, "create_network_interface")
def create_network_interface(
    original: Any, self: Any, subnet: Any, named: Any, several: Any = None, *rest: Any, **more: Any
) -> NetworkInterface:
    """Raises InsufficientFreeAddressesInSubnet."""
    count = int(more.pop("secondary_ips_count", None) or 0)
    if not (named or several):
        named = _free(self.get_subnet(subnet) if isinstance(subnet, str) else subnet, None)
    made: NetworkInterface = original(self, subnet, named, several, *rest, **more)
    _give(made, count)
    return made


def _give(interface: NetworkInterface, count: int) -> list[str]:
    given = [_free(interface.subnet, interface.instance) for _ in range(count)]
    _append(interface, given)
    return given


def _free(subnet: Any, instance: Any) -> str:
    try:
        return str(subnet.get_available_subnet_ip(instance=instance))
    except StopIteration:
        raise refusal(
            "InsufficientFreeAddressesInSubnet",
            f"The specified subnet '{subnet.id}' does not have enough free addresses.",
        ) from None


def _append(interface: NetworkInterface, addresses: list[str]) -> None:
    interface.private_ip_addresses += [{"Primary": False, "PrivateIpAddress": each} for each in addresses]


def _remove(interface: NetworkInterface, address: str) -> None:
    interface.private_ip_addresses = [
        each for each in interface.private_ip_addresses if each["PrivateIpAddress"] != address
    ]


@corrects(ElasticNetworkInterfaces, "assign_private_ip_addresses")
def assign_private_ip_addresses(_: Any, self: Any) -> ActionResult:
    """Gives new ones, or those named; one that another interface has moves, with its elastic address, where
    that is allowed. Raises InvalidParameterValue or PrivateIpAddressLimitExceeded."""
    self.error_on_dryrun()
    interface = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
    named = [str(each) for each in self._get_param("PrivateIpAddresses", [])]
    new = [each for each in named if each not in addresses_of(interface)]
    count = 0 if named else int(self._get_param("SecondaryPrivateIpAddressCount", 0))
    if interface.instance is not None:
        _check_room(interface.instance.instance_type, len(addresses_of(interface)) + len(new) + count)
    allowed = str(self._get_param("AllowReassignment")).lower() == "true"
    for each in new:
        _claim(self.ec2_backend, interface, each, allowed=allowed)
    told = [{"PrivateIpAddress": each} for each in named or _give(interface, count)]
    return ActionResult({"NetworkInterfaceId": interface.id, "AssignedPrivateIpAddresses": told})


def _claim(
    backend: NetworkInterfaceBackend, interface: NetworkInterface, address: str, *, allowed: bool
) -> None:
    holders = [e for e in backend.enis.values() if e.subnet.id == interface.subnet.id]
    holder = next((each for each in holders if address in addresses_of(each)), None)
    if holder is None:
        interface.subnet.request_ip(address, instance=interface.instance)
    elif not allowed or address == holder.private_ip_address:
        raise refusal(
            "InvalidParameterValue",
            f"[{address}] have been assigned, but could not be reassigned because they are primary or "
            "reassignment was not allowed.",
        )
    else:
        _bring(elastic_addresses_of(holder).get(address), interface)
        _remove(holder, address)
    _append(interface, [address])


def _bring(elastic: Any, interface: NetworkInterface) -> None:
    if elastic is not None:
        elastic.eni, elastic.instance = interface, interface.instance


@corrects(ElasticNetworkInterfaces, "unassign_private_ip_addresses")
def unassign_private_ip_addresses(_: Any, self: Any) -> EmptyResult:
    """Takes secondary addresses off; an elastic address on one is free then. Raises InvalidParameterValue for
    the primary address and for one that is not there."""
    interface = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
    named = [str(each) for each in self._get_param("PrivateIpAddresses", [])]
    if strangers := sorted(set(named) - set(addresses_of(interface)[1:])):
        raise refusal(
            "InvalidParameterValue",
            f"Some of {strangers} are not secondary private addresses of interface {interface.id}",
        )
    for each in named:
        if elastic := elastic_addresses_of(interface).get(each):
            leave(elastic)
        _remove(interface, each)
        interface.subnet.del_subnet_ip(each)
    return EmptyResult()


def _listed(interface: NetworkInterface) -> list[dict[str, Any]]:
    elastic = elastic_addresses_of(interface)
    listed: list[dict[str, Any]] = []
    for address in addresses_of(interface):
        primary = address == interface.private_ip_address
        listed.append({"PrivateIpAddress": address, "Primary": primary})
        if primary and interface.public_ip:
            listed[-1]["Association"] = interface.association
        elif address in elastic:
            listed[-1]["Association"] = _association(elastic[address])
    return listed


def _association(elastic: Any) -> dict[str, Any]:
    return {
        "AllocationId": elastic.allocation_id,
        "AssociationId": elastic.association_id,
        "IpOwnerId": elastic.ec2_backend.account_id,
        "PublicDnsName": generate_dns_from_ip(elastic.public_ip),
        "PublicIp": elastic.public_ip,
    }


@corrects_property(NetworkInterface, "association")
def association(original: Any, self: Any) -> dict[str, Any] | None:
    """Nothing where there is none; moto shows an empty one."""
    return original(self) or None


# DescribeInstances and DescribeNetworkInterfaces, by the names of their shapes.
replaces(NetworkInterface, "instance_private_ip_address_list", property(_listed))
replaces(NetworkInterface, "network_interface_private_ip_address_list", property(_listed))
