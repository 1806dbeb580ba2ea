"""What a person is told of what the nodes say of each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from natkeeper.core.actions import Cause, Notify
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.telling import tell
from natkeeper.core.model import EVERYWHERE

MANY = 10
"""So many reports that meant nothing are told."""
LATELY = timedelta(minutes=10)
"""Of which the last is no older than this."""


def tell_hearsay(look: Look) -> Iterator[Notify]:
    """That reports meant nothing, and whose word turned out to be wrong."""
    context, misheard = look.context, look.hearsay.misheard
    if misheard.count >= MANY and misheard.last and context.now - misheard.last <= LATELY:
        reason = f"{misheard.count} reports of nodes were ignored, the last one because of {misheard.reason}"
        yield from tell(Notify(EVERYWHERE, "reports ignored", Cause.HEARSAY, reason), context)
    for s in look.standings.values():
        name, zone = s.node.id, s.node.zone
        wrong = context.memory.node(name).disbelieved_at
        if wrong and context.now - wrong < context.policy.disbelief:
            until = wrong + context.policy.disbelief
            said = f"{name} says that a neighbour forwards nothing, which has passed a probe since"
            reason = f"{said}: it is not believed until {until:%H:%M:%S}; see why, or have it replaced"
            yield from tell(Notify(zone, f"{zone} wrong word of {name}", Cause.HEARSAY, reason), context)
