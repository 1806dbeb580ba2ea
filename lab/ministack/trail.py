"""CloudTrail: what somebody changed in EC2, as a trail of the account tells EventBridge a little later."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import ministack.app as gateway
from ministack.core import iam_evaluator

from lab.ec2.event_bus.events import Event
from lab.ministack import bus
from lab.ministack.store import ACCOUNT, REGION

READING = ("Describe", "Get", "List")
KIND = "AWS API Call via CloudTrail"


def install() -> None:
    """Writes down every change that EC2 is asked for, once /trail has said {"seconds": n}: so long until the
    bus has it. null: the account has no trail, as at first."""
    own, trail = gateway.SERVICE_HANDLERS["ec2"], {"seconds": None}
    bus.COMMANDS["/trail"] = trail.update

    async def ec2(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        answer = await own(method, path, headers, body, query)
        params = dict(parse_qsl(body.decode() if isinstance(body, bytes) else body or ""))
        action = params.get("Action", "")
        if trail["seconds"] is not None and not action.startswith(READING):
            caller = iam_evaluator.request_caller_arn(headers, query)
            told = record(action, params, caller, answer[0])
            threading.Timer(trail["seconds"], bus.put, [told]).start()
        return answer

    gateway.SERVICE_HANDLERS["ec2"] = ec2


def record(action: str, params: dict[str, str], caller: str, status: int) -> dict[str, Any]:
    """Returns the event of a call as CloudTrail puts it on the default bus (CloudTrail User Guide, record
    contents); of a refused one only that it was refused."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole" if ":assumed-role/" in caller else "Root", "arn": caller},
        "eventTime": now,
        "eventSource": "ec2.amazonaws.com",
        "eventName": action,
        "awsRegion": REGION,
        "requestParameters": _nested(params),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        **({"errorCode": "Client.Refused"} if status >= 300 else {}),
    }
    return Event("aws.ec2", KIND, detail, region=REGION, account=ACCOUNT, time=now).envelope()


def _nested(params: dict[str, str]) -> dict[str, Any]:
    """`SourceDestCheck.Value=true` becomes `{"sourceDestCheck": {"value": True}}`."""
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name in ("Action", "Version"):
            continue
        *outer, last = [part[:1].lower() + part[1:] for part in name.split(".")]
        inner = found
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = {"true": True, "false": False}.get(value, value)
    return found
