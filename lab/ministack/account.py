"""What ministack does not know of an account: its plan, and its quotas. Those are told, not enforced: tests
launch and allocate as they need."""

from __future__ import annotations

import json
from typing import Any

import ministack.app as gateway
from ministack.core import router

from lab.ministack import bus
from lab.ministack.delegation import Answer
from lab.ministack.store import ACCOUNT

PLAN = {"accountId": ACCOUNT, "accountPlanType": "PAID", "accountPlanStatus": "ACTIVE"}
"""Free Tier API reference, GetAccountPlanState."""
VCPUS, ADDRESSES = "L-1216C47A", "L-0263D0A3"
"""Running on-demand standard instances, in vCPUs; elastic addresses. Both are quotas of ec2."""


def install() -> None:
    """Answers for the Free Tier API and for Service Quotas, whose values /quotas changes. At first the
    account has a new one's five addresses, and has asked for more vCPUs."""
    quotas = {VCPUS: 32.0, ADDRESSES: 5.0}
    bus.COMMANDS["/quotas"] = quotas.update

    async def service_quotas(_: str, __: str, headers: Any, body: Any, ___: Any) -> Answer:
        asked = json.loads(body or b"{}")
        code = asked.get("QuotaCode")
        if _action(headers) != "GetServiceQuota" or asked.get("ServiceCode") != "ec2" or code not in quotas:
            return _answer(400, {"__type": "NoSuchResourceException", "Message": "no such quota"})
        return _answer(200, {"Quota": {"ServiceCode": "ec2", "QuotaCode": code, "Value": quotas[code]}})

    for name, target, answers in (
        ("servicequotas", "ServiceQuotasV20190624", service_quotas),
        ("freetier", "AWSFreeTierService", _freetier),
    ):
        gateway.SERVICE_HANDLERS[name] = answers
        # For a name without a pattern ministack reads all of botocore's models first: ten seconds.
        router.SERVICE_PATTERNS[name] = {"target_prefixes": [target]}


async def _freetier(_: str, __: str, headers: Any, *___: Any) -> Answer:
    if _action(headers) == "GetAccountPlanState":
        return _answer(200, PLAN)
    return _answer(400, {"__type": "UnknownOperationException"})


def _action(headers: Any) -> str:
    return str(headers.get("x-amz-target", "")).rpartition(".")[2]


def _answer(status: int, body: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()
