"""What an experiment is: what triggers it, when the stack has recovered, and what natkeeper promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lab.experiments.preconditions import Plan, rested
from lab.experiments.promise import Promise
from lab.stage.stack_view import ZoneView
from lab.stage.stage import Stage

TRAIL = 3.0
"""Seconds from a call until EventBridge has it: assumed, for AWS publishes none."""


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood when the experiment was triggered."""

    zones: list[ZoneView]
    repairs: int  # of the first zone's guard

    @property
    def node(self) -> str:
        """Returns the node that is struck: the first zone's, for there lives the private host."""
        return self.zones[0].instance


Trigger = Callable[[Stage, Before], str]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One thing that goes wrong, or one way to sleep or to wake."""

    name: str
    title: str
    story: str
    trigger: Trigger
    """Breaks something or wants something, and says what in the words of who did it."""
    healed: Callable[[Stage, Before], bool]
    promise: Promise
    mend: Callable[[Stage, Before], None] = lambda _stage, _before: None
    """Takes back what is not natkeeper's to heal."""
    begin: Callable[[Stage], Plan] = rested
    """Brings the stage to where this begins."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the stack is deployed with, over the stage's own."""
    zones: int = 2
    watch: float = 0
    """Minutes of the schedule to look on before `mend`, in which no node may be replaced."""
    minute: float | None = None
    """The length of the schedule's minute for this experiment, in seconds."""
    trail: float | None = None
    """The account has a trail that tells EventBridge of a change so many seconds later; None: it has none."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Delays of AWS that differ from the stage's pace."""
    midstream: bool = True
    """Security groups begin to track a TCP flow that they see first in its middle."""
    deadline: float = 420
    """Seconds from the trigger, or from `mend` after a watch."""

    def told_by_a_trail(self, promise: Promise) -> Experiment:
        """Returns the same in an account with a trail, where natkeeper promises more."""
        story = f"CloudTrail tells EventBridge {TRAIL:g} s later, as is assumed; natkeeper looks at once."
        title = f"{self.title}, in an account with a trail"
        name = f"{self.name}-trail"
        return replace(self, name=name, title=title, story=story, promise=promise, trail=TRAIL)
