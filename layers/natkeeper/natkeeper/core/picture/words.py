"""What the picture says, in words: the same for the page and for the table of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from natkeeper.core.examined import Examined
from natkeeper.core.memory import Heal
from natkeeper.core.picture.overview import (
    MissedGoal,
    NodeView,
    Overview,
    RefusedStep,
    Saved,
    State,
    ZoneView,
)

MOST = 6
"""So many lines of a list; what is left is counted."""
WORST = (
    State.BROKEN,
    State.UNREAD,
    State.LAST_RESORT,
    State.FOREIGN,
    State.DOUBTED,
    State.COVERED,
    State.CHANGING,
    State.SERVED,
    State.ASLEEP,
    State.IDLE,
)
"""How a zone may stand, in the order in which a person wants to know."""
_UNITS = ("B", "kB", "MB", "GB")


def headline(overview: Overview) -> str:
    """The zones by how they stand, the worst first."""
    counted = ((state, overview.in_state(state)) for state in WORST)
    told = [f"{number(len(zones), 'zone')} {state}" for state, zones in counted if zones]
    return "; ".join(told) or "no zone is known"


def facts(overview: Overview) -> Iterator[str]:
    """What concerns the whole stack."""
    if overview.paused_until:
        yield f"Paused until {time(overview.paused_until)}: natkeeper only watches."
    for part, why in overview.unread.items():
        yield f"Could not read {part}: {why}"
    yield from few(overview.notes)
    if overview.saved:
        yield _saving(overview.saved)


def lists(overview: Overview) -> Iterator[tuple[str, Sequence[str]]]:
    """What is listed below the zones: titles, each with its lines. An empty list is left out."""
    examined = overview.examined
    every = (
        ("What natkeeper would do now", overview.planned),
        ("What AWS refuses", [_refusal(step) for step in overview.refused]),
        ("The last outages that are over", [_heal(heal) for heal in overview.heals]),
        (_examination(examined) if examined else "", list(_found(examined)) if examined else ()),
    )
    return ((title, few(lines)) for title, lines in every if lines)


def about(zone: ZoneView) -> Iterator[str]:
    """What is to be said of a zone, beside its ways and nodes."""
    if zone.error:
        yield f"Could not be read: {zone.error}"
    if zone.rest:
        yield f"{'Sleeps' if zone.state is State.ASLEEP else 'Wants no NAT'}: {zone.rest}"
    yield from few([f"The internet sees its hosts as {way.seen_as}" for way in zone.ways if way.seen_as])
    yield from few([_goal(goal) for goal in zone.goals])
    yield from few([f"{', '.join(way.tables)}: {way.remark}" for way in zone.ways if way.remark])
    yield from few(zone.remarks)
    if zone.launched:
        yield f"Last launch {time(zone.launched[-1])}"


def standing(node: NodeView) -> str:
    """How a node is, without its name and what is against it."""
    parts = (node.verdict, node.lifecycle, age(node.age), node.kind, node.address, *carried(node))
    return ", ".join(part for part in parts if part)


def carried(node: NodeView) -> Iterator[str]:
    """What it carries, as far as it tells."""
    if node.connections is not None:
        yield number(node.connections, "connection")
    if node.rate is not None:
        yield speed(node.rate)


def few(lines: Sequence[str]) -> Sequence[str]:
    """The first of them, and how many more there are."""
    return lines if len(lines) <= MOST else (*lines[:MOST], f"and {len(lines) - MOST} more")


def number(count: int, what: str) -> str:
    """So many of it."""
    return f"{count} {what}{'s' * (count != 1)}"


def speed(rate: float) -> str:
    """Bytes a second, in the unit that a person would take."""
    power = next((p for p in range(len(_UNITS) - 1) if rate < 999.5 * 1000**p), len(_UNITS) - 1)
    amount = rate / 1000**power
    return f"{amount:.{1 if power and amount < 99.95 else 0}f} {_UNITS[power]}/s"


def age(of: timedelta) -> str:
    """In the unit that a person would take."""
    return f"{span(of)} old"


def span(of: timedelta) -> str:
    """In the unit that a person would take."""
    minutes = max(of // timedelta(minutes=1), 0)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def time(at: datetime) -> str:
    """To the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def to_the_second(at: datetime) -> str:
    """To the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _goal(goal: MissedGoal) -> str:
    late = ", which is too long" if goal.overdue else ""
    return f"At the last sweep missed, since {time(goal.since)}{late}: {goal.means}"


def _refusal(refused: RefusedStep) -> str:
    return f"{refused.step}: {number(refused.count, 'time')} since {time(refused.since)}: {refused.error}"


def _heal(heal: Heal) -> str:
    lasted = (heal.over - heal.noticed).total_seconds()
    noticed = f"noticed {to_the_second(heal.noticed)}, found over {_duration(lasted)} later"
    return f"{heal.zone}: {noticed}: {heal.cause}"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _examination(examined: Examined) -> str:
    counts = f"{examined.wrong} wrong, {examined.unread} not to be made, {examined.ok} ok"
    return f"What the doctor found at {time(examined.at)}: of its checks {counts}"


def _found(examined: Examined) -> Iterator[str]:
    yield from (f"{f.check}: {f.what}. What to do: {f.cure}" for f in examined.faults)
    yield from (f"Could not be made: {why}" for why in examined.unmade)
    if examined.left:
        yield f"and {examined.left} more: ask the doctor"
    if not (examined.wrong or examined.unread):
        yield "nothing is wrong"


def _saving(saved: Saved) -> str:
    verb, dollars = ("saved", saved.dollars) if saved.dollars >= 0 else ("cost more by", -saved.dollars)
    days = f"{number(saved.days, 'day')} since {saved.since}"
    return f"This month ({days}): {verb} ${dollars:.2f} against NAT gateways, by list prices."
