"""What the fleet's hub needs of the outside, beside what `ports.py` holds for all."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
    from natkeeper.core.fleet.standing import Known
    from natkeeper.core.fleet.state import StackState


class Register(Protocol):
    """The stacks of many accounts, each as it was heard last. `enter` and `answer` keep what is later than
    what is there, and say whether it was; `enter` keeps no new stack of an account that has as many as it may
    (`Full`), `answer` nothing of a stack that nobody knows."""

    def stacks(self) -> tuple[tuple[Known, ...], tuple[str, ...]]: ...
    def enter(self, key: StackKey, state: StackState, heard_at: datetime) -> Entered: ...
    def answer(self, key: StackKey, answer: OrderAnswer) -> Entered: ...


class Entered(StrEnum):
    """What became of news of a stack."""

    NEW = "noted"
    KNOWN = "known already, or older than what is known"
    FULL = "its account has as many stacks as it may"
