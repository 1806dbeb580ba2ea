"""In which account one is, by STS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from natkeeper.adapters.aws_errors import named


@dataclass(frozen=True, slots=True)
class StsIdentity:
    """One question, which needs no right."""

    client: Any

    def account(self) -> str:
        """The account's number."""
        with named("asking for the account", "the credentials"):
            return str(self.client.get_caller_identity()["Account"])
