"""The composition root of what a fleet needs: who tells, in each stack, and who hears, in the hub's. Beside
bootstrap.py, whose functions know of neither."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

import boto3

from natkeeper import bootstrap

if TYPE_CHECKING:
    from natkeeper.fleet.hub import Hub
    from natkeeper.picture.announcer import Announcer


@lru_cache(maxsize=1)
def announcer() -> Announcer:
    """Who tells the hub of this stack. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.eventbridge_states import EventBridgeStates
    from natkeeper.picture.announcer import Announcer
    from natkeeper.picture.identity import identity_settings

    identity = identity_settings(os.environ)
    states = EventBridgeStates(boto3.client("events", config=bootstrap.PATIENCE))
    return Announcer(bootstrap.illustrator(), identity, states)


@lru_cache(maxsize=1)
def hub() -> Hub:
    """The hub. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.dynamodb_register import DynamoDbRegister
    from natkeeper.fleet.hub import Hub
    from natkeeper.fleet.settings import fleet_settings
    from natkeeper.telemetry import ApiCalls, journal

    told = fleet_settings(os.environ)
    register = DynamoDbRegister(boto3.client("dynamodb", config=bootstrap.PATIENCE), told.table)
    return Hub(register, journal(ApiCalls()), bootstrap.utc_now, told.hears)
