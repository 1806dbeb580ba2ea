"""How long an action may take: a run begins none that it might leave half done. The next sweep does it."""

from __future__ import annotations

from math import ceil

from natkeeper.core.actions import Action, LaunchBaker, LaunchNode, PointRoute, Wait
from natkeeper.core.last_resort_actions import CreateNatGateway, PointAtGateway

CALL = 3.0
"""Seconds of one call to EC2, SSM or the table, also one that is throttled and tried again (bootstrap.py)."""
LAUNCH = 10.0
"""Seconds of RunInstances, and of writing down that its token is spent."""
SIDE_BY_SIDE = 8
"""So many tables of one zone are moved at a time."""
ANOTHER_LOOK = 25.0
"""Seconds left without which no further pass is begun: a look, and a move of a few tables."""


def seconds_of(action: Action) -> float:
    """The time to keep for it. A move grows with its tables: nobody may be left behind a fence."""
    match action:
        case Wait():
            return 0.0
        case LaunchNode() | LaunchBaker():
            return LAUNCH
        case CreateNatGateway():
            return 2 * CALL
        case PointAtGateway():
            return CALL * ceil(len(action.tables) / SIDE_BY_SIDE)
        case PointRoute():
            rounds = ceil(len(action.tables) / SIDE_BY_SIDE)
            fenced = (2 if action.fence else 0) + (1 if action.address else 0) + rounds
            at_once = 1 + 2 * rounds if action.at_once else 0  # what is refused goes back
            return CALL * (max(fenced, at_once) + (3 if action.at_once else 0))
    return CALL
