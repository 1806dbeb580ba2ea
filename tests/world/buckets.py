"""Request token buckets, one for each API in the account and Region (EC2 API Reference, request throttling)."""

from __future__ import annotations

from dataclasses import dataclass, field

READING, WRITING = (100.0, 20.0), (50.0, 5.0)
FIGURES: dict[str, tuple[float, float]] = {
    "RunInstances": (5.0, 2.0),
    "TerminateInstances": (100.0, 5.0),
    "ModifyNetworkInterfaceAttribute": (100.0, 5.0),
}
"""Burst and refill a second; others by their kind."""


@dataclass
class Buckets:
    """Tokens left and when that was so. `drained` APIs are used up by others in the account."""

    tokens: dict[str, tuple[float, float]] = field(default_factory=dict)
    drained: float = 0.0  # so many of the tokens others take

    def take(self, api: str, at: float, luck: float) -> bool:
        """Whether a call gets a token; `luck`, from 0 to 1, decides who is quicker when others drain it."""
        burst, refill = FIGURES.get(api, READING if api.startswith("Describe") else WRITING)
        left, then = self.tokens.get(api, (burst, at))
        left = min(burst, left + (at - then) * refill)
        if left < 1 or luck < self.drained:
            self.tokens[api] = (left, at)
            return False
        self.tokens[api] = (left - 1, at)
        return True
