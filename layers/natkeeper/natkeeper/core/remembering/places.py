"""Where a zone's address is by our own last word, while EC2 may still show it elsewhere (docs/adr/0034)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from natkeeper.core.actions import AssociateAddress, PointRoute
from natkeeper.core.decision.outcome import Done
from natkeeper.core.errors import AnswerError, UnreachableError
from natkeeper.core.judgement.dependence import step_of, step_of_address, step_of_table
from natkeeper.core.memory import Memory, Placed

_UNSURE = (AnswerError, UnreachableError)
"""After these it may have been done all the same."""


def note_place(memory: Memory, done: Done, now: datetime) -> Memory:
    """The memory after an action that may have moved a zone's address, `now` that it has. What was refused
    changes nothing; of what may have been done, or given back since no table has moved, nobody knows."""
    action = done.action
    if not isinstance(action, AssociateAddress | PointRoute) or not action.address:
        return memory
    refused = {each.step: each.error for each in done.refused}
    whole = (step_of(action), step_of_address(action.address, action.private))
    errors = [refused[step] for step in whole if step in refused]
    if errors and not any(isinstance(error, _UNSURE) for error in errors):
        return memory
    tables = action.tables if isinstance(action, PointRoute) else ()
    stuck = bool(tables) and refused.keys() >= set(map(step_of_table, tables))
    unknown = bool(errors) or stuck
    placed = None if unknown else Placed(action.address, action.interface, action.private, now)
    return memory.with_zone(action.zone, replace(memory.zone(action.zone), placed=placed))
