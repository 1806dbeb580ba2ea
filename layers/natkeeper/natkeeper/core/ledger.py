"""The ledger of node hours: which node ran, or lay stopped, from when to when. Pure.

A span is opened or closed only when a node's state changes, so a calm sweep changes nothing here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from natkeeper.core.last_resort import NatGateway, paid_hours
from natkeeper.core.model import InstanceId, Lifecycle, Node, Observed, Unreadable, ZoneName

KEPT = timedelta(days=8)
"""So long a closed span stays: the report writes days down every day, and may miss a week of them."""
MOST = 120
"""So many spans at most, the newest: the memory is one small item, however hard it storms."""
GATEWAY = "nat_gateway_hour"
"""In place of an instance type: the span is of a NAT gateway that was a last resort; it is so priced."""
_STOPPED = (Lifecycle.STOPPING, Lifecycle.STOPPED)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a node's life: running (its hours and its disk cost), or stopped (only its disk does).
    `sent` is the last count of bytes since its boot that was known when the span was closed."""

    node: InstanceId
    zone: ZoneName
    instance_type: str
    spot: bool
    running: bool
    started: datetime
    ended: datetime | None = None
    sent: int | None = None

    def hours(self, since: datetime, until: datetime) -> float:
        """The hours of it that lie between two times; one still open lasts for ever."""
        end = until if self.ended is None else min(self.ended, until)
        return max((end - max(self.started, since)).total_seconds(), 0.0) / 3600


def keep(spans: tuple[Span, ...], observed: Observed, now: datetime) -> tuple[Span, ...]:
    """The spans after one look at the world: the very same ones when no node changed its state."""
    seen = {node.id: node for node in observed.nodes() if _lasts(node)}
    kept = tuple(_closed(s, seen.get(s.node), now) if _is_over(s, seen, observed) else s for s in spans)
    opened = tuple(_open(node, kept, now) for node in seen.values() if not _is_open(node, kept))
    if kept == spans and not opened:
        return spans
    return _pruned((*kept, *opened), now)


def keep_gateways(
    spans: tuple[Span, ...], there: Collection[NatGateway], failed: Collection[str], now: datetime
) -> tuple[Span, ...]:
    """The same of the NAT gateways that are last resorts. An hour that was begun is paid whole, and one that
    `failed` never was."""
    living, known = {str(gateway.id) for gateway in there}, {str(span.node) for span in spans}

    def kept(span: Span) -> Span:
        if span.instance_type != GATEWAY or span.ended is not None or span.node in living:
            return span
        paid = 0 if span.node in failed else paid_hours(span.started, now)
        return replace(span, ended=span.started + timedelta(hours=paid))

    new = (gateway for gateway in there if gateway.id not in known)
    opened = tuple(
        Span(InstanceId(g.id), g.zone, GATEWAY, spot=False, running=True, started=g.created_at) for g in new
    )
    changed = tuple(map(kept, spans))
    return spans if changed == spans and not opened else _pruned((*changed, *opened), now)


def last_sent(node: Node) -> int | None:
    """The newest count of bytes that the node has told of."""
    return next((probe.sent for probe in reversed(node.probes) if probe.sent is not None), None)


def _lasts(node: Node) -> bool:
    return node.lifecycle is Lifecycle.RUNNING or node.lifecycle in _STOPPED


def _is_over(span: Span, seen: dict[InstanceId, Node], observed: Observed) -> bool:
    """A node in a zone that could not be read has not gone: nobody looked."""
    if span.ended is not None or not observed.readable() or span.instance_type == GATEWAY:
        return False
    node = seen.get(span.node)
    if node is None:
        return not any(isinstance(zone, Unreadable) for zone in observed.zones) or any(
            zone.name == span.zone for zone in observed.readable()
        )
    return span.running is not (node.lifecycle is Lifecycle.RUNNING)


def _closed(span: Span, node: Node | None, now: datetime) -> Span:
    return replace(span, ended=now, sent=last_sent(node) if node and span.running else None)


def _is_open(node: Node, spans: tuple[Span, ...]) -> bool:
    return any(s.node == node.id and s.ended is None for s in spans)


def _open(node: Node, spans: tuple[Span, ...], now: datetime) -> Span:
    """A running node is paid from its launch (which EC2 sets anew with each start), however late it is seen;
    but no time is counted twice."""
    running = node.lifecycle is Lifecycle.RUNNING
    earlier = [s.ended for s in spans if s.node == node.id and s.ended is not None]
    started = max([node.launched_at, *earlier]) if running else now
    return Span(node.id, node.zone, node.instance_type, node.spot, running, min(started, now))


def _pruned(spans: tuple[Span, ...], now: datetime) -> tuple[Span, ...]:
    fresh = [s for s in spans if s.ended is None or now - s.ended < KEPT]
    return tuple(_newest(fresh))


def _newest(spans: list[Span]) -> Iterator[Span]:
    closed = [s for s in spans if s.ended is not None]
    forgotten = set(closed[: max(len(spans) - MOST, 0)])
    yield from (s for s in spans if s not in forgotten)
