"""What happened, for whoever has to understand a failure; and the journal that the controller writes into it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from natkeeper.core.actions import (
    Action,
    Cause,
    Disruptive,
    LaunchNode,
    Notify,
    PointRoute,
    StopNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.decision.render import sentence
from natkeeper.core.doctor.findings import Finding
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.commands import Answered
from natkeeper.core.model import InstanceId, ZoneName
from tests.world.agenda import Agenda
from tests.world.processes import Process


@dataclass
class Diary:
    """The last lines, with their times."""

    agenda: Agenda
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=250))

    def note(self, who: str, what: str) -> None:
        """One line."""
        hours, seconds = divmod(self.agenda.at, 3600)
        self.lines.append(f"{hours:7.0f}h {seconds:7.2f}s  {who:<14} {what}")


@dataclass
class Run:
    """What one invocation has decided and done so far."""

    process: Process | None = None
    at_work: bool = True  # it has the lease, or thinks so
    blind: bool = False  # AWS could not be read in this pass
    disruptions: Counter[ZoneName] = field(default_factory=Counter)  # in this pass
    leaned_on: set[InstanceId] = field(default_factory=set)  # what this pass decided to point routes at
    let_go: set[InstanceId] = field(default_factory=set)  # what this pass decided to stop or end
    planned: set[ZoneName] = field(default_factory=set)  # where it launches for an update or a wish
    causes: dict[ZoneName, Cause] = field(default_factory=dict)  # why it launches last, by zone
    urgent: set[ZoneName] = field(default_factory=set)  # where that is an emergency
    moves: dict[ZoneName, Cause] = field(default_factory=dict)  # why this pass moves routes
    silent: set[InstanceId] = field(default_factory=set)  # by the word of their neighbours, in this pass
    event: Mapping[str, object] | None = None  # what it began with
    again: Callable[[], None] = lambda: None  # what Lambda does when it does not end well

    def begin_pass(self) -> None:
        """Another pass of the same invocation."""
        self.at_work, self.blind = True, False
        self.disruptions.clear()
        self.moves.clear()
        self.silent.clear()
        self.leaned_on.clear()
        self.let_go.clear()


@dataclass
class Journal:
    """The port `Journal` of one invocation. `heals` counts by cause."""

    diary: Diary
    run: Run
    heals: Counter[str]

    def _note(self, what: str) -> None:
        process = self.run.process
        self.diary.note(f"{process.name} {process.number}" if process else "-", what)

    def began(self, why: str) -> None:
        self._note(f"began: {why}")

    def ignored(self, reason: str) -> None:
        pass

    def misheard(self, reason: str) -> None:
        self._note(f"misheard: {reason}")

    def answered(self, answer: Answered) -> None:
        self._note(f"answered: {answer.origin.kind}: {answer.text()[:150]}")

    def decided(self, action: Action, *, dry_run: bool) -> None:
        if not isinstance(action, Wait):
            self._note(f"will: {sentence(action)}")
        if isinstance(action, Disruptive) and not dry_run:
            self.run.disruptions[action.zone] += 1
        if isinstance(action, LaunchNode):
            self.run.causes[action.zone] = action.cause
            (self.run.urgent.add if action.urgent else self.run.urgent.discard)(action.zone)
        if isinstance(action, LaunchNode) and not action.urgent and action.cause is not Cause.UNHEALTHY:
            self.run.planned.add(action.zone)
        if isinstance(action, PointRoute):
            self.run.leaned_on.add(action.node)
            self.run.moves[action.zone] = action.cause
        if isinstance(action, StopNode | TerminateNode):
            self.run.let_go.add(action.node)

    def did(self, action: Action) -> None:
        if not isinstance(action, Notify):
            self.heals[action.cause] += 1

    def refused(self, what: str, error: AwsError) -> None:
        self._note(f"refused: {what}: {error}")

    def carried(self, node: InstanceId, zone: ZoneName | None, figures: Mapping[str, int]) -> None:
        pass

    def judged(self, node: InstanceId, zone: ZoneName, verdict: str, reason: str) -> None:
        if verdict == "silent":
            self.run.silent.add(node)
        if verdict != "healthy":
            self._note(f"{node} is {verdict}: {reason}")

    def served(self, zone: ZoneName, node: InstanceId | None) -> None:
        """Said in every sweep; the story tells only what changes."""

    def accounted(self, figures: Mapping[str, float]) -> None:
        self._note(f"accounted {', '.join(figures)}")

    def healed(self, zone: ZoneName, seconds: float) -> None:
        self._note(f"healed {zone} after {seconds:.1f} s")

    def missed(self, zone: ZoneName, goal: str, since: datetime) -> None:
        self._note(f"{zone} misses {goal} since {since:%H:%M:%S}")

    def unreadable(self, error: AwsError) -> None:
        # The nodes' reports are no part of a look: without them a run waits longer (docs/adr/0033).
        self.run.blind |= error.attempted not in ("receiving the nodes' reports", "saving a word")
        self._note(f"unreadable: {error}")

    def rests(self, zone: ZoneName, reason: str) -> None:
        pass

    def woke(self, zone: ZoneName, seconds: float) -> None:
        pass

    def swept(self, seconds: float) -> None:
        pass

    def demolished(self, what: str) -> None:
        self._note(f"demolished: {what}")

    def examined(self, findings: Sequence[Finding]) -> None:
        pass
