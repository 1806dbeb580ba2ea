"""A stack's state as an event on its own default bus, from where a rule takes it to the hub's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.eventbridge_announcements import put_event
from natkeeper.core.fleet.announcement import KIND, written
from natkeeper.core.fleet.state import StackState

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


@dataclass(frozen=True, slots=True)
class EventBridgeStates:
    """The port `States`."""

    client: EventBridgeClient

    def tell(self, state: StackState) -> None:
        """Puts the event. Raises AwsError."""
        put_event(self.client, "telling the stack's state", KIND, written(state))
