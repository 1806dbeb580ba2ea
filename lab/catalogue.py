"""Every fault by name, with what natkeeper promises for it."""

from __future__ import annotations

from lab import strikes
from lab.fault import (
    Before,
    Fault,
    by_sweep,
    nothing_lost,
    only_while_moving,
    stays,
    within,
    within_a_boot,
)
from lab.stage import Stage

SHORT = 15.0  # seconds in a minute where only time must pass


def well(stage: Stage, _before: Before) -> bool:
    """Every zone is served by its own verified node, with its address and an active route."""
    return all(zone.well for zone in stage.zones())


def replaced(stage: Stage, before: Before) -> bool:
    """All well, and the first zone has another node."""
    now = stage.zones()
    return all(zone.well for zone in now) and now[0].instance != before.node


def all_replaced(stage: Stage, before: Before) -> bool:
    """All well, and every zone has another node."""
    now = stage.zones()
    changed = all(a.instance != b.instance for a, b in zip(now, before.zones, strict=True))
    return changed and all(zone.well for zone in now)


def kept(stage: Stage, before: Before) -> bool:
    """All well, with the same nodes, and packets are answered."""
    now = stage.zones()
    same = all(a.instance == b.instance for a, b in zip(now, before.zones, strict=True))
    return same and all(zone.well for zone in now) and stage.quiet_since(1.0)


