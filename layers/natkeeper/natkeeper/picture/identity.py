"""What the stack is called where others hear of it."""

from __future__ import annotations

from collections.abc import Mapping

from natkeeper import VERSION
from natkeeper.core.fleet.state import Identity
from natkeeper.environment import Reader


def identity_settings(environment: Mapping[str, str]) -> Identity:
    """Name, id and version of the stack, as the template tells. Raises SettingsError with every mistake."""
    read = Reader(environment)
    stack = read.stack()
    arn = r"arn:[a-z0-9-]+:cloudformation:[a-z0-9-]+:\d{12}:stack/[A-Za-z0-9-]+/[0-9a-f-]+"
    identity = Identity(
        stack, read.text("STACK_ID", arn, "the stack's id"), VERSION, read.flag("FLEET_ORDERS")
    )
    read.finish()
    return identity
