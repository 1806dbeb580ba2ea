"""When the stack has recovered, or has come to where it was wanted."""

from __future__ import annotations

from lab.experiments.experiment import Before
from lab.stage.stage import Stage


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


def at_the_last_resort(stage: Stage, _before: Before) -> bool:
    """The first zone's route leads to a NAT gateway, and packets are answered."""
    return stage.zones()[0].target.startswith("nat-") and stage.quiet_since(1.0)


def back_from_the_last_resort(stage: Stage, _before: Before) -> bool:
    """All well, no NAT gateway holds an address any more, and packets are answered."""
    return stage.served() and not stage.view.gateways() and stage.quiet_since(1.0)


def asleep(stage: Stage, _before: Before) -> bool:
    """The first zone's nodes are off or gone."""
    return stage.asleep()


def awake(stage: Stage, _before: Before) -> bool:
    """All well, with whatever nodes, and packets are answered."""
    return stage.served() and stage.quiet_since(1.0)


def taken(stage: Stage, before: Before) -> bool:
    """All well with another node, and AWS has taken the old one."""
    return replaced(stage, before) and before.node not in stage.view.nodes_by_id()
