"""What one node says of another, read with suspicion: a taken-over node may say anything.

Who says it stands in the event's source, and IAM holds each node to its own (template.yaml, NodeRole), so
that none speaks in another's name. The detail has exactly the keys that a node writes (node/README.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from natkeeper.core.intake.envelope import INSTANCE, Envelope, Event, matches, shown
from natkeeper.core.model import InstanceId
from natkeeper.core.ring import WATCHED, Said, Word

SOURCE = "natkeeper.node"
"""Before a slash and the ARN of the instance that signs."""
AGE = timedelta(seconds=60)
"""An older report tells nothing of now: what holds is said again every five seconds."""
_ARN = re.compile(r"natkeeper\.node/arn:[a-z-]+:ec2:[a-z0-9-]+:\d{12}:instance/(i-[0-9a-f]{8,17})")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_KEYS = {"stack", "about", "word", "since", "hears"}


@dataclass(frozen=True, slots=True)
class BadReport:
    """A report that means nothing, and every reason why."""

    reason: str


def read(e: Envelope) -> Word | BadReport:
    """The word of a node, or why it is none."""
    found = _ARN.fullmatch(str(e.event.get("source")))
    at, since = _time(e.event.get("time")), _since(e.detail.get("since"))
    mistakes = [*_mistakes_of_origin(e, at), *_mistakes(e.detail, found[1] if found else "", e.stack)]
    if mistakes or found is None or at is None or since is None:
        return BadReport(f"a node's report: {'; '.join(mistakes)}")
    reporter, about = InstanceId(found[1]), InstanceId(e.detail["about"])
    hears = tuple(InstanceId(name) for name in e.detail["hears"])
    said = Said(e.detail["word"])
    # An event's time is in whole seconds, and of a doubt it counts when it was there to be read.
    return Word(reporter, about, said, e.now if said is Said.UNSURE else min(at, e.now), since, hears)


def _mistakes_of_origin(e: Envelope, at: datetime | None) -> Iterator[str]:
    source = e.event.get("source")
    if not _ARN.fullmatch(str(source)):
        yield f"source {shown(source)} names no instance"
    if at is None:
        yield f"time {shown(e.event.get('time'))} is no time"
    elif not -AGE <= e.now - at <= AGE:
        yield f"it was sent at {at:%Y-%m-%d %H:%M:%S}, and it is {e.now:%Y-%m-%d %H:%M:%S} (UTC)"


def _mistakes(detail: Event, reporter: str, stack: str) -> Iterator[str]:
    """Everything that is wrong with what it says."""
    if detail.keys() != _KEYS:
        yield f"its keys should be {', '.join(sorted(_KEYS))}"
    about, hears = detail.get("about"), detail.get("hears")
    if detail.get("stack") != stack:
        yield f"stack {shown(detail.get('stack'))} should be {stack!r}"
    if not matches(INSTANCE, about):
        yield f"about {shown(about)} is no instance id"
    elif about == reporter:
        yield f"{reporter} speaks about itself"
    if detail.get("word") not in list(Said):
        yield f"word {shown(detail.get('word'))} should be {' or '.join(Said)}"
    if _since(detail.get("since")) is None:
        yield f"since {shown(detail.get('since'))} should be like 2026-11-29T05:01:02.123Z"
    if not isinstance(hears, list) or len(hears) > WATCHED or not all(matches(INSTANCE, i) for i in hears):
        yield f"hears should be at most {WATCHED} instance ids"


def _since(said: object) -> datetime | None:
    return _time(said) if matches(_TIME, said) else None


def _time(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)  # type: ignore[arg-type]
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
