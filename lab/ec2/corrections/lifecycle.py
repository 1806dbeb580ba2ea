"""An instance's states take time, and every change is an event.

moto jumps from `running` to `terminated`, keeps the interfaces and addresses of the dead, and tells nobody.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceState

from lab.ec2.corrections.correction import corrects, corrects_property
from lab.ec2.event_bus.events import state_change
from lab.ec2.refusal import no_room, refusal, wrong_state
from lab.ec2.world import World, current

CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
GONE = ("shutting-down", "terminated")
RETRY_SECONDS = 1.0


def enter_state(instance: Instance, state: str) -> None:
    """Moves an instance into a state and sends its event."""
    instance._state = InstanceState(state, CODES[state])
    current().emit(state_change(instance.id, state, instance.region_name, instance.ec2_backend.account_id))


def begin(instance: Instance, *, anew: bool = False) -> None:
    """Starts the way from `pending` to `running`, to a registered agent and to the end of user data; `anew`
    when the disk has booted before."""
    world = current()
    timings = world.timings

    def running() -> None:
        if instance._state.name == "pending":
            enter_state(instance, "running")
            world.guest.started(instance.id, instance.image_id or "")
            here = instance._state
            world.clock.later(timings.registration, lambda: _register(world, instance, here))
            world.later(timings.restart if anew else timings.services, served)
            world.later(timings.restart if anew else timings.boot, booted)

    def served() -> None:
        if instance._state.name == "running":
            world.guest.served(instance.id)

    def booted() -> None:
        if instance._state.name == "running":
            world.guest.booted(instance.id)

    enter_state(instance, "pending")
    world.later(timings.starting if anew else timings.pending, running)


def _register(world: World, instance: Instance, since: InstanceState) -> None:
    """Registers the agent once it reaches SSM; it tries again for as long as the instance stays running."""
    # Not under the world's lock: the answer may take a second.
    connected = instance._state is since and world.guest.connected(instance.id)
    with world.lock:
        if instance._state is not since:
            return
        if connected:
            world.registered.add(instance.id)
        else:
            world.clock.later(RETRY_SECONDS, lambda: _register(world, instance, since))


def _end(instance: Instance) -> None:
    world = current()
    world.registered.discard(instance.id)
    world.guest.stopped(instance.id)


@corrects(Instance, "terminate")
def terminate(original: Any, self: Instance) -> InstanceState:
    """Shuts down, then terminates, then lets go of interfaces and addresses. Repeating it changes nothing."""
    before = copy.copy(self._state)
    if before.name in GONE:
        return before
    world = current()

    def finish() -> None:
        interfaces = list(self.nics.values())
        self.nics = {}
        reason = self.state_reason
        original(self)
        if reason.code.startswith("Server."):  # AWS ended it; moto says that its user did
            self.state_reason = reason
        self._subnet_id = None
        self.security_groups = []
        enter_state(self, "terminated")
        world.later(world.timings.interface_release, lambda: _release(interfaces))

    enter_state(self, "shutting-down")
    _end(self)
    world.later(world.timings.shutting_down, finish)
    return before


def _release(interfaces: list[NetworkInterface]) -> None:
    for interface in interfaces:
        backend = interface.ec2_backend
        for address in backend.addresses:
            if address.eni is interface:
                address.eni = address.instance = address.association_id = None
        interface.public_ip = None
        interface.instance = None
        interface.attachment_id = None
        interface.status = "available"
        if interface.delete_on_termination:
            backend.enis.pop(interface.id, None)
            give_back(interface)


def give_back(interface: NetworkInterface) -> None:
    """Its private addresses are its subnet's again."""
    for private in interface.private_ip_addresses:
        interface.subnet.del_subnet_ip(private["PrivateIpAddress"])


@corrects(Instance, "stop")
def stop(original: Any, self: Instance) -> InstanceState:
    """Stops in two steps and keeps the interface. Raises IncorrectInstanceState for a dead instance, and
    UnsupportedOperation for a one-time spot instance."""
    before = copy.copy(self._state)
    if self.lifecycle == "spot":
        # moto keeps no request beside the instance: every spot instance here is a one-time one.
        raise refusal(
            "UnsupportedOperation",
            f"You can't stop the Spot Instance '{self.id}' because it is associated with a one-time "
            "Spot Instance request. You can only stop Spot Instances associated with persistent requests.",
        )
    if before.name in (*GONE, "pending"):
        raise wrong_state(self.id, "stopped")
    if before.name in ("stopping", "stopped"):
        return before
    world = current()

    def finish() -> None:
        if self._state.name == "stopping":
            original(self)
            enter_state(self, "stopped")

    enter_state(self, "stopping")
    _end(self)
    world.later(world.timings.stopping, finish)
    return before


@corrects(Instance, "start")
def start(original: Any, self: Instance) -> InstanceState:
    """Starts a stopped instance and renews its launch time. Raises IncorrectInstanceState unless it is
    stopped or running, and InsufficientInstanceCapacity."""
    before = copy.copy(self._state)
    if before.name in ("running", "pending"):
        return before
    if before.name != "stopped":
        raise wrong_state(self.id, "started")
    if self.instance_type in current().faults.no_capacity:
        raise no_room(self.instance_type)
    original(self)
    self.launch_time = utcnow()
    begin(self, anew=True)
    return before


@corrects(Instance, "reboot")
def reboot(_: Any, self: Instance) -> None:
    """Reboots without a change of state and without an event, as AWS does."""
    if self._state.name != "running":
        raise wrong_state(self.id, "rebooted")


def _of_a_living_instance(original: Any, self: Instance) -> Any:
    # A new instance asks for its subnet before it has interfaces; a terminated one has lost them.
    lost = getattr(self, "nics", None) == {} and self._state.name in GONE
    return None if lost else original(self)


# DescribeInstances shows a terminated instance without interfaces, addresses, subnet and VPC.
for name in (
    "private_ip",
    "private_ip_address",
    "private_dns_name",
    "public_ip",
    "public_ip_address",
    "subnet_id",
    "vpc_id",
):
    corrects_property(Instance, name)(_of_a_living_instance)
