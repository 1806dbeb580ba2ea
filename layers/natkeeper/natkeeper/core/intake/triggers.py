"""Events, parsed once. An event is a hint: it says where to look sooner, never what is true; or it is a
person's order (`grammar`).

To add a trigger: a parser here, its (source, detail-type) in PARSERS, a rule in template.yaml, a sample
in events/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from natkeeper.core.intake import peers
from natkeeper.core.intake.commands import Command, Refused
from natkeeper.core.intake.envelope import (
    INSTANCE,
    WORD,
    BadEventError,
    Envelope,
    health_time,
    instance_of,
    matches,
    require_stack,
    shown,
    time_of,
    word,
)
from natkeeper.core.intake.grammar import FORMS, read
from natkeeper.core.intake.peers import BadReport
from natkeeper.core.intake.routing import DEFAULT
from natkeeper.core.model import Doom, DoomKind, InstanceId
from natkeeper.core.ring import Word

WARNING = timedelta(minutes=2)
"""EC2 warns two minutes before it interrupts a spot instance (EC2 User Guide, spot interruption notices)."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look at everything, for no particular reason but `why`."""

    why: str = "schedule"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to these instances: look now, if one of them is ours. `dying`: reads of EC2 may
    not show it yet. `beginning`: something begins to live, which a zone that sleeps may have to wake for,
    whoever it is. `over`: the change that AWS Health announced is done or called off."""

    why: str
    instances: tuple[InstanceId, ...]
    doom: Doom | None = None
    dying: bool = False
    beginning: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that means nothing to us, and why."""

    reason: str


Trigger = Sweep | Hint | Word | BadReport | Command | Refused | Ignored


def parse(event: object, stack: str, now: datetime) -> Trigger:
    """What an event asks for; Ignored with a reason when it is malformed or not for this stack; Refused when
    it is a person's order that cannot be obeyed."""
    if not isinstance(event, Mapping):
        return Ignored(f"the event is no JSON object but {type(event).__name__}")
    kind = (_family(event.get("source")), event.get("detail-type"))
    parser = PARSERS.get(kind) if all(isinstance(part, str) for part in kind) else None
    if parser is None:
        return Ignored(f"unknown source and detail-type: {' and '.join(map(shown, kind))}")
    detail = event.get("detail", {})
    if not isinstance(detail, Mapping):
        return Ignored(f"{kind[1]}: detail is no JSON object")
    try:
        return parser(Envelope(event, detail, stack, now))
    except BadEventError as error:
        return Ignored(f"{kind[1]}: {error}")


def _family(source: object) -> object:
    """A node's source names the node after a slash; every other is what it is."""
    of_a_node = isinstance(source, str) and source.startswith(f"{peers.SOURCE}/")
    return peers.SOURCE if of_a_node else source


def _sweep(_: Envelope) -> Trigger:
    return Sweep()


def _state_change(e: Envelope) -> Trigger:
    state = word(e.detail, "state", "changing")
    beginning = state in _BEGINNING
    return Hint(f"instance is {state}", (instance_of(e.detail),), dying=state in _DYING, beginning=beginning)


def _task(e: Envelope) -> Trigger:
    """An ECS task gets its interface while it is being provisioned."""
    status = word(e.detail, "lastStatus", "unknown")
    if e.detail.get("desiredStatus") != "RUNNING" or status not in ("PROVISIONING", "PENDING"):
        return Ignored(f"ECS task is {status}: only one that begins matters")
    return Hint(f"ECS task is {status.lower()}", (), beginning=True)


def _interruption(e: Envelope) -> Trigger:
    doom = Doom(DoomKind.INTERRUPTION, time_of(e.event, e.now, later=WARNING))
    return Hint(doom.kind, (instance_of(e.detail),), doom)


def _rebalance(e: Envelope) -> Trigger:
    doom = Doom(DoomKind.REBALANCE, time_of(e.event, e.now))
    return Hint(doom.kind, (instance_of(e.detail),), doom)


