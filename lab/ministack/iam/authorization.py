"""IAM for EC2 and Run Command, resource by resource, before anything is delegated.

ministack checks one resource a call and knows no EC2 tags. Here a call becomes the list of checks that
AWS's service authorization reference gives it, each with its own condition keys:
resource and request tags, ec2:LaunchTemplate, ec2:CreateAction, iam:PassedToService.
"""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl

from ministack.core import iam_actions, iam_evaluator

from lab.ministack.iam import launching
from lab.ministack.iam.check import Check, existing
from lab.ministack.iam.resources import MADE, RESOURCES

LOG = logging.getLogger(__name__)
_NUMBERS = re.compile(r"\.\d+")
_request: ContextVar[tuple[Any, bytes] | None] = ContextVar("request", default=None)


def values(params: dict[str, str], name: str) -> list[str]:
    """Returns a parameter's values, whatever numbers its name has: `InstanceId.1`."""
    return [v for k, v in params.items() if _NUMBERS.sub("", k) == name]


def _ec2(action: str, params: dict[str, str]) -> list[Check]:
    if action == "RunInstances":
        return launching.checks(params)
    if action == "CreateImage":
        return launching.imaging(params)
    if action == "DisassociateAddress":
        return launching.disassociation(params)
    checks = launching.making(action, params, MADE[action]) if action in MADE else []
    for parameter, kind in RESOURCES.get(action, ()):
        checks += existing(f"ec2:{action}", kind, values(params, parameter))
    return checks


def _ssm(action: str, body: bytes) -> list[Check]:
    if action not in ("SendCommand", "GetParameters"):
        return []
    asked = json.loads(body)
    if action == "GetParameters":
        return [Check.parameter(name) for name in asked["Names"]]
    document = Check.document(asked["DocumentName"])
    instances = existing("ssm:SendCommand", "instance", asked.get("InstanceIds") or [])
    return [document, *(check.with_ssm_tags() for check in instances)]


def _checks(service: str, action: str) -> list[Check]:
    request = _request.get()
    if request is None:
        return []
    if service == "ssm":
        return _ssm(action, request[1])
    return _ec2(action, dict(parse_qsl(request[1].decode())))


def install() -> None:
    """Wraps ministack's evaluator. The gateway looks it up anew for every request."""
    own_arn, own_enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce

    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> Any:
        _request.set((headers, body) if service in ("ec2", "ssm") else None)
        return own_arn(service, method, path, headers, body, *rest)

    def enforce(key: str, action: str, service: str, region: str, **more: Any) -> Any:
        if service not in ("ec2", "ssm") or iam_evaluator.is_root_access_key(key):
            return own_enforce(key, action, service, region, **more)
        checks = _checks(service, action.split(":", 1)[1])
        if not checks:
            return own_enforce(key, action, service, region, **more)
        for check in checks:
            denied = own_enforce(
                key,
                check.action,
                service,
                region,
                resource_arn=check.resource,
                service_context=check.context,
            )
            if denied:
                LOG.warning("denied %s on %s with %s", check.action, check.resource, check.context)
                return denied
        return None

    iam_actions.extract_resource_arn = extract
    iam_evaluator.enforce = enforce
