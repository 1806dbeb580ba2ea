"""Builders of what the picture shows. The defaults are well: a zone that its own node serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from natkeeper.core.model import InstanceId, RouteTableId, ZoneName
from natkeeper.core.picture.overview import NodeView, Overview, State, Way, ZoneView
from tests.builders import NOW


def a_node(number: int = 1, **changes: Any) -> NodeView:
    """A healthy node, five hours old."""
    name = InstanceId(f"i-{number:017x}")
    view = NodeView(name, "healthy", "running", timedelta(hours=5), "t4g.nano", f"203.0.113.{number}")
    return replace(view, **changes)


def tables(*numbers: int) -> tuple[RouteTableId, ...]:
    """Route tables by their number."""
    return tuple(RouteTableId(f"rtb-{number}") for number in numbers)


def a_way(works: bool | None = True, to: NodeView | str | None = None, **changes: Any) -> Way:
    """Where one table leads: to a node, or to what is not a node of this stack."""
    to = to or a_node()
    name, node = (to, None) if isinstance(to, str) else (str(to.id), to.id)
    judged = {} if isinstance(to, str) else {"verdict": to.verdict, "lifecycle": to.lifecycle}
    return replace(Way(name, works, node, tables=tables(1), **judged), **changes)


def a_zone(name: str = "eu-west-1a", state: State = State.SERVED, **changes: Any) -> ZoneView:
    """A zone whose two tables lead to its only node."""
    way = a_way(tables=tables(1, 2))
    return replace(ZoneView(ZoneName(name), state, (way,), (a_node(),)), **changes)


def stack(*zones: ZoneView, **changes: Any) -> Overview:
    """A stack of these zones, or of one that is well."""
    return replace(Overview("natkeeper", NOW, zones or (a_zone(),)), **changes)
