"""What is drawn in which lane, and in which row of it, so that no mark hides another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.report.axis import LEFT, Axis
from lab.report.duration import in_words
from lab.report.run import Outage, Run

LANES = {
    "you": "You did",
    "aws": "AWS says",
    "decision": "natkeeper decides",
    "call": "AWS calls",
    "route": "Route",
    "node": "On the node",
    "udp": "Packets",
    "tcp": "New connections",
    "flow": "Long connections",
}
PACKETS = ("udp", "tcp")
ROWS = 4
CHARACTER = 6.6  # px, on the generous side: fonts differ
WANTED = 230.0  # px that a text would like to have before another mark follows
GAP = 4.0
EDGE = 1096.0  # nothing is drawn to the right of it


@dataclass(frozen=True, slots=True)
class Entry:
    """A numbered line of the list, and its mark; seconds since the fault."""

    number: int
    at: float
    until: float | None
    lane: str
    text: str

    @property
    def end(self) -> float:
        """Returns when it was over."""
        return self.at if self.until is None else self.until


@dataclass(slots=True)
class Mark:
    """Where one entry, or several that fall together, are drawn: px from the left."""

    entries: tuple[Entry, ...]
    begin: float
    end: float
    room: float = 0.0

    @property
    def number(self) -> str:
        """Returns `7`, or `7 … 12` for several."""
        numbers = [entry.number for entry in self.entries]
        if len(numbers) <= 2:
            return ", ".join(map(str, numbers))
        return f"{numbers[0]} … {numbers[-1]}"

    @property
    def width(self) -> float:
        """Returns how wide the badge with the number is."""
        return max(18.0, 8 + 6.4 * len(self.number))

    @property
    def left(self) -> float:
        """Returns where the badge begins: one number sits on its moment, several begin there."""
        before = self.width / 2 if len(self.entries) == 1 else 9
        return min(self.begin - before, EDGE - self.width)

    @property
    def right(self) -> float:
        """Returns where the next mark may come."""
        return max(self.left + self.width, self.end)

    @property
    def wanted(self) -> float:
        """Returns the px that its text would like to have."""
        return min(len(self.entries[0].text) * CHARACTER + 8, WANTED)


def entries(run: Run) -> list[Entry]:
    """Returns all moments and outages in the order of time, numbered from 1."""
    order = list(LANES)
    found = [Entry(0, m.at, m.until, m.lane, m.text) for m in run.moments]
    found += [Entry(0, o.began, o.ended, o.kind, _lost(o)) for o in run.outages]
    found.sort(key=lambda e: (e.at, order.index(e.lane), e.end, e.text))
    return [
        replace(
            entry,
            number=number,
            at=entry.at - run.struck,
            until=None if entry.until is None else entry.until - run.struck,
        )
        for number, entry in enumerate(found, 1)
    ]


def rows(lane: Sequence[Entry], axis: Axis) -> list[list[Mark]]:
    """Returns a lane's marks, row by row; what fits nowhere joins the nearest."""
    placed: list[list[Mark]] = []
    for entry in sorted(lane, key=lambda e: (e.at, e.number)):
        if axis.shows(entry.at, entry.end):
            # The band below shows how long packets had no answer: no bar beside it.
            end = entry.at if entry.lane in PACKETS else entry.end
            _place(Mark((entry,), axis.x(entry.at), axis.x(end)), placed)
    for row in placed:
        for mark, following in zip(row, [*row[1:], None], strict=True):
            limit = following.left - GAP if following else EDGE
            mark.room = max(limit - mark.right, 0)
            if not following and mark.room < mark.wanted:
                _turn_text(mark, row)
    return placed


def _place(mark: Mark, placed: list[list[Mark]]) -> None:
    for row in placed:
        if row[-1].right + row[-1].wanted <= mark.left:
            row.append(mark)
            return
    if len(placed) < ROWS:
        placed.append([mark])
        return
    roomiest = min(placed, key=lambda row: row[-1].right)
    if roomiest[-1].right + GAP <= mark.left:
        roomiest.append(mark)
        return
    nearest = max((row[-1] for row in placed), key=lambda last: (last.begin, last.entries[-1].number))
    nearest.entries += mark.entries
    nearest.end = max(nearest.end, mark.end)


def _turn_text(mark: Mark, row: Sequence[Mark]) -> None:
    """The last text of a row goes to the left of its mark (negative room) when there is more room."""
    before = row[-2].right + row[-2].wanted if len(row) > 1 else LEFT
    room = mark.left - before - GAP
    if room > max(mark.room, 0):
        mark.room = -room
        for neighbour in row[-2:-1]:
            neighbour.room = min(neighbour.room, neighbour.wanted)


def _lost(outage: Outage) -> str:
    length = in_words(outage.seconds)
    if outage.kind == "udp":
        return f"no answer for {length}: {counted(outage.lost, 'packet')} lost"
    return f"no new connection for {length}: {counted(outage.lost, 'attempt')} failed"


def counted(count: int, noun: str) -> str:
    """Returns `1 packet`, `2,000 packets`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
