"""The events of `events/`, as EventBridge delivers them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

EVENTS = Path(__file__).parents[2] / "events"


def envelopes(file: Path) -> list[dict[str, Any]]:
    """The file's events as EventBridge would deliver them; a manual one is a put-events entry list."""
    content = json.loads(file.read_text())
    now = datetime.now(UTC).isoformat()
    if isinstance(content, dict):
        # What one node says of another counts for a minute.
        return [{**content, "time": now} if content["source"].startswith("natkeeper.node") else content]
    return [
        {
            "source": e["Source"],
            "detail-type": e["DetailType"],
            "detail": json.loads(e["Detail"]),
            "time": now,
            "id": str(uuid4()),
        }
        for e in content
    ]
