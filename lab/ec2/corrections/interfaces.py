"""Interfaces: one truth for the source/dest check, and no deletion while attached."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend
from moto.ec2.models.instances import Instance
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces
from moto.ec2.responses.instances import InstanceResponse

from lab.ec2.corrections.addresses import elastic_address_of, elastic_addresses_of, renew
from lab.ec2.corrections.correction import corrects, replaces
from lab.ec2.corrections.lifecycle import GONE, give_back
from lab.ec2.refusal import refusal, wrong_state


def _get_check(self: Instance) -> bool:
    primary = getattr(self, "nics", {}).get(0)
    return bool(primary.source_dest_check) if primary else True


def _set_check(self: Instance, value: Any) -> None:
    primary = getattr(self, "nics", {}).get(0)
    if primary:
        primary.source_dest_check = str(value).lower() == "true"


# moto keeps one flag on the instance and one on the interface. On AWS there is only the interface's.
replaces(Instance, "source_dest_check", property(_get_check, _set_check))


@corrects(InstanceResponse, "modify_instance_attribute")
def modify_instance_attribute(original: Any, self: Any) -> Any:
    """Raises IncorrectInstanceState for the dead; InvalidInstanceID for two interfaces' checks."""
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    if instance._state.name in GONE:
        raise wrong_state(instance.id, "modified")
    if self._get_param("SourceDestCheck.Value") is not None and len(instance.nics) > 1:
        raise refusal(
            "InvalidInstanceID",
            f"There are multiple interfaces attached to instance '{instance.id}'. "
            "Please specify an interface ID for the operation instead.",
        )
    return original(self)


@corrects(NetworkInterfaceBackend, "delete_network_interface")
def delete_network_interface(original: Any, self: Any, eni_id: str) -> None:
    """Its addresses are free again. Refuses an attached interface with InvalidParameterValue."""
    interface = self.enis.get(eni_id)
    if interface is not None and interface.instance is not None:
        raise refusal("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
    original(self, eni_id)
    give_back(interface)


@corrects(NetworkInterfaceBackend, "attach_network_interface")
def attach_network_interface(
    original: Any, self: Any, eni_id: str, instance_id: str, device_index: int
) -> Any:
    """Refuses one that is attached already, be it to an instance that is ending."""
    interface = self.enis.get(eni_id)
    if interface is not None and interface.instance is not None:
        raise refusal("InvalidNetworkInterface.InUse", f"Interface {eni_id} is in use.")
    return original(self, eni_id, instance_id, device_index)


@corrects(ElasticNetworkInterfaces, "modify_network_interface_attribute")
def modify_network_interface_attribute(original: Any, self: Any) -> ActionResult:
    """Takes an automatic public address away, or assigns one (API reference, AssociatePublicIpAddress), which
    moto does not know."""
    wanted = self._get_param("AssociatePublicIpAddress")
    if wanted is None:
        result: ActionResult = original(self)
        return result
    self.error_on_dryrun()
    interface = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
    interface.public_ip_auto_assign = str(wanted).lower() == "true"
    if interface.public_ip_auto_assign:
        renew(interface)
    elif elastic_address_of(interface) is None:
        interface.public_ip = None
    return EmptyResult()


@corrects(NetworkInterface, "stop")
def stop(original: Any, self: NetworkInterface) -> None:
    """Drops an auto-assigned address but keeps an elastic one."""
    if elastic_address_of(self) is None:
        original(self)


@corrects(NetworkInterface, "start")
def start(original: Any, self: NetworkInterface) -> None:
    """Auto-assigns an address unless an elastic one is there, be it on a secondary private address."""
    if not elastic_addresses_of(self):
        original(self)
