"""A function's log is written as its role: a log group that is missing is made only if the role may make one.

ministack makes it for every function, also for an invocation that ends after its stack was deleted.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import cloudwatch_logs, lambda_svc

from lab.ministack.store import REGION


def _may_make(role: str, group: str) -> bool:
    account = role.split(":")[4] if role.count(":") > 4 else ""
    question = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=account,
        action="logs:CreateLogGroup",
        resource_arn=f"arn:aws:logs:{REGION}:{account}:log-group:{group}",
        region=REGION,
    )
    policies = iam_evaluator._gather_role_policies(role.rsplit("/", 1)[-1], account)
    return bool(iam_evaluator.evaluate(question, policies).decision == "Allow")


def install() -> None:
    """Wraps what writes a function's log."""
    write = lambda_svc._emit_lambda_logs

    def as_its_role(function: dict[str, Any], *more: Any, **named: Any) -> None:
        told = function.get("config") or function
        own = f"/aws/lambda/{told.get('FunctionName')}"
        group = (told.get("LoggingConfig") or {}).get("LogGroup") or own
        if group in cloudwatch_logs._log_groups or _may_make(told.get("Role", ""), group):
            write(function, *more, **named)

    lambda_svc._emit_lambda_logs = as_its_role