def guarded(stage: Stage, before: Before) -> bool:
    """The node's guard has put it right, and packets are answered."""
    return stage.repairs(before.node) > before.repairs and stage.quiet_since(1.0)


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "terminate",
            "The node is terminated, a neighbour zone has one",
            "Somebody ends the node of the private host's zone. The neighbour's node takes the route at "
            "once; a new node of the zone takes it back when it has proved itself.",
            strikes.terminate,
            replaced,
            within(2),
        ),
        Fault(
            "terminate-alone",
            "The only node is terminated",
            "A stack of one zone: nobody can take over, so packets wait until a new node has booted.",
            strikes.terminate,
            replaced,
            within_a_boot(2),
            zones=1,
        ),
        Fault(
            "stop",
            "The node is stopped",
            "Somebody stops the instance. natkeeper replaces it as if it had died.",
            strikes.stop,
            replaced,
            within(2),
        ),
        Fault(
            "hang",
            "The node hangs: it drops every packet, and the API says running",
            "No event tells of it. AWS's status check fails after its own time, and the agent is silent: two "
            "signals, and the node is replaced.",
            strikes.inside("hang", "the kernel hangs"),
            replaced,
            by_sweep(270),
        ),
        Fault(
            "hang-alone",
            "The only node hangs",
            "The same with nobody to take over: the address moves to a new node.",
            strikes.inside("hang", "the kernel hangs"),
            replaced,
            by_sweep(330),
            zones=1,
        ),
        Fault(
            "panic",
            "The node's kernel panics",
            "All its processes are gone, its interface is dead, the API says running.",
            strikes.inside("panic", "kernel panic"),
            replaced,
            by_sweep(270),
        ),
        Fault(
            "flush-rules",
            "The node's iptables rules are flushed",
            "A person or a program empties the tables. The guard on the node loads them again, by itself.",
            strikes.inside("flush-rules", "iptables -F, in filter, nat and mangle"),
            guarded,
            within(2),
        ),
        Fault(
            "forwarding-off",
            "IP forwarding is turned off on the node",
            "The guard turns it on again, without any API.",
            strikes.inside("forwarding-off", "ip_forward = 0"),
            guarded,
            within(2),
        ),
        Fault(
            "check-on",
            "The source/dest check is turned on",
            "AWS drops what the node forwards, and sends no event. The next sweep turns the check off.",
            strikes.check_on,
            kept,
            by_sweep(65),
        ),
        Fault(
            "route-deleted",
            "The private table's default route is deleted",
            "No event tells of it. The next sweep makes the route again.",
            strikes.delete_route,
            kept,
            by_sweep(65),
        ),
        Fault(
            "route-hijacked",
            "The default route is pointed elsewhere",
            "Somebody points it at the internet gateway, which drops private sources. The next sweep points "
            "it back.",
            strikes.hijack_route,
            kept,
            by_sweep(65),
        ),
        Fault(
            "address-taken",
            "The zone's elastic address is put on another instance",
            "The node goes on with an address that AWS gave it; the next sweep takes the elastic one back.",
            strikes.take_address,
            kept,
            by_sweep(65),
        ),
        Fault(
            "egress-revoked",
            "The nodes' security group loses its egress rule",
            "All nodes are cut off alike, and a new one would be: none is replaced. A person puts it back.",
            strikes.revoke_egress,
            kept,
            stays(),
            mend=strikes.authorize_egress,
            watch=4,
            minute=SHORT,
        ),
        Fault(
            "agent-dead",
            "The SSM agent of the node dies",
            "Packets flow. Silence of one signal is not death: nothing is done.",
            strikes.silence_agent,
            kept,
            nothing_lost(),
            mend=strikes.revive_agent,
            watch=6,
            minute=SHORT,
        ),
        Fault(
            "targets-down",
            "Everything that the probe asks outside is down",
            "All nodes fail the same targets, so the targets are down, not the nodes: nothing is done.",
            strikes.targets_down,
            kept,
            nothing_lost(),
            mend=strikes.targets_up,
            watch=6,
            minute=SHORT,
        ),
        Fault(
            "spot-notice",
            "A spot interruption warning",
            "AWS takes the node in two minutes. Before that a successor is built, proved, and takes over.",
            strikes.spot_notice,
            replaced,
            only_while_moving(0.5),
        ),
        Fault(
            "retirement",
            "The node's host is to be retired",
            "AWS announces it two weeks ahead; a successor takes over now.",
            strikes.retirement,
            replaced,
            only_while_moving(0.5),
        ),
        Fault(
            "template-update",
            "The stack is updated with another port forward",
            "Every node is succeeded, one zone after the other.",
            strikes.update_template,
            all_replaced,
            only_while_moving(0.5),
        ),
        Fault(
            "replace",
            "A planned replacement, ordered by event",
            "A successor is built and proved beside the node, then takes address and route.",
            strikes.replace_node,
            replaced,
            only_while_moving(0.5),
        ),
        Fault(
            "replace-alone",
            "A planned replacement of the only node",
            "The same in a stack of one zone.",
            strikes.replace_node,
            replaced,
            only_while_moving(0.5),
            zones=1,
        ),
        Fault(
            "failover",
            "A manual failover by an event",
            "The neighbour's node takes the route now; a new node of the zone takes it back.",
            strikes.send("failover"),
            replaced,
            only_while_moving(0.5),
        ),
        Fault(
            "slow-boot",
            "The node is terminated, and the new one takes three times as long to boot",
            "The neighbour carries the packets meanwhile.",
            strikes.terminate_slow,
            replaced,
            within(2),
            mend=strikes.usual_pace,
        ),
        Fault(
            "no-capacity",
            "The node is terminated, and its instance type is sold out",
            "The neighbour carries the packets; the next type of the list is launched.",
            strikes.terminate_without_capacity,
            replaced,
            within(2),
            mend=strikes.capacity_back,
        ),
        Fault(
            "throttled",
            "The node is terminated while the API is throttled",
            "Six calls are refused, to a caller that tries again. A failed read is never an empty world.",
            strikes.terminate_throttled,
            replaced,
            within(10),
            mend=strikes.unthrottle,
        ),
        Fault(
            "controller-down",
            "The controller is down for ten minutes",
            "No event and no schedule reaches it. Packets need neither; a minute lasts 15 s here.",
            strikes.disable_controller,
            kept,
            nothing_lost(),
            mend=strikes.enable_controller,
            watch=10,
            minute=SHORT,
        ),
    )
}
