"""Refusals by AWS's request limits: RequestLimitExceeded from EC2, ThrottlingException from SSM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult

from lab.ec2.refusal import refusal, ssm_refusal

ROLE_KEY = "ASIA"
"""Begins every temporary access key: a function's is its role's, the account's own key is not."""


@dataclass
class Throttle:
    """How many of the functions' calls are still to be refused, and which."""

    left: int = 0
    actions: frozenset[str] = frozenset()
    """None: any action."""

    def takes(self, action: str) -> bool:
        """Returns whether to refuse this call, and counts it if so."""
        if self.left <= 0 or (self.actions and action not in self.actions):
            return False
        self.left -= 1
        return True


def by_function(response: Any) -> bool:
    """Returns whether a call was signed with a role's temporary key, as every function's is."""
    return str(response.access_key).startswith(ROLE_KEY)


def refused(response: Any) -> tuple[int, dict[str, Any], Any]:
    """Returns the service's refusal in its own protocol: status, headers, body."""
    if response.service_name == "ec2":
        # AWS sends 503, and botocore tries again only for that status.
        status, error = 503, refusal("RequestLimitExceeded", "Request limit exceeded.")
    else:
        status, error = 400, ssm_refusal("ThrottlingException", "Rate exceeded")  # type: ignore[assignment]
    _, headers, body = response.serialized(ActionResult(error))
    return status, {**headers, "status": str(status)}, body
