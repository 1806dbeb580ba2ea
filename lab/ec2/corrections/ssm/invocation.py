"""One command on one instance: its status, its output, and the events that tell of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab.ec2.event_bus.events import invocation_change
from lab.ec2.world import World

PLUGIN = "aws:runShellScript"


@dataclass
class Invocation:
    """One command on one instance."""

    command_id: str
    instance_id: str
    document: str
    lines: list[str]
    timeout: float
    requested: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "Pending"
    details: str = "Pending"
    code: int = -1
    output: str = ""
    error: str = ""

    def move(self, world: World, status: str, details: str | None = None) -> None:
        """Changes the status and sends the event."""
        self.status, self.details = status, details or status
        world.emit(
            invocation_change(self.command_id, self.document, self.instance_id, self.requested, status)
        )

    def described(self, *, details: bool) -> dict[str, Any]:
        """Returns the shape of ListCommandInvocations."""
        shape: dict[str, Any] = {
            "CommandId": self.command_id,
            "InstanceId": self.instance_id,
            "DocumentName": self.document,
            "DocumentVersion": "$DEFAULT",
            "RequestedDateTime": self.requested,
            "Status": self.status,
            "StatusDetails": self.details,
            "CommandPlugins": [],
        }
        if details and self.status not in ("Pending", "Delayed"):
            shape["CommandPlugins"] = [
                {
                    "Name": PLUGIN,
                    "Status": self.status,
                    "StatusDetails": self.details,
                    "ResponseCode": self.code,
                    "Output": self._joined_output(),
                }
            ]
        return shape

    def _joined_output(self) -> str:
        # The console's and the API's separator between the two streams; 2500 characters are kept.
        errors = f"\n----------ERROR-------\n{self.error}" if self.error else ""
        return (self.output + errors)[:2500]
