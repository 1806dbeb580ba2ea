"""An overview as the HTML of a CloudWatch custom widget: cards that wrap, no scripts, and nothing from
elsewhere. The widget's own style colours text and ground, in light and dark (CloudWatch User Guide, details
about custom widgets); the picture takes both as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.diagram import COLOURS, draw
from natkeeper.core.picture.markup import Content, Markup, element, join, shorten
from natkeeper.core.picture.overview import (
    MissedGoal,
    NodeView,
    Overview,
    RefusedStep,
    Saved,
    State,
    ZoneView,
)

LONGEST = 240
"""So many characters of what others wrote are shown."""
MOST = 6
"""So many lines of a list; what is left is counted."""
STYLE = (
    ".nk{font-size:13px;line-height:1.4;overflow-wrap:anywhere}"
    ".nk-cards{display:flex;flex-wrap:wrap;gap:8px}"
    ".nk-card{flex:1 1 220px;min-width:0;max-width:420px;box-sizing:border-box;"
    "border:1px solid currentColor;border-left-width:6px;border-radius:4px;padding:6px 8px}"
    ".nk-name{font-weight:bold}"
    ".nk-ways{display:block;width:100%;max-width:340px;height:auto;font-family:monospace;margin:4px 0}"
    ".nk-line{margin:2px 0}"
    ".nk-buttons{display:flex;flex-wrap:wrap;gap:4px;margin-top:6px}"
)


def render(overview: Overview, buttons: Buttons | None = None) -> str:
    """The HTML. Without `buttons` it is only to be looked at."""
    page = element(
        "div",
        element("style", STYLE),
        _line(element("span", overview.stack, class_="nk-name"), f" · {_headline(overview)}"),
        *_facts(overview),
        element("div", *(_card(zone, buttons) for zone in overview.zones), class_="nk-cards"),
        *_lists(overview),
        buttons.for_stack(paused=overview.paused_until is not None) if buttons else None,
        _line(f"As of {overview.at:%Y-%m-%d %H:%M:%S} UTC."),
        class_="nk",
    )
    return str(page)


def _headline(overview: Overview) -> str:
    """The zones by how they stand, the worst first."""
    worst = (State.BROKEN, State.UNREAD, State.LAST_RESORT, State.FOREIGN, State.COVERED, State.CHANGING)
    counted = (
        (state, overview.in_state(state)) for state in (*worst, State.SERVED, State.ASLEEP, State.IDLE)
    )
    told = [f"{_number(len(zones), 'zone')} {state}" for state, zones in counted if zones]
    return "; ".join(told) or "no zone is known"


def _facts(overview: Overview) -> Iterator[Markup]:
    if overview.paused_until:
        yield _line(f"Paused until {_time(overview.paused_until)}: natkeeper only watches.")
    for part, why in overview.unread.items():
        yield _line(f"Could not read {part}: {shorten(why, LONGEST)}")
    yield from (_line(shorten(note, LONGEST)) for note in overview.notes)
    if overview.saved:
        yield _line(_saving(overview.saved))


def _saving(saved: Saved) -> str:
    verb, dollars = ("Saved", saved.dollars) if saved.dollars >= 0 else ("Cost more by", -saved.dollars)
    days = f"{_number(saved.days, 'day')} since {saved.since}"
    return f"{verb} ${dollars:.2f} against NAT gateways in {days} (an estimate by list prices)."


def _lists(overview: Overview) -> Iterator[Markup]:
    yield from _listed("What natkeeper would do now", overview.planned)
    yield from _listed("What AWS refuses", [_refusal(step) for step in overview.refused])


def _refusal(refused: RefusedStep) -> str:
    times = _number(refused.count, "time")
    return f"{refused.step}: {times} since {_time(refused.since)}: {refused.error}"


def _listed(title: str, lines: Sequence[str]) -> Iterator[Markup]:
    if lines:
        yield _line(element("span", title, class_="nk-name"))
        yield from (_line(shorten(line, LONGEST)) for line in _few(lines))


def _few(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"and {len(lines) - MOST} more"


def _card(zone: ZoneView, buttons: Buttons | None) -> Markup:
    return element(
        "div",
        _line(element("span", zone.name, class_="nk-name"), f" · {zone.state}"),
        draw(zone),
        *(_line(shorten(text, LONGEST)) for text in _about(zone)),
        *(_line(*_told_of(node)) for node in zone.nodes[:MOST]),
        _line(f"and {_number(len(zone.nodes) - MOST, 'more node')}") if len(zone.nodes) > MOST else None,
        buttons.for_zone(zone) if buttons else None,
        class_="nk-card",
        style=f"border-left-color:{COLOURS[zone.state]}",
    )


def _about(zone: ZoneView) -> Iterator[str]:
    if zone.error:
        yield f"Could not be read: {zone.error}"
    if zone.rest:
        yield f"{'Sleeps' if zone.state is State.ASLEEP else 'Wants no NAT'}: {zone.rest}"
    yield from _few([_goal(goal) for goal in zone.goals])
    yield from _few([f"{', '.join(way.tables)}: {way.remark}" for way in zone.ways if way.remark])
    yield from _few(zone.remarks)
    if zone.launched:
        yield f"Last launch {_time(zone.launched[-1])}"


def _goal(goal: MissedGoal) -> str:
    late = ", which is too long" if goal.overdue else ""
    return f"At the last sweep missed, since {_time(goal.since)}{late}: {goal.means}"


def _told_of(node: NodeView) -> Iterable[Content]:
    yield element("code", node.id)
    address = f", {node.address}" if node.address else ""
    yield f": {node.verdict}, {node.lifecycle}, {_age(node.age)}, {node.kind}{address}"
    if node.reason:
        yield f": {shorten(node.reason, LONGEST)}"


def _line(*content: Content) -> Markup:
    return element("div", join(*content), class_="nk-line")


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _age(age: timedelta) -> str:
    """In the unit that a person would take."""
    minutes = max(age // timedelta(minutes=1), 0)
    if minutes < 120:
        return f"{minutes} min old"
    return f"{minutes // 60} h old" if minutes < 48 * 60 else f"{minutes // 1440} days old"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
