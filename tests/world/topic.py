"""SNS: the topic through which a person is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.world.gate import Gate, Refusal


@dataclass
class Topic:
    """The port `Notices`. `sent` is what a person was told; `heard` gets it as it arrives."""

    gate: Gate
    sent: list[tuple[str, str]] = field(default_factory=list)
    heard: Callable[[str, str], None] = lambda subject, text: None
    deleted: bool = False  # somebody has deleted the topic

    def publish(self, subject: str, text: str) -> None:
        """Refused as SNS does when the topic is gone: its code has no more to it than that."""
        with self.gate.read("Publish", "telling a person", subject):
            if self.deleted:
                raise Refusal("NotFound", "Topic does not exist")
            self.sent.append((subject, text))
            self.heard(subject, text)
