"""Events that go to another account's bus: by a rule's target, or by PutEvents with the bus's ARN.

ministack keeps accounts apart and delivers neither. AWS asks the role that sends, and the policy of the bus
that receives; the event keeps the account that it comes from (EventBridge User Guide, sending and receiving
events between accounts).
"""

from __future__ import annotations

import json
import logging
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, request_scope
from ministack.services import eventbridge

LOG = logging.getLogger(__name__)
Place = tuple[str, str, str]
"""Account, region and name of a bus."""


def install() -> None:
    """Wraps what invokes targets, and PutEvents."""
    invoke, put = eventbridge._invoke_target, eventbridge._put_events

    def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: Any, *rest: Any) -> None:
        place = _elsewhere(target.get("Arn", ""))
        if place is None:
            invoke(target, event, rule, *rest)
        elif _role_may(target.get("RoleArn", ""), target["Arn"], event) and _bus_takes(place, event):
            _deliver(place, event)
        else:
            LOG.warning("EventBridge -> %s: not delivered: not allowed", target["Arn"])

    def put_events(data: dict[str, Any], *rest: Any, **named: Any) -> Any:
        away = [entry for entry in data.get("Entries", []) if _elsewhere(entry.get("EventBusName", ""))]
        return _put_elsewhere(away) if away else put(data, *rest, **named)

    eventbridge._invoke_target, eventbridge._put_events = invoke_target, put_events


def _elsewhere(arn: str) -> Place | None:
    """Where the bus is, if that is another account or region."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "events" or not parts[5].startswith("event-bus/"):
        return None
    place = (parts[4], parts[3], parts[5].removeprefix("event-bus/"))
    return None if place[:2] == (get_account_id(), get_region()) else place


def _put_elsewhere(entries: list[dict[str, Any]]) -> Any:
    """As AWS: where one of them is not allowed, the call is refused."""
    going = [(_elsewhere(entry["EventBusName"]), _event(entry)) for entry in entries]
    if refused := [place for place, event in going if place and not _bus_takes(place, event)]:
        message = f"not authorized to perform: events:PutEvents on {refused[0]}"
        return error_response_json("AccessDeniedException", message, 400)
    for place, event in going:
        if place:
            _deliver(place, event)
    results = [{"EventId": event["EventId"]} for _, event in going]
    body = json.dumps({"FailedEntryCount": 0, "Entries": results}).encode()
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, body


def _event(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "EventId": eventbridge.new_uuid(),
        "Source": entry.get("Source", ""),
        "DetailType": entry.get("DetailType", ""),
        "Detail": entry.get("Detail", "{}"),
        "Time": int(eventbridge._now_ts()),
        "Resources": entry.get("Resources", []),
        "Account": get_account_id(),
        "Region": get_region(),
    }


def _question(principal: str, arn: str, event: dict[str, Any]) -> iam_evaluator.EvalContext:
    return iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=get_account_id(),
        action="events:PutEvents",
        resource_arn=arn,
        region=get_region(),
        service_context={"events:source": [event["Source"]], "events:detail-type": [event["DetailType"]]},
    )


def _role_may(role: str, arn: str, event: dict[str, Any]) -> bool:
    name = role.rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(name, get_account_id())
    principal = f"arn:aws:sts::{get_account_id()}:assumed-role/{name}/events"
    return bool(iam_evaluator.evaluate(_question(principal, arn, event), policies).decision == "Allow")


def _bus_takes(place: Place, event: dict[str, Any]) -> bool:
    account, region, name = place
    asked = _question(
        f"arn:aws:iam::{get_account_id()}:root", f"arn:aws:events:{region}:{account}:event-bus/{name}", event
    )
    with request_scope(account, region):
        policy = eventbridge._event_bus_policies.get(name)
    return bool(iam_evaluator.evaluate_resource_policy(policy, asked).decision == "Allow")


def _deliver(place: Place, event: dict[str, Any]) -> None:
    account, region, name = place
    with request_scope(account, region):
        eventbridge._ensure_default_bus()
        if name in eventbridge._event_buses:
            eventbridge._dispatch_event({**event, "EventBusName": name})
        else:
            LOG.warning("EventBridge -> %s: there is no such bus", place)
