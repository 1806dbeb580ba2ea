"""By what everything is decided. Functions of the core take what they are about first, and this after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.judgement.resting import rests_until
from natkeeper.core.memory import Memory
from natkeeper.core.policy import Policy


@dataclass(frozen=True, slots=True)
class Context:
    """The numbers by which to decide, what is remembered of the stack, and the time."""

    policy: Policy
    memory: Memory
    now: datetime

    def resting_until(self, step: str, *, urgent: bool = False) -> datetime | None:
        """Until when a step that AWS refused is left alone; None: it may be tried now."""
        until = rests_until(self.memory, step, self.policy, urgent=urgent)
        return until if until and self.now < until else None
