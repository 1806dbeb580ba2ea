"""Events, parsed once. An event is a hint: it says where to look sooner, never what is true.

To add a trigger: a parser here, its (source, detail-type) in PARSERS, a rule in template.yaml, a sample
in events/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from natkeeper.core.model import Doom, DoomKind, InstanceId, Verb, ZoneName

Event = Mapping[str, Any]
WARNING = timedelta(minutes=2)
"""EC2 warns two minutes before it interrupts a spot instance (EC2 User Guide, spot interruption notices)."""
PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look at everything, for no particular reason but `why`."""

    why: str = "schedule"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to these instances: look now, if one of them is ours. `dying`: reads of EC2 may
    not show it yet."""

    why: str
    instances: tuple[InstanceId, ...]
    doom: Doom | None = None
    dying: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A person wants a node succeeded (`verb`): the one named, or whichever serves the zone."""

    verb: Verb
    zone: ZoneName | None
    instance: InstanceId | None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A person wants no action until then (`until` None: act again)."""

    until: datetime | None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A person wants to know what was used and saved (`dry_run`: as the answer only, nobody is sent it)."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that means nothing to us, and why."""

    reason: str


Trigger = Sweep | Hint | Command | Pause | Report | Ignored


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its detail, and what it is read by."""

    event: Event
    detail: Event
    stack: str
    now: datetime


class _BadEventError(ValueError):
    """The event lacks something or holds nonsense; all mistakes in one message."""


def parse(event: object, stack: str, now: datetime) -> Trigger:
    """What an event asks for; Ignored with a reason when it is malformed or not for this stack."""
    if not isinstance(event, Mapping):
        return Ignored(f"the event is no JSON object but {type(event).__name__}")
    kind = (event.get("source"), event.get("detail-type"))
    parser = PARSERS.get(kind) if all(isinstance(part, str) for part in kind) else None
    if parser is None:
        return Ignored(f"unknown source and detail-type: {' and '.join(map(_shown, kind))}")
    detail = event.get("detail", {})
    if not isinstance(detail, Mapping):
        return Ignored(f"{kind[1]}: detail is no JSON object")
    try:
        return parser(Envelope(event, detail, stack, now))
    except _BadEventError as error:
        return Ignored(f"{kind[1]}: {error}")


def _sweep(_: Envelope) -> Trigger:
    return Sweep()


def _state_change(e: Envelope) -> Trigger:
    state = _word(e.detail, "state", "changing")
    return Hint(f"instance is {state}", (_instance(e.detail),), dying=state in _DYING)


def _interruption(e: Envelope) -> Trigger:
    doom = Doom(DoomKind.INTERRUPTION, _time(e.event, e.now, later=WARNING))
    return Hint(doom.kind, (_instance(e.detail),), doom)


def _rebalance(e: Envelope) -> Trigger:
    doom = Doom(DoomKind.REBALANCE, _time(e.event, e.now))
    return Hint(doom.kind, (_instance(e.detail),), doom)


def _health(e: Envelope) -> Trigger:
    """AWS Health names bare instance ids and RFC 822 dates; only scheduled changes of EC2 concern a node."""
    category = e.detail.get("eventTypeCategory")
    if e.detail.get("service") != "EC2" or category not in ("scheduledChange", "issue"):
        return Ignored("AWS Health event of another kind")
    entities = e.detail.get("affectedEntities")
    listed = entities if isinstance(entities, list) else []
    values = [entity.get("entityValue") for entity in listed if isinstance(entity, Mapping)]
    instances = tuple(InstanceId(v) for v in values if isinstance(v, str) and _INSTANCE.fullmatch(v))
    if not instances:
        raise _BadEventError("no affected entity is an instance")
    if category == "issue":
        return Hint("AWS Health issue", instances)
    return Hint("scheduled change", instances, Doom(DoomKind.RETIREMENT, _health_time(e.detail, e.now)))


def _command_status(e: Envelope) -> Trigger:
    return Hint(f"command {_word(e.detail, 'status', 'ended')}", (_instance(e.detail),))


def _alarm(e: Envelope) -> Trigger:
    name = str(e.detail.get("alarmName"))
    if not _matches(_WORD, name) or not name.startswith(f"{e.stack}-"):
        return Ignored("an alarm of somebody else")
    return Sweep(f"alarm {name}")


def _evidence(e: Envelope) -> Trigger:
    _for_stack(e)
    return Sweep("new evidence")


def _command(verb: Verb, e: Envelope) -> Trigger:
    _for_stack(e)
    zone, instance = e.detail.get("zone"), e.detail.get("instance")
    mistakes = _dry_run_mistakes(e.detail)
    if zone is not None and not _matches(_ZONE, zone):
        mistakes.append(f"zone {_shown(zone)} is no zone name")
    if instance is not None and not _matches(_INSTANCE, instance):
        mistakes.append(f"instance {_shown(instance)} is no instance id")
    if zone is None and instance is None:
        mistakes.append("name a zone or an instance")
    if mistakes:
        raise _BadEventError("; ".join(mistakes))
    return Command(verb, zone, instance, e.detail.get("dry_run", False))


def _pause(e: Envelope) -> Trigger:
    _for_stack(e)
    minutes = e.detail.get("minutes", PAUSE.total_seconds() / 60)
    longest = LONGEST_PAUSE.total_seconds() / 60
    number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    mistakes = _dry_run_mistakes(e.detail)
    if not number or not 0 < minutes <= longest:
        mistakes.append(f"minutes {_shown(minutes)} should be a number above 0, at most {longest:.0f}")
    if mistakes:
        raise _BadEventError("; ".join(mistakes))
    return Pause(e.now + timedelta(minutes=minutes), e.detail.get("dry_run", False))


def _wish(make: Callable[[bool], Trigger]) -> Callable[[Envelope], Trigger]:
    def parse_wish(e: Envelope) -> Trigger:
        _for_stack(e)
        if mistakes := _dry_run_mistakes(e.detail):
            raise _BadEventError("; ".join(mistakes))
        return make(e.detail.get("dry_run", False))

    return parse_wish


PARSERS: Mapping[object, Callable[[Envelope], Trigger]] = {
    ("aws.events", "Scheduled Event"): _sweep,
    ("aws.ec2", "EC2 Instance State-change Notification"): _state_change,
    ("aws.ec2", "EC2 Spot Instance Interruption Warning"): _interruption,
    ("aws.ec2", "EC2 Instance Rebalance Recommendation"): _rebalance,
    ("aws.health", "AWS Health Event"): _health,
    ("aws.ssm", "EC2 Command Invocation Status-change Notification"): _command_status,
    ("aws.cloudwatch", "CloudWatch Alarm State Change"): _alarm,
    ("natkeeper", "Evidence Changed"): _evidence,
    ("natkeeper", "Failover"): partial(_command, Verb.FAILOVER),
    ("natkeeper", "Replace"): partial(_command, Verb.REPLACE),
    ("natkeeper", "Pause"): _pause,
    ("natkeeper", "Resume"): _wish(lambda dry_run: Pause(None, dry_run)),
    ("natkeeper", "Report"): _wish(Report),
}

_DYING = ("stopping", "shutting-down")
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_ZONE = re.compile(r"[a-z][a-z0-9-]{3,39}")
_WORD = re.compile(r"[A-Za-z0-9 _-]{1,160}")


def _instance(detail: Event) -> InstanceId:
    value = detail.get("instance-id")
    if not isinstance(value, str) or not _INSTANCE.fullmatch(value):
        raise _BadEventError(f"instance-id {_shown(value)} is no instance id")
    return InstanceId(value)


def _word(detail: Event, name: str, default: str) -> str:
    if not _matches(_WORD, value := detail.get(name, default)):
        raise _BadEventError(f"{name} {_shown(value)} is no plain word")
    return str(value)


def _shown(value: object) -> str:
    """A stranger's value for our log: short, on one line, in ASCII."""
    if isinstance(value, str):
        return ascii(value[:60])
    return str(value)[:60] if isinstance(value, int | float | None) else type(value).__name__


def _for_stack(e: Envelope) -> None:
    if e.detail.get("stack") != e.stack:
        raise _BadEventError(f"meant for stack {_shown(e.detail.get('stack'))}, this is {e.stack!r}")


def _dry_run_mistakes(detail: Event) -> list[str]:
    value = detail.get("dry_run", False)
    return [] if isinstance(value, bool) else [f"dry_run {_shown(value)} should be true or false"]


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _time(event: Event, now: datetime, later: timedelta = timedelta()) -> datetime:
    """So much later than the event's own time, which is never in the future: a warning that comes late leaves
    less of the two minutes."""
    try:
        at = datetime.fromisoformat(event["time"])
    except (KeyError, TypeError, ValueError):
        return now + later
    return min(now, at.replace(tzinfo=at.tzinfo or UTC)) + later


def _health_time(detail: Event, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(str(detail["startTime"]))
    except (KeyError, ValueError, OverflowError):
        return now
    return at.replace(tzinfo=at.tzinfo or UTC)
