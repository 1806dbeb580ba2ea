"""Which plan the account is on, by the Free Tier API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from natkeeper.adapters.aws_errors import named


@dataclass(frozen=True, slots=True)
class FreeTierPlan:
    """One question about the account."""

    client: Any

    def plan(self) -> str:
        """FREE or PAID (GetAccountPlanState, accountPlanType)."""
        with named("reading the account's plan", "the account"):
            return str(self.client.get_account_plan_state()["accountPlanType"])
