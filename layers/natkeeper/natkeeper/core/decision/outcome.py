"""What came of a run, as a value. People read it as text (`render.summary`); code asks it."""

from __future__ import annotations

from dataclasses import dataclass

from natkeeper.core.actions import Action, Notify, Wait
from natkeeper.core.errors import AwsError
from natkeeper.core.last_resort import NatGateway
from natkeeper.core.model import ImageId, InstanceId, ZoneName


@dataclass(frozen=True, slots=True)
class Refused:
    """A step of an action (`dependence.py`) that AWS would not take, and why."""

    action: Action
    step: str
    error: AwsError


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: for a launch, which instance, which pools were found bad, and the stack's own
    image that EC2 would not take (`struck`); which gateway was made; what was refused. A move of tables may
    be done in part."""

    action: Action
    instance: InstanceId | None = None
    bad_pools: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    struck: ImageId | None = None
    gateway: NatGateway | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run's result, of all its passes: what it decided, in order, and what became of that. A `follow_up`
    is due when something was begun that only another look can finish; what was `left` is the next sweep's,
    for this run had no time for it; `held_elsewhere`: another run holds the lease."""

    decided: tuple[Action, ...] = ()
    done: tuple[Action, ...] = ()
    refused: tuple[Refused, ...] = ()
    left: tuple[Action, ...] = ()
    follow_up: bool = False
    held_elsewhere: bool = False

    def and_then(self, later: Outcome) -> Outcome:
        """This outcome, and that of the pass after it."""
        return Outcome(
            decided=(*self.decided, *later.decided),
            done=(*self.done, *later.done),
            refused=(*self.refused, *later.refused),
            left=later.left,
            follow_up=later.follow_up,
            held_elsewhere=later.held_elsewhere,
        )

    def comes_soon(self) -> bool:
        """Whether it waits for what may be there before the next sweep, and of which no event tells."""
        return any(isinstance(action, Wait) and action.soon for action in self.decided)

    def is_idle(self, zone: ZoneName | None = None) -> bool:
        """Whether it found nothing to do (in this zone): whoever only waits, or only tells, does nothing."""
        return not self.held_elsewhere and not any(
            zone in (None, action.zone) and not isinstance(action, Wait | Notify) for action in self.decided
        )
