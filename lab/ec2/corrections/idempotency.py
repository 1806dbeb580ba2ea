"""ClientToken: the same token gives the same instance, dead or alive."""

from __future__ import annotations

import json
from typing import Any
from weakref import WeakKeyDictionary

from moto.core.responses import ActionResult

from lab.ec2.refusal import refusal

Launches = dict[str, tuple[str, Any]]

_launches: WeakKeyDictionary[Any, Launches] = WeakKeyDictionary()


def _signature(params: dict[str, Any]) -> str:
    compared = {k: v for k, v in params.items() if k not in ("ClientToken", "DryRun")}
    return json.dumps(compared, sort_keys=True, default=str)


def find(response: Any, params: dict[str, Any]) -> ActionResult | None:
    """Returns an earlier launch with this token, in its present state.

    Raises IdempotentParameterMismatch when the other parameters differ.
    """
    token = params.get("ClientToken")
    known = _launches.get(response.ec2_backend, {}).get(token) if token else None
    if known is None:
        return None
    if known[0] != _signature(params):
        raise refusal(
            "IdempotentParameterMismatch",
            "Arguments on this idempotent request are inconsistent with arguments used in "
            "previous request(s).",
        )
    return ActionResult(known[1])


def remember(response: Any, asked: dict[str, Any], reservation: Any) -> None:
    """Keeps a launch under the token it was asked with."""
    token = asked.get("ClientToken")
    if token:
        launches = _launches.setdefault(response.ec2_backend, {})
        launches[token] = (_signature(asked), reservation)
