"""What the doctor found last, in the stack's table."""

from __future__ import annotations

from dataclasses import dataclass

from natkeeper.core.examined import Examined
from tests.world.gate import Gate


@dataclass
class Findings:
    """The port `Findings`."""

    gate: Gate
    kept: Examined | None = None

    def last(self) -> Examined | None:
        """The last."""
        with self.gate.read("TableQuery", "reading what the doctor found", "the table"):
            return self.kept

    def keep(self, examined: Examined) -> None:
        """In the place of the last."""
        with self.gate.read("TableWrite", "writing down what the doctor found", "the table"):
            self.kept = examined
