"""Which node or zone an order means, now that the zones are known; or every reason why it means none."""

from __future__ import annotations

from datetime import datetime

from natkeeper.core.intake.commands import Entry, SetWish, Succession
from natkeeper.core.model import EVERYWHERE, UP, Node, Observed, Order, ZoneName


class RefusalError(ValueError):
    """A command cannot be obeyed as things are; every reason in one message."""


def entry_of(asked: Succession | SetWish, at: datetime, observed: Observed) -> Entry:
    """What to write down of an order that was given then. Raises RefusalError."""
    mistakes = [] if asked.zone is None else _no_zone(asked.zone, observed)
    if isinstance(asked, SetWish):
        _raise(mistakes)
        return Entry(asked.zone or EVERYWHERE, asked.wish)
    node = _serving(asked.zone, observed)
    if asked.instance is not None:
        mistakes += _no_node(asked, observed)
    if asked.served_by is not None and not mistakes:
        mistakes += _not_served_by(asked, node)
    _raise(mistakes)
    if asked.instance is not None:
        return Entry(asked.instance, Order(asked.verb, at))
    if node is None:
        raise RefusalError(f"no node of its own serves {asked.zone}: name the instance that is meant")
    _raise(_not_up(node))
    return Entry(node.id, Order(asked.verb, at))


def _raise(mistakes: list[str]) -> None:
    if mistakes:
        raise RefusalError("; ".join(mistakes))


def _no_zone(name: ZoneName, observed: Observed) -> list[str]:
    zones = [zone.name for zone in observed.zones]
    return [] if name in zones else [f"zone {name} is none of this stack's: {', '.join(zones)}"]


def _no_node(asked: Succession, observed: Observed) -> list[str]:
    """What is wrong with the instance that was named."""
    nodes: dict[str, Node] = {node.id: node for node in observed.nodes()}
    node = nodes.get(str(asked.instance))
    if node is None:
        listed = ", ".join(f"{each.id} ({each.zone})" for each in nodes.values()) or "it has none"
        return [f"instance {asked.instance} is no node of this stack: {listed}"]
    if asked.zone and node.zone != asked.zone:
        return [f"instance {node.id} is of {node.zone}, not of {asked.zone}"]
    return _not_up(node)


def _not_served_by(asked: Succession, server: Node | None) -> list[str]:
    """Why the zone is not as the person saw it."""
    if asked.zone is None:
        return [f"served_by {asked.served_by} says who serves a zone: name the zone, too"]
    if server is not None and server.id == asked.served_by:
        return []
    now = f"{server.id} does" if server else "no node of its own does"
    return [f"{asked.served_by} does not serve {asked.zone} any more, {now}: look again"]


def _not_up(node: Node) -> list[str]:
    """A node that sleeps serves nobody: the order would be carried out when it wakes, hours later."""
    up = node.lifecycle in UP
    return [] if up else [f"instance {node.id} is {node.lifecycle}: only one that runs can be succeeded"]


def _serving(name: ZoneName | None, observed: Observed) -> Node | None:
    """The zone's own node that its routes lead to."""
    for zone in observed.readable():
        targets = {route.target for route in zone.routes}
        for node in zone.nodes:
            if zone.name == name and node.interface in targets:
                return node
    return None
