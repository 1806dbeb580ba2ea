"""Says how the stack stands, for a hub that hears of many: what the picture would show, in short. Each minute
the stack is looked at; it speaks when something has changed, and every hour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from natkeeper.core.errors import AwsError
from natkeeper.core.fleet.standing import HEARTBEAT
from natkeeper.core.fleet.state import Identity, StackState, state_of
from natkeeper.core.picture.composition import compose
from natkeeper.picture.illustrator import Illustrator
from natkeeper.ports import States


@dataclass(slots=True)
class Announcer:
    """One process's: a new one does not know what was said, and says it again."""

    illustrator: Illustrator
    identity: Identity
    states: States
    told: StackState | None = None
    doubtful: bool = False

    def announce(self) -> str:
        """What was said, or why nothing was. It never raises AwsError: the next minute tries again."""
        reading = self.illustrator.read()
        overview = compose(self.identity.stack, reading)
        state = state_of(overview, self.identity, removed=reading.removed)
        if not (why := self._why(state)):
            return "nothing new"
        try:
            self.states.tell(state)
        except AwsError as error:
            self.illustrator.journal.unreadable(error)
            return f"left to the next minute: {error}"
        self.told = state
        return f"told, for {why}"

    def _why(self, state: StackState) -> str:
        """What is worth telling of it. One look at which AWS refused to be read is no news."""
        doubtful, self.doubtful = self.doubtful, state.unread
        if state.unread and not doubtful:
            return ""
        if self.told is None:
            return "this process has said nothing yet"
        if replace(state, at=self.told.at) != self.told:
            return "something has changed"
        return "an hour has passed" if state.at - self.told.at >= HEARTBEAT else ""
