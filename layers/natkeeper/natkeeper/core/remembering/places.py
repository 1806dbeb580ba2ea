"""Where a zone's address is, and where its tables lead, by our own last word, while EC2 may still show them
elsewhere (docs/adr/0034).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from natkeeper.core.actions import AssociateAddress, PointRoute
from natkeeper.core.decision.outcome import Done
from natkeeper.core.errors import AnswerError, UnreachableError
from natkeeper.core.judgement.dependence import step_of, step_of_address, step_of_table
from natkeeper.core.last_resort_actions import PointAtGateway
from natkeeper.core.memory import Memory, Placed, Pointed

_UNSURE = (AnswerError, UnreachableError)
"""After these it may have been done all the same."""


def note_places(memory: Memory, done: Done, now: datetime) -> Memory:
    """The memory after an action, `now` that it has moved what it moves."""
    return _note_tables(_note_address(memory, done, now), done, now)


def _note_address(memory: Memory, done: Done, now: datetime) -> Memory:
    """What was refused changes nothing; of what may have been done, or given back since no table has moved,
    nobody knows."""
    action = done.action
    if not isinstance(action, AssociateAddress | PointRoute) or not action.address:
        return memory
    refused = {each.step: each.error for each in done.refused}
    errors = [refused[step] for step in _steps(action) if step in refused]
    if errors and not any(isinstance(error, _UNSURE) for error in errors):
        return memory
    came = has_come(action, refused)
    placed = Placed(action.address, action.interface, action.private, now) if came else None
    return memory.with_zone(action.zone, replace(memory.zone(action.zone), placed=placed))


def _note_tables(memory: Memory, done: Done, now: datetime) -> Memory:
    """Of what was refused, and may have been done or taken back, nobody knows."""
    action = done.action
    if not isinstance(action, PointRoute | PointAtGateway):
        return memory
    zone, refused = memory.zone(action.zone), {each.step for each in done.refused}
    pointed = {table: there for table, there in zone.pointed.items() if table not in action.tables}
    if isinstance(action, PointRoute) and _tables_go(action, refused):
        there = Pointed(action.interface, now)
        pointed |= {table: there for table in action.tables if step_of_table(table) not in refused}
    return memory.with_zone(action.zone, replace(zone, pointed=pointed))


def _tables_go(action: PointRoute, refused: Collection[str]) -> bool:
    """Whether the tables go and stay though some of this was refused: with the address, or nobody serves."""
    if step_of(action) in refused:
        return False
    return action.even_without_address or not any(step in refused for step in _steps(action))


def has_come(action: AssociateAddress | PointRoute, refused: Collection[str]) -> bool:
    """Whether the zone's address is surely where this has put it, by the steps that were refused."""
    if any(step in refused for step in _steps(action)):
        return False
    if isinstance(action, AssociateAddress) or not action.origin:
        return True
    return not all(step_of_table(table) in refused for table in action.tables)


def _steps(action: AssociateAddress | PointRoute) -> tuple[str, ...]:
    """Those that move its address: the whole of it, and that one."""
    address = (step_of_address(action.address, action.private),) if action.address else ()
    return (step_of(action), *address)
