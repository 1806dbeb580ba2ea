"""Every fault by name, with what natkeeper promises for it."""

from __future__ import annotations

from lab.experiments import fault_injection
from lab.experiments.experiment import Experiment
from lab.experiments.hangs import HANGS
from lab.experiments.links import LINKS
from lab.experiments.no_room import NO_ROOM
from lab.experiments.planned import PLANNED
from lab.experiments.preconditions import with_image, with_spare, with_standby
from lab.experiments.promise import by_sweep, nothing_lost, stays, within, within_a_boot
from lab.experiments.recovery import guarded, kept, replaced
from lab.experiments.unknowns import variants

TOLD = ("check-on", "route-deleted", "route-hijacked")  # of what a trail tells
SHORT = 8.0  # seconds in a minute where only time must pass
OWN_IMAGE, STANDBY = {"OwnImage": "true"}, {"Standby": "zone"}

_FAULTS = {
    fault.name: fault
    for fault in (
        Experiment(
            "terminate",
            "The node is terminated, a neighbour zone has one",
            "Somebody ends the node of the private host's zone. The neighbour's node takes the route at "
            "once; a new node of the zone takes it back when it has proved itself.",
            fault_injection.terminate,
            replaced,
            within(2),
        ),
        Experiment(
            "terminate-alone",
            "The only node is terminated",
            "A stack of one zone: nobody can take over, so packets wait until a new node has booted.",
            fault_injection.terminate,
            replaced,
            within_a_boot(2),
            zones=1,
        ),
        Experiment(
            "terminate-alone-own-image",
            "The only node is terminated, and the stack has an image of its own",
            "The new node boots from an image that has everything: a service in it makes the rules, long "
            "before cloud-init has ended.",
            fault_injection.terminate,
            replaced,
            within(12),
            begin=with_image,
            parameters=OWN_IMAGE,
            zones=1,
        ),
        Experiment(
            "terminate-alone-mirror-down",
            "The same, and the mirror of packages does not answer",
            "A node from an image of its own needs no package.",
            fault_injection.terminate_without_mirror,
            replaced,
            within(12),
            mend=fault_injection.mirror_up,
            begin=with_image,
            parameters=OWN_IMAGE,
            zones=1,
        ),
        Experiment(
            "terminate-alone-spare",
            "The only node is terminated, a stopped spare stands by, the mirror of packages is down",
            "`Spare=stopped`: it is started, has its packages, and is given route and address as it boots.",
            fault_injection.terminate_without_mirror,
            replaced,
            within(9),
            mend=fault_injection.mirror_up,
            begin=with_spare,
            zones=1,
            parameters={"Spare": "stopped"},
        ),
        Experiment(
            "terminate-standby",
            "The node is terminated, a standby of its zone runs beside it",
            "`Standby=zone`, in a stack of one zone: it takes over at once, and another is launched.",
            fault_injection.terminate,
            replaced,
            within(2),
            begin=with_standby,
            zones=1,
            parameters=STANDBY,
        ),
        Experiment(
            "stop",
            "The node is stopped",
            "Somebody stops the instance. natkeeper replaces it as if it had died.",
            fault_injection.stop,
            replaced,
            within(2),
        ),
        *HANGS,
        Experiment(
            "flush-rules",
            "The node's iptables rules are flushed",
            "A person or a program empties the tables. The guard on the node loads them again, by itself.",
            fault_injection.inside("flush-rules", "iptables -F, in filter, nat and mangle"),
            guarded,
            within(2),
        ),
        Experiment(
            "forwarding-off",
            "IP forwarding is turned off on the node",
            "The guard turns it on again, without any API.",
            fault_injection.inside("forwarding-off", "ip_forward = 0"),
            guarded,
            within(2),
        ),
        Experiment(
            "check-on",
            "The source/dest check is turned on",
            "AWS drops what the node forwards, and sends no event. The next sweep turns the check off.",
            fault_injection.check_on,
            kept,
            by_sweep(65),
        ),
        Experiment(
            "route-deleted",
            "The private table's default route is deleted",
            "No event tells of it. The next sweep makes the route again.",
            fault_injection.delete_route,
            kept,
            by_sweep(65),
        ),
        Experiment(
            "route-hijacked",
            "The default route is pointed elsewhere",
            "Somebody points it at the private host itself, which forwards nothing. The next sweep points it "
            "back.",
            fault_injection.hijack_route,
            kept,
            by_sweep(65),
        ),
        Experiment(
            "address-taken",
            "The zone's elastic address is put on another instance",
            "The node goes on with an address that AWS gave it; the next sweep takes the elastic one back.",
            fault_injection.take_address,
            kept,
            by_sweep(65),
        ),
        Experiment(
            "egress-revoked",
            "The nodes' security group loses its egress rule",
            "All nodes are cut off alike, and a new one would be: none is replaced. A person puts it back.",
            fault_injection.revoke_egress,
            kept,
            stays(),
            mend=fault_injection.authorize_egress,
            watch=4,
            minute=SHORT,
        ),
        Experiment(
            "agent-dead",
            "The SSM agent of the node dies",
            "Packets flow. Silence of one signal is not death: nothing is done.",
            fault_injection.silence_agent,
            kept,
            nothing_lost(),
            mend=fault_injection.revive_agent,
            watch=6,
            minute=SHORT,
        ),
        Experiment(
            "targets-down",
            "Everything that the probe asks outside is down",
            "All nodes fail the same targets, so the targets are down, not the nodes: nothing is done.",
            fault_injection.targets_down,
            kept,
            nothing_lost(),
            mend=fault_injection.targets_up,
            watch=6,
            minute=SHORT,
        ),
        *LINKS,
        *PLANNED,
        Experiment(
            "slow-boot",
            "The node is terminated, and the new one takes three times as long to boot",
            "The neighbour carries the packets meanwhile.",
            fault_injection.terminate_slow,
            replaced,
            within(2),
            mend=fault_injection.usual_pace,
        ),
        *NO_ROOM,
        Experiment(
            "throttled",
            "The node is terminated while the API is throttled",
            "Six calls are refused, to a caller that tries again. A failed read is never an empty world.",
            fault_injection.terminate_throttled,
            replaced,
            within(15),
            mend=fault_injection.unthrottle,
        ),
        Experiment(
            "controller-down",
            "The controller is down for ten minutes",
            "No event and no schedule reaches it. Packets need neither; a minute lasts 8 s here.",
            fault_injection.disable_controller,
            kept,
            nothing_lost(),
            mend=fault_injection.enable_controller,
            watch=10,
            minute=SHORT,
        ),
    )
}

_TOLD = (_FAULTS[name].told_by_a_trail(within(15)) for name in TOLD)
FAULTS = _FAULTS | {fault.name: fault for fault in (*_TOLD, *variants(_FAULTS))}
