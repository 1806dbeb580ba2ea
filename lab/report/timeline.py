"""One run as a picture: lanes of numbered marks over the packets, all on one axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from lab.report.axis import LEFT, RIGHT, Axis
from lab.report.duration import MINUS, in_words, since_fault
from lab.report.lanes import CHARACTER, LANES, PACKETS, Mark, entries, rows
from lab.report.run import Run

WIDTH = 1100
TOP = 30  # the flags of the fault and of healing
ROW = 22
PADDING = 6
BAND = 16


def timeline(run: Run, axis: Axis, name: str) -> str:
    """Returns an SVG element; `name`, unique on the page, begins the ids that its marks link to."""
    lanes: list[str] = []
    top = float(TOP)
    for index, lane in enumerate(LANES):
        height, drawn = _lane(lane, run, axis, top, name)
        lanes.append((_rect("stripe", 0, top, WIDTH, height) if index % 2 == 0 else "") + drawn)
        top += height
    title = f"{run.title}, from {since_fault(axis.start)} to {since_fault(axis.end)}"
    stripes = "".join(lanes)
    return (
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {top + 30:g}" role="img" aria-label="{escape(title)}">'
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/>'
        f'<rect class="hatch-line" width="2.5" height="6"/></pattern></defs>'
        f"{_outage_columns(run, axis, top)}{_grid(axis, top)}{_flags(run, axis, top)}{stripes}</svg>"
    )


def _lane(lane: str, run: Run, axis: Axis, top: float, name: str) -> tuple[float, str]:
    """A lane's height and drawing."""
    placed = rows([entry for entry in entries(run) if entry.lane == lane], axis)
    band = BAND + 4 if lane in PACKETS else 0
    height = max(ROW * len(placed), 0 if band else ROW) + band + 2 * PADDING
    drawn = [f'<text class="lane" x="12" y="{top + height / 2 + 4:g}">{LANES[lane]}</text>']
    if lane in PACKETS:
        drawn.append(_band(lane, run, axis, top + height - PADDING - BAND, name))
    elif not placed:
        x = (axis.x(0) if axis.shows(0, 0) else LEFT) + 14  # clear of the fault's line
        drawn.append(f'<text class="none" x="{x:.1f}" y="{top + height / 2 + 4:g}">nothing</text>')
    for row, marks in enumerate(placed):
        middle = top + PADDING + ROW * row + ROW / 2
        drawn += [_mark(mark, lane, middle, name) for mark in marks]
    return height, "".join(drawn)


def _rect(kind: str, x: float, y: float, *size: float, more: str = "") -> str:
    width, height = size
    place = f'x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}"'
    return f'<rect class="{kind}" {place}{more}/>'


def _mark(mark: Mark, lane: str, middle: float, name: str) -> str:
    tip = "\n".join(f"{e.number}  {since_fault(e.at)}  {e.text}" for e in mark.entries)
    target = f"{name.partition('-at-')[0]}-{mark.entries[0].number}"
    length = mark.end - mark.begin
    centre = mark.left + mark.width / 2
    bar = _rect("bar", mark.begin, middle - 3, length, 6, more=' rx="3"') if length >= 1 else ""
    badge = _rect("badge", mark.left, middle - 9, mark.width, 18, more=' rx="9"')
    number = f'<text class="number" x="{centre:.1f}" y="{middle + 3.8:g}">{mark.number}</text>'
    return (
        # Not a stop of the tab key: there are hundreds, and the list below says the same.
        f'<a class="mark {lane}" href="#{target}" tabindex="-1"><title>{escape(tip)}</title>'
        f"{bar}{badge}{number}{_text(mark, middle)}</a>"
    )


