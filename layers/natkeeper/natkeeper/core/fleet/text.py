"""The fleet as text for people, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from natkeeper.core.fleet import words
from natkeeper.core.fleet.announcement import written
from natkeeper.core.fleet.standing import Fleet, Row
from natkeeper.core.picture.columns import aligned, one_line

HEALS = 6
_COLUMNS = ("", "account", "region", "stack", "version", "last heard", "this month")


def as_text(fleet: Fleet) -> str:
    """A table, the worst first, and what there is to say below each row."""
    return "\n".join(one_line(line) for line in _lines(fleet))


def _lines(fleet: Fleet) -> Iterator[str]:
    yield words.headline(fleet)
    yield from words.totals(fleet)
    yield from (f"Could not be read: {what}" for what in fleet.damaged)
    head, *lines = aligned([_COLUMNS, *(_cells(row, fleet) for row in fleet.rows)])
    yield from [head] if lines else []
    for line, row in zip(lines, fleet.rows, strict=True):
        yield line
        yield from (f"    {' '.join(text.split())}" for text in words.about(row, fleet.at))
    for key, heal in fleet.heals()[:HEALS]:
        yield f"healed {words.healed(key, heal)}"


def _cells(row: Row, fleet: Fleet) -> tuple[str, ...]:
    key, known = row.known.key, row.known
    version, last = known.state.identity.version, words.heard(known, fleet.at)
    return (row.standing, key.account, key.region, key.stack, version, last, words.saved(known, fleet.at))


def as_json(fleet: Fleet) -> dict[str, Any]:
    """The same, for machines: times are ISO 8601 in UTC, `standing` one of the page's own words."""
    saved = fleet.saved()
    return {
        "at": fleet.at.isoformat(timespec="seconds"),
        "accounts": fleet.accounts(),
        "standings": {str(standing): count for standing, count in fleet.counted().items()},
        "versions": fleet.versions(),
        "saved": {"dollars": round(saved.dollars, 2), "stacks": saved.stacks},
        "damaged": list(fleet.damaged),
        "stacks": [_object(row) for row in fleet.rows],
    }


def _object(row: Row) -> dict[str, Any]:
    key, answer = row.known.key, row.known.answer
    told = {
        "account": key.account,
        "region": key.region,
        "standing": str(row.standing),
        "heard_at": row.known.heard_at.isoformat(timespec="seconds"),
        **written(row.known.state),
    }
    if answer:
        at = answer.at.isoformat(timespec="seconds")
        told["answer"] = {"order": answer.order, "reply": answer.reply, "reason": answer.reason, "at": at}
    return told
