"""What is said of a stack and of all, in words: the page and the text say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from natkeeper.core.fleet.hearing import StackKey
from natkeeper.core.fleet.standing import Fleet, Known, Row
from natkeeper.core.fleet.state import ZoneHeal
from natkeeper.core.picture.overview import State
from natkeeper.core.picture.words import number, span, time

_CALM = (State.SERVED, State.ASLEEP, State.IDLE)


def headline(fleet: Fleet) -> str:
    """How many there are, and how they stand."""
    if not fleet.rows:
        return "no stack was heard of yet"
    standing = "; ".join(f"{count} {standing}" for standing, count in fleet.counted().items())
    return f"{number(len(fleet.rows), 'stack')} in {number(fleet.accounts(), 'account')}: {standing}"


def totals(fleet: Fleet) -> Iterator[str]:
    """Savings and versions."""
    if not fleet.rows:
        return
    saved = fleet.saved()
    verb = "Saved" if saved.dollars >= 0 else "Cost more by"
    yield (
        f"{verb} ${abs(saved.dollars):,.2f} this month against NAT gateways, an estimate by list prices"
        f" of {number(saved.stacks, 'stack')}."
    )
    versions = ", ".join(f"{version} ({count})" for version, count in fleet.versions().items())
    yield f"Versions: {versions}"


def heard(known: Known, now: datetime) -> str:
    """When it was heard last."""
    return f"heard {span(now - known.heard_at)} ago"


def saved(known: Known, now: datetime) -> str:
    """What it has saved this month; empty when it has told nothing of it."""
    told = known.saved(now)
    return f"{'saved' if told.dollars >= 0 else 'cost'} ${abs(told.dollars):,.2f}" if told else ""


def about(row: Row, now: datetime) -> Iterator[str]:
    """What else there is to say: zones that are not calm, what is missed and refused, the last order."""
    state = row.known.state
    yield from (f"{zone.name}: {zone.state}" for zone in state.zones if zone.state not in _CALM)
    if state.overdue:
        yield f"{number(state.overdue, 'goal')} missed for too long"
    if state.refused:
        yield f"{number(state.refused, 'step')} refused by AWS"
    if state.paused_until and now < state.paused_until:
        yield f"paused until {time(state.paused_until)}"
    if answer := row.known.answer:
        yield f"{answer.order} {answer.reply} {time(answer.at)}: {answer.reason}"


def healed(key: StackKey, heal: ZoneHeal) -> str:
    """One heal."""
    return f"{time(heal.at)}: {key} {heal.zone}, {heal.seconds:.0f} s after it was missed"
