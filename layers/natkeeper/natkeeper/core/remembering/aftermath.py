"""What is remembered of an action: that it was done, or that AWS refused it, or part of it."""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import datetime

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    Cause,
    DisableSourceDestCheck,
    LaunchBaker,
    LaunchNode,
    Notify,
    PointRoute,
    StartNode,
)
from natkeeper.core.decision.outcome import Done, Refused
from natkeeper.core.errors import PASSING, AwsError, CapacityError, NotFoundError
from natkeeper.core.judgement.dependence import (
    step_of,
    step_of_address,
    step_of_cover,
    step_of_table,
    steps_of,
)
from natkeeper.core.judgement.resting import forgive, refuse
from natkeeper.core.memory import Memory
from natkeeper.core.policy import Policy
from natkeeper.core.remembering.baking import record_baking
from natkeeper.core.remembering.hearsay import seat, untell
from natkeeper.core.remembering.learning import record, record_bad_pools, record_no_start
from natkeeper.core.remembering.places import has_come

STARTS = 3
"""Tries to start a node, refused for what passes by itself, after which one is launched instead."""


def remember(memory: Memory, done: Done, policy: Policy, now: datetime) -> Memory:
    """The memory after what came of an action. What succeeded is forgiven its refusals."""
    refused = {refused.step for refused in done.refused}
    taken_back = _is_taken_back(done.action, refused)
    if taken_back:
        refused.add(step_of(done.action))
    memory = forgive(memory, (step for step in steps_of(done.action) if step not in refused))
    memory = _seated(memory, done.action, refused, now)
    if not refused:
        return record(memory, done, policy, now)
    if done.bad_pools:
        memory = record_bad_pools(memory, done, policy, now)
    for refusal in done.refused:
        memory = _refused(memory, refusal, now)
    if taken_back:
        memory = refuse(memory, step_of(done.action), str(done.refused[0].error), now)
    return memory


def _is_taken_back(action: Action, refused: Set[str]) -> bool:
    """Whether a planned move has gone there and back: that costs packets, so not each run tries it again,
    whatever it was refused for. From a node that is dead it is another move."""
    if not isinstance(action, PointRoute) or not (action.address and action.at_once):
        return False
    stays = step_of_address(action.address, action.private) in refused
    return stays or refused >= set(map(step_of_table, action.tables))


def _seated(memory: Memory, action: Action, refused: Collection[str], now: datetime) -> Memory:
    """Whose address a neighbour has just got, is remembered."""
    if not isinstance(action, AssociateAddress | PointRoute) or not (action.address and action.private):
        return memory
    return seat(memory, action.zone, action.node, now) if has_come(action, refused) else memory


def _refused(memory: Memory, refused: Refused, now: datetime) -> Memory:
    """What will not pass by itself is remembered."""
    action, error = refused.action, refused.error
    if isinstance(action, LaunchBaker) and not isinstance(error, PASSING):
        memory = record_baking(memory, Done(action), now)  # tomorrow again: it is only a wish
    lasts = error.needs_person or _tells_by_itself(action, refused.step, error, memory)
    if lasts and not is_no_spot_yet(refused):
        memory = refuse(memory, refused.step, str(error), now)
    if _is_of_a_cover(action, refused.step):
        memory = untell(memory, action.zone, now)  # the next probe tells, not the one after the next look
    if isinstance(action, StartNode):
        passes = isinstance(error, PASSING) and memory.refusals[refused.step].count < STARTS
        return memory if passes else record_no_start(memory, action)
    return memory


def _tells_by_itself(action: Action, step: str, error: AwsError, memory: Memory) -> bool:
    """Whether a refusal of this is remembered for whatever reason: a notice may not hold up a run; a launch
    that is only wished for need not be tried each minute; what a launch names ought to be there; a node that
    has worked, and drops everything, is to be left for another, and one that does not start replaced; and a
    neighbour that does not get the address of a zone must not be told to send by it."""
    if _is_of_a_cover(action, step):
        return True
    match action:
        case LaunchNode():
            return not action.urgent or isinstance(error, NotFoundError)
        case DisableSourceDestCheck():
            return memory.node(action.node).verified_at is not None
    return isinstance(action, Notify | StartNode)


def _is_of_a_cover(action: Action, step: str) -> bool:
    address = action.address if isinstance(action, AssociateAddress | PointRoute) else None
    return address is not None and step == step_of_cover(address)


def is_no_spot_yet(refused: Refused) -> bool:
    """Whether a node on demand only goes on until spot has room again: nothing is worse than before."""
    action = refused.action
    launch = isinstance(action, LaunchNode) and action.cause is Cause.MARKET
    return launch and isinstance(refused.error, CapacityError)
