"""What only listens: the log of a run, and the reconciler that the probe has news for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from natkeeper.core.actions import Action
from natkeeper.core.doctor.findings import Finding
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.commands import Answered
from natkeeper.core.model import InstanceId, ZoneName


@dataclass
class Announcements:
    """The port `Announcements`, which passes news on at once and remembers which nodes it was about."""

    announced: list[tuple[InstanceId, ...]] = field(default_factory=list)
    listener: Callable[[], object] = tuple

    def announce(self, nodes: Sequence[InstanceId]) -> None:
        self.announced.append(tuple(nodes))
        self.listener()


@dataclass
class Journal:
    """The port `Journal`, which remembers a line for everything."""

    lines: list[str] = field(default_factory=list)
    refusals: list[AwsError] = field(default_factory=list)

    def began(self, why: str) -> None:
        self.lines.append(f"began {why}")

    def ignored(self, reason: str) -> None:
        self.lines.append(f"ignored {reason}")

    def misheard(self, reason: str) -> None:
        self.lines.append(f"misheard {reason}")

    def answered(self, answer: Answered) -> None:
        self.lines.append(f"answered {answer.origin.kind} {answer.reply}")

    def decided(self, action: Action, *, dry_run: bool) -> None:
        self.lines.append(f"{'would' if dry_run else 'will'} {type(action).__name__}")

    def did(self, action: Action) -> None:
        self.lines.append(f"did {type(action).__name__}")

    def refused(self, what: str, error: AwsError) -> None:
        self.lines.append(f"refused {what} {error.name}")
        self.refusals.append(error)

    def carried(self, node: InstanceId, zone: ZoneName | None, figures: Mapping[str, int]) -> None:
        self.lines.append(f"carried {node} {zone} {' '.join(figures)}")

    def judged(self, node: InstanceId, zone: ZoneName, verdict: str, reason: str) -> None:
        self.lines.append(f"judged {node} {zone} {verdict} {reason}")

    def served(self, zone: ZoneName, node: InstanceId | None) -> None:
        self.lines.append(f"served {zone} {node}")

    def healed(self, zone: ZoneName, seconds: float) -> None:
        self.lines.append(f"healed {zone} {seconds:.0f}")

    def missed(self, zone: ZoneName, goal: str, since: datetime) -> None:
        self.lines.append(f"missed {zone} {goal} {since:%H:%M}")

    def unreadable(self, error: AwsError) -> None:
        self.lines.append(f"unreadable {error.name}")

    def rests(self, zone: ZoneName, reason: str) -> None:
        self.lines.append(f"rests {zone} {reason}")

    def woke(self, zone: ZoneName, seconds: float) -> None:
        self.lines.append(f"woke {zone} {seconds:.0f}")

    def swept(self, seconds: float) -> None:
        self.lines.append(f"swept {seconds:.0f}")

    def accounted(self, figures: Mapping[str, float]) -> None:
        self.lines.append(f"accounted {' '.join(figures)}")

    def demolished(self, what: str) -> None:
        self.lines.append(f"demolished {what}")

    def examined(self, findings: Sequence[Finding]) -> None:
        self.lines.append(f"examined {' '.join(f'{f.check.name}={f.verdict.value}' for f in findings)}")
