"""Events of our own on the default event bus: news for the reconciler, answers for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import error_class, named
from natkeeper.core.intake.commands import Answered
from natkeeper.core.model import InstanceId

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


@dataclass(frozen=True, slots=True)
class EventBridgeAnnouncements:
    """The ports `Announcements` and `Replies`."""

    client: EventBridgeClient
    stack: str

    def announce(self, nodes: Sequence[InstanceId]) -> None:
        """Says of which nodes there is new evidence; what it is, the reconciler reads for itself."""
        self._put("announcing new evidence", "Evidence Changed", {"instances": list(nodes)})

    def reply(self, answer: Answered) -> None:
        """Says what became of a person's command."""
        origin = answer.origin
        detail = {
            "id": origin.id,
            "order": origin.kind,
            "time": origin.at.isoformat(timespec="seconds"),
            "answer": answer.reply,
            "reason": answer.reason,
        }
        self._put(f"answering {origin.kind}", "Order Answered", detail)

    def _put(self, attempted: str, kind: str, detail: Mapping[str, object]) -> None:
        put_event(self.client, attempted, kind, {"stack": self.stack, **detail})


def put_event(client: EventBridgeClient, attempted: str, kind: str, detail: Mapping[str, object]) -> None:
    """Puts one event of the stack that its detail names on the default bus. Raises AwsError, also when
    PutEvents answers 200 and took none."""
    stack, text = str(detail["stack"]), json.dumps(detail)
    with named(attempted, stack):
        answer = client.put_events(Entries=[{"Source": "natkeeper", "DetailType": kind, "Detail": text}])
    if answer["FailedEntryCount"]:
        entry = answer["Entries"][0]
        code, message = entry.get("ErrorCode", "Unknown"), entry.get("ErrorMessage", "")
        raise error_class(code, message, 0)(attempted, stack, code, message)
