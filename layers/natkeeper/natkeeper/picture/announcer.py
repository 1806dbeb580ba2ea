"""Says how the stack stands, for a hub that hears of many: what the picture would show, in short. Each minute
the stack is looked at; it speaks when something has changed, and every hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from natkeeper.core.errors import AwsError
from natkeeper.core.fleet.state import Identity, state_of
from natkeeper.core.fleet.telling import Telling
from natkeeper.core.picture.composition import compose
from natkeeper.picture.illustrator import Illustrator
from natkeeper.ports import States


@dataclass(slots=True)
class Announcer:
    """One process's: a new one does not know what was said, and says it again."""

    illustrator: Illustrator
    identity: Identity
    states: States
    telling: Telling = field(default_factory=Telling)

    def announce(self) -> str:
        """What was said, or why nothing was. It never raises AwsError: the next minute tries again."""
        reading = self.illustrator.read()
        overview = compose(self.identity.stack, reading)
        state = state_of(overview, self.identity, removed=reading.removed)
        why, self.telling = self.telling.why(state), self.telling.looking(state)
        if not why:
            return "nothing new"
        try:
            self.states.tell(state)
        except AwsError as error:
            self.illustrator.journal.unreadable(error)
            return f"left to the next minute: {error}"
        self.telling = self.telling.having_told(state)
        return f"told, for {why}"
