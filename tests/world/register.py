"""The hub's table, under the same conditions as DynamoDB's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from natkeeper.adapters.dynamodb_register import MOST
from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
from natkeeper.core.fleet.standing import Known
from natkeeper.core.fleet.state import StackState
from natkeeper.fleet_ports import Entered
from tests.world.gate import Gate


@dataclass
class Register:
    """The port `Register`."""

    gate: Gate
    kept: dict[StackKey, Known] = field(default_factory=dict)

    def stacks(self) -> tuple[tuple[Known, ...], tuple[str, ...]]:
        """All of them; nothing here is ever damaged."""
        with self.gate.read("TableQuery", "reading", "the table"):
            return tuple(self.kept[key] for key in sorted(self.kept, key=str)), ()

    def enter(self, key: StackKey, state: StackState, heard_at: datetime) -> Entered:
        """What is later stays."""
        with self.gate.read("TableWrite", "noting a state in", "the table"):
            known = self.kept.get(key)
            if known and known.state.at >= state.at:
                return Entered.KNOWN
            if not known and sum(other.account == key.account for other in self.kept) >= MOST:
                return Entered.FULL
            self.kept[key] = Known(key, state, heard_at, known.answer if known else None)
            return Entered.NEW

    def answer(self, key: StackKey, answer: OrderAnswer) -> Entered:
        """Of a known stack, and later than the last."""
        with self.gate.read("TableWrite", "noting an answer in", "the table"):
            known = self.kept.get(key)
            if known is None or (known.answer and known.answer.at >= answer.at):
                return Entered.KNOWN
            self.kept[key] = replace(known, answer=answer)
            return Entered.NEW
