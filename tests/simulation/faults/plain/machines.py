"""What befalls machines: they end, hang, lose their rules, or are to be taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from natkeeper.core.model import Doom, DoomKind
from tests.simulation.faults.fault import HOURS, Fault, serving
from tests.simulation.life.life import Life
from tests.world.instances import Instance

TAKEN = "Server.SpotInstanceTermination: Spot instance termination"


def _to_node(act: Callable[[Life, Instance], None]) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        if instance := serving(life, zone):
            act(life, instance)

    return strike


def hang(life: Life, instance: Instance) -> None:
    instance.guest.hung = True
    life.world.instances.check_status(instance)


def hang_for_a_while(life: Life, instance: Instance) -> None:
    """A reboot, or a host that recovers: back by itself after a minute and a half."""
    hang(life, instance)

    def recover() -> None:
        instance.guest.hung = False
        life.struck("it has recovered")
        life.world.instances.check_status(instance)

    life.world.agenda.after(90.0, recover)


def _flush(life: Life, instance: Instance) -> None:
    instance.guest.flushed = True
    _guard(life, instance)


def _stop_forwarding(life: Life, instance: Instance) -> None:
    instance.guest.forwarding = False
    _guard(life, instance)


def _guard(life: Life, instance: Instance) -> None:
    """The node's own guard puts it right, if it lives."""
    if instance.guest.guarded:
        life.world.agenda.after(life.timings.guard, lambda: _guarded(life, instance))


def _guarded(life: Life, instance: Instance) -> None:
    instance.guest.repair(life.at)
    life.struck("the guard has put it right")


def _flush_guard_dead(life: Life, instance: Instance) -> None:
    instance.guest.guarded, instance.guest.flushed = False, True


def _break_for_good(life: Life, instance: Instance) -> None:
    """No repair helps."""
    _flush_guard_dead(life, instance)
    instance.guest.stubborn = True


def kill_agent(life: Life, instance: Instance) -> None:
    instance.guest.agent = False


def _check(life: Life, instance: Instance) -> None:
    life.world.instances.write(instance, source_dest_check=True)
    life.world.bus.tell_of("ModifyNetworkInterfaceAttribute", sourceDestCheck={"value": True})


def _interrupt(life: Life, instance: Instance) -> None:
    """Two minutes' warning, then it is taken."""
    detail = {"instance-id": instance.node.id, "instance-action": "terminate"}
    life.world.bus.put("aws.ec2", "EC2 Spot Instance Interruption Warning", detail)
    life.world.agenda.after(120.0, lambda: life.world.instances.end(instance, TAKEN))


def _rebalance(life: Life, instance: Instance) -> None:
    detail = {"instance-id": instance.node.id}
    life.world.bus.put("aws.ec2", "EC2 Instance Rebalance Recommendation", detail)


def _retire(life: Life, instance: Instance) -> None:
    """Announced for in two hours, then stopped."""
    at = life.world.agenda() + timedelta(hours=2)
    life.world.instances.announce_doom(instance, Doom(DoomKind.RETIREMENT, at))
    life.world.agenda.after(2 * HOURS, lambda: life.world.instances.halt(instance))


BROKEN = (
    Fault("node terminated", _to_node(lambda life, i: life.world.instances.end(i)), 1.0, group="sees"),
    Fault("node stopped", _to_node(lambda life, i: life.world.instances.halt(i)), 0.5, group="sees"),
    Fault("node hangs", _to_node(hang), 1.0, group="sees"),
    Fault("node hangs for 90 s", _to_node(hang_for_a_while), 1.0, group="none"),
    Fault("rules flushed", _to_node(_flush), 0.5),
    Fault("forwarding off", _to_node(_stop_forwarding), 0.5),
    Fault("rules flushed, guard dead", _to_node(_flush_guard_dead), 0.5),
    Fault("rules broken for good", _to_node(_break_for_good), 0.25),
    Fault("agent dead", _to_node(kill_agent), 0.5, group="none"),
    Fault("check on", _to_node(_check), 0.5),
)  # fmt: skip
LEAVING = (
    Fault("spot interruption", _to_node(_interrupt), 0.6, group="sees", source="below 5 % a month (Spot Advisor)"),
    Fault("rebalance recommendation", _to_node(_rebalance), 0.5, group="none"),
    Fault("retirement", _to_node(_retire), 0.25, group="sees"),
)  # fmt: skip
