"""What a day used, from the ledger's spans and the nodes' own counts of bytes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from natkeeper.core.ledger import GATEWAY, KEPT, Span
from natkeeper.core.model import InstanceId, Probe
from natkeeper.core.savings.cost import Usage, machine

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is there even without a node: the stack's zones, and whether each keeps an address."""

    zones: int
    keeps_addresses: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC), written down `at` a time. `counters`: the bytes that running nodes had told by then."""

    on: date
    usage: Usage
    at: datetime
    counters: Mapping[InstanceId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The days that are written down, oldest first, and what is there and could not be understood."""

    days: tuple[Day, ...] = ()
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of the nodes' past: their spans, what they told, and the last day written down."""

    shape: Shape
    spans: tuple[Span, ...]
    evidence: Mapping[InstanceId, Sequence[Probe]]
    last: Day | None


def missing_days(past: Past, now: datetime) -> tuple[Day, ...]:
    """The whole days that are not written down yet, oldest first. Bytes cannot be told apart afterwards: all
    since the last entry stand on the newest."""
    first = past.last.on + DAY if past.last else _begun(past, now).date()
    on = max(first, (now - KEPT).date())
    days: list[Day] = []
    while on < now.date():
        days.append(_hours_of(past, on, now))
        on += DAY
    return (*days[:-1], _with_bytes(days[-1], past, now)) if days else ()


def today(past: Past, now: datetime) -> Day:
    """The day so far, with the bytes since the last entry."""
    return _with_bytes(_hours_of(past, now.date(), now), past, now)


def _begun(past: Past, now: datetime) -> datetime:
    """When the stack began, as far as is known: nothing is paid before that."""
    return min((span.started for span in past.spans), default=now)


def _hours_of(past: Past, on: date, now: datetime) -> Day:
    midnight = datetime.combine(on, time.min, UTC)
    until = min(midnight + DAY, now)
    since = midnight if past.last else min(max(midnight, _begun(past, now)), until)
    length = (until - since).total_seconds() / 3600
    running = [span for span in past.spans if span.running]
    by_zone = _sums((span.zone, span.hours(since, until)) for span in running)
    zones = past.shape.zones * length
    usage = Usage(
        machines=_sums((machine(s.instance_type, spot=s.spot), s.hours(since, until)) for s in running),
        disks=sum(s.hours(since, until) for s in past.spans if s.instance_type != GATEWAY),
        addresses=_addresses(past.shape, by_zone, length),
        zones=zones,
        asleep=max(zones - sum(min(hours, length) for hours in by_zone.values()), 0.0),
        controller=length,
    )
    at, counters = (past.last.at, past.last.counters) if past.last else (since, {})
    return Day(on, usage, at, counters)


def _sums(hours: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, amount in hours:
        if amount:
            found[name] = found.get(name, 0.0) + amount
    return found


def _addresses(shape: Shape, by_zone: Mapping[str, float], length: float) -> float:
    """A kept address is paid all day; a node that stands beside the one that holds it brings its own."""
    if not shape.keeps_addresses:
        return sum(by_zone.values())
    return shape.zones * length + sum(max(hours - length, 0.0) for hours in by_zone.values())


def _with_bytes(day: Day, past: Past, now: datetime) -> Day:
    """A count below the last one began anew with a boot. What a node sent between its last answer and its end
    is not known: the bytes are at least so many."""
    counters: dict[InstanceId, int] = {}
    sent = 0
    for span in past.spans:
        if not span.running or span.instance_type == GATEWAY:
            continue
        if past.last and span.ended and span.ended <= past.last.at:
            continue
        count = _count(span, past.evidence)
        before = past.last.counters.get(span.node, 0) if past.last else 0
        if span.started > day.at:
            before = 0  # it has booted since
        told = before if count is None else count
        sent += told if told < before else told - before
        if span.ended is None:
            counters[span.node] = told
    return replace(day, usage=replace(day.usage, sent=sent), at=now, counters=counters)


def _count(span: Span, evidence: Mapping[InstanceId, Sequence[Probe]]) -> int | None:
    """The bytes that the node last told of within this span."""
    if span.sent is not None:
        return span.sent
    end = span.ended or datetime.max.replace(tzinfo=UTC)
    told = [p.sent for p in evidence.get(span.node, ()) if span.started <= p.at <= end and p.sent is not None]
    return told[-1] if told else None
