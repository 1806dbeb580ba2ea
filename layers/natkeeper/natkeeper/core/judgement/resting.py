"""What AWS refuses for good is tried again, but ever less often; what passes by itself is not held back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.memory import Memory, Refusal
from natkeeper.core.policy import Policy

FORGET_REFUSAL = timedelta(hours=2)
_TEXT = 300  # characters of AWS's words that are kept


def rests_until(memory: Memory, step: str, policy: Policy, *, urgent: bool = False) -> datetime | None:
    """Until when a refused step is left alone; None: it was not refused lately. The pause doubles with each
    refusal in a row, up to a longest one that is short while somebody has no way out."""
    refusal = memory.refusals.get(step)
    if refusal is None:
        return None
    longest = policy.longest_pause_without_way_out if urgent else policy.longest_pause
    pause = policy.refusal_pause * (1 << min(refusal.count - 1, 10))
    return refusal.last + min(pause, longest)


def refuse(memory: Memory, step: str, error: str, now: datetime) -> Memory:
    """The memory after one more refusal of the step."""
    before = memory.refusals.get(step)
    first, count = (before.first, before.count) if before else (now, 0)
    refusal = Refusal(first, now, count + 1, error[:_TEXT])
    return replace(memory, refusals={**memory.refusals, step: refusal})


def forgive(memory: Memory, steps: Iterable[str]) -> Memory:
    """The memory after these steps succeeded: the very same when none of them had been refused."""
    over = memory.refusals.keys() & set(steps)
    if not over:
        return memory
    return replace(memory, refusals={s: r for s, r in memory.refusals.items() if s not in over})


def forget_refusals(memory: Memory, now: datetime) -> Memory:
    """The memory without what nobody has tried for long."""
    old = [step for step, refusal in memory.refusals.items() if now - refusal.last >= FORGET_REFUSAL]
    return forgive(memory, old)