def _health(e: Envelope) -> Trigger:
    """AWS Health names bare instance ids and RFC 822 dates; only scheduled changes of EC2 concern a node. An
    event is sent again when it is closed, and an entity that is no longer affected says so (AWS Health User
    Guide, EventBridge schema)."""
    category = e.detail.get("eventTypeCategory")
    if e.detail.get("service") != "EC2" or category not in ("scheduledChange", "issue"):
        return Ignored("AWS Health event of another kind")
    entities = e.detail.get("affectedEntities")
    listed = entities if isinstance(entities, list) else []
    instances = _instances(listed)
    if not instances:
        raise BadEventError("no affected entity is an instance")
    if category == "issue":
        return Hint("AWS Health issue", instances)
    affected = _instances(listed, spared=_SPARED)
    if e.detail.get("statusCode") == "closed" or not affected:
        return Hint("scheduled change is over", instances, over=True)
    return Hint("scheduled change", affected, Doom(DoomKind.RETIREMENT, health_time(e.detail, e.now)))


def _instances(entities: Iterable[object], spared: tuple[str, ...] = ()) -> tuple[InstanceId, ...]:
    named = (entity for entity in entities if isinstance(entity, Mapping))
    values = (entity.get("entityValue") for entity in named if entity.get("status") not in spared)
    return tuple(InstanceId(v) for v in values if isinstance(v, str) and INSTANCE.fullmatch(v))


def _command_status(e: Envelope) -> Trigger:
    return Hint(f"command {word(e.detail, 'status', 'ended')}", (instance_of(e.detail),))


def _api_call(e: Envelope) -> Trigger:
    """Somebody changed what a way out is made of, as a trail of the account tells (CloudTrail User Guide,
    record contents): no event of EC2's own tells of a route, an address or a check."""
    name, asked, who = word(e.detail, "eventName", "unknown"), e.detail.get("requestParameters"), _caller(e)
    asked = asked if isinstance(asked, Mapping) else {}
    if who.endswith(f"/{e.stack}-reconcile"):  # a function's session bears its name
        return Ignored(f"{name} is our own")
    if "errorCode" in e.detail:
        return Ignored(f"{name} was refused: nothing has changed")
    if name.endswith("Route") and asked.get("destinationCidrBlock") != DEFAULT:
        return Ignored(f"{name} is of no default route")
    if name.endswith("Attribute") and "sourceDestCheck" not in asked:
        return Ignored(f"{name} is of no source/dest check")
    return Sweep(f"{name} by {shown(who)}")


def _caller(e: Envelope) -> str:
    identity = e.detail.get("userIdentity")
    return str(identity.get("arn")) if isinstance(identity, Mapping) else "unknown"


def _alarm(e: Envelope) -> Trigger:
    name = str(e.detail.get("alarmName"))
    if not matches(WORD, name) or not name.startswith(f"{e.stack}-"):
        return Ignored("an alarm of somebody else")
    return Sweep(f"alarm {name}")


def _evidence(e: Envelope) -> Trigger:
    require_stack(e)
    return Sweep("new evidence")


PARSERS: Mapping[object, Callable[[Envelope], Trigger]] = {
    ("aws.events", "Scheduled Event"): _sweep,
    ("aws.ec2", "EC2 Instance State-change Notification"): _state_change,
    ("aws.ec2", "EC2 Spot Instance Interruption Warning"): _interruption,
    ("aws.ec2", "EC2 Instance Rebalance Recommendation"): _rebalance,
    ("aws.ec2", "AWS API Call via CloudTrail"): _api_call,
    ("aws.ecs", "ECS Task State Change"): _task,
    ("aws.health", "AWS Health Event"): _health,
    ("aws.ssm", "EC2 Command Invocation Status-change Notification"): _command_status,
    ("aws.cloudwatch", "CloudWatch Alarm State Change"): _alarm,
    ("natkeeper", "Evidence Changed"): _evidence,
    (peers.SOURCE, "Peer Report"): peers.read,
    **{("natkeeper", form.kind): partial(read, form) for form in FORMS.values()},
}

_SPARED = ("RESOLVED", "UNIMPAIRED")
_DYING = ("stopping", "shutting-down")
_BEGINNING = ("pending", "running")
