"""When a stack has something to tell: what has changed since it spoke last, and every hour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from natkeeper.core.fleet.standing import HEARTBEAT
from natkeeper.core.fleet.state import StackState


@dataclass(frozen=True, slots=True)
class Telling:
    """What a process has told, and whether the last look was one that AWS refused. A new process knows
    nothing of either, and tells again."""

    told: StackState | None = None
    doubtful: bool = False

    def looking(self, state: StackState) -> Telling:
        """After this look."""
        return replace(self, doubtful=state.unread)

    def having_told(self, state: StackState) -> Telling:
        """After it was told."""
        return replace(self, told=state)

    def why(self, state: StackState) -> str:
        """Why it is worth telling; empty when it is not. One look that AWS refuses is no news."""
        if state.unread and not self.doubtful:
            return ""
        if self.told is None:
            return "this process has said nothing yet"
        if replace(state, at=self.told.at) != self.told:
            return "something has changed"
        return "an hour has passed" if state.at - self.told.at >= HEARTBEAT else ""
