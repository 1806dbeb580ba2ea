"""What a person orders, word for word: the files of events/orders/."""

from __future__ import annotations

import json

from lab.local_aws.aws import ROOT, LocalAws

ORDERS = ROOT / "events" / "orders"


def send_order(aws: LocalAws, name: str) -> str:
    """Sends one file, and returns the command that does the same."""
    entries = json.loads((ORDERS / f"{name}.json").read_text())
    answer = aws.client("events").put_events(Entries=entries)
    assert not answer["FailedEntryCount"], answer
    return f"events put-events --entries file://events/orders/{name}.json"