def _text(mark: Mark, middle: float) -> str:
    """As much of the text as has room, or nothing when that would say little."""
    many = len(mark.entries) > 1
    words = f"{len(mark.entries)} in short order" if many else " ".join(mark.entries[0].text.split())
    fitting = int((abs(mark.room) - 8) / CHARACTER)
    if fitting < min(len(words), 8):
        return ""
    shown = words if len(words) <= fitting else words[: fitting - 1].rstrip() + "…"
    x, anchor = (mark.right + 5, "start") if mark.room > 0 else (mark.left - 5, "end")
    return f'<text class="words" x="{x:.1f}" y="{middle + 4:g}" text-anchor="{anchor}">{escape(shown)}</text>'


def _band(kind: str, run: Run, axis: Axis, top: float, name: str) -> str:
    """Answered as a plain band; stretches without an answer taller, hatched; each loss a tick under it."""
    begin, end = axis.x(run.began - run.struck), axis.x(run.ended - run.struck)
    drawn = [_rect("answered", begin, top + 3, end - begin, BAND - 6)]
    for outage in run.outages:
        first, last = outage.began - run.struck, outage.ended - run.struck
        if outage.kind == kind and axis.shows(first, last):
            x, width = axis.x(first), max(axis.x(last) - axis.x(first), 3)
            drawn.append(_rect("unanswered", x, top, width, BAND, more=f' fill="url(#{name}-hatch)"'))
    times = run.lost_udp if kind == "udp" else run.lost_tcp
    width = run.interval / axis.span * (RIGHT - LEFT) if kind == "udp" else 2
    for x, right in _merged([axis.x(t - run.struck) for t in sorted(times) if _seen(t, run, axis)], width):
        drawn.append(_rect("lost", x, top + BAND - 4, right - x, 4))
    return "".join(drawn)


def _seen(at: float, run: Run, axis: Axis) -> bool:
    return axis.shows(at - run.struck, at - run.struck)


def _merged(points: Sequence[float], width: float) -> Iterator[tuple[float, float]]:
    """Ticks that touch each other as one, so that ten thousand losses are no ten thousand elements."""
    width = max(width, 1.5)
    begin = end = None
    for x in points:
        if begin is None or end is None or x > end + 0.5:
            if begin is not None and end is not None:
                yield begin, end
            begin = x
        end = x + width
    if begin is not None and end is not None:
        yield begin, end


def _outage_columns(run: Run, axis: Axis, bottom: float) -> str:
    """A pale column behind everything while packets had no answer."""
    drawn = []
    for outage in run.outages:
        first, last = outage.began - run.struck, outage.ended - run.struck
        if outage.kind == "udp" and axis.shows(first, last):
            x, width = axis.x(first), axis.x(last) - axis.x(first)
            drawn.append(_rect("column", x, TOP, width, bottom - TOP))
    return "".join(drawn)


def _grid(axis: Axis, bottom: float) -> str:
    drawn = []
    for seconds in axis.ticks():
        x = axis.x(seconds)
        label = "0" if abs(seconds) < 1e-9 else _tick(seconds)
        drawn.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom + 4:g}"/>'
            f'<text class="tick" x="{x:.1f}" y="{bottom + 19:g}" text-anchor="middle">{label}</text>'
        )
    return "".join(drawn)


def _tick(seconds: float) -> str:
    sign = MINUS if seconds < 0 else "+"
    size = abs(seconds)
    return sign + (f"{size:.4g} s" if size < 60 else in_words(size))


def _flags(run: Run, axis: Axis, bottom: float) -> str:
    drawn = []
    if axis.shows(0, 0):
        drawn.append(_flag("struck", axis.x(0), bottom, "fault", "end"))
    after = run.healed_after
    if after is not None and axis.shows(after, after):
        x = axis.x(after)
        anchor = "end" if x > RIGHT - 110 else "start"
        drawn.append(_flag("healed", x, bottom, f"healed after {in_words(after)}", anchor))
    return "".join(drawn)


def _flag(kind: str, x: float, bottom: float, text: str, anchor: str) -> str:
    aside = x + 6 if anchor == "start" else x - 6
    return (
        f'<line class="flag {kind}" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{bottom + 4:g}"/>'
        f'<text class="flag-text {kind}" x="{aside:.1f}" y="19" text-anchor="{anchor}">{escape(text)}</text>'
    )
