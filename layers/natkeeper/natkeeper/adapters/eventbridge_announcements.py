"""News for the reconciler, on the default event bus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import RefusedError
from natkeeper.core.model import InstanceId

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


@dataclass(frozen=True, slots=True)
class EventBridgeAnnouncements:
    """Says that there is new evidence; what it is, the reconciler reads for itself."""

    client: EventBridgeClient
    stack: str

    def announce(self, nodes: Sequence[InstanceId]) -> None:
        """Puts one event. PutEvents answers 200 even when it took none, so the answer is looked at."""
        attempted = "announcing new evidence"
        detail = json.dumps({"stack": self.stack, "instances": list(nodes)})
        with named(attempted, self.stack):
            answer = self.client.put_events(
                Entries=[{"Source": "natkeeper", "DetailType": "Evidence Changed", "Detail": detail}]
            )
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            code, message = entry.get("ErrorCode", "Unknown"), entry.get("ErrorMessage", "")
            raise RefusedError(attempted, self.stack, code, message)
