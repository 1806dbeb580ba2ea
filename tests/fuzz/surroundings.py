"""The handlers, as Lambda calls them, on the whole controller in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from natkeeper import bootstrap
from tests.stack import Stack, settled

EVENTS = Path(__file__).parents[2] / "events"
BUS = sorted(file for file in EVENTS.rglob("*.json") if not file.stem.startswith(("teardown-", "doctor-")))
READS = ("find", "tables", "addresses", "subnets", "ask")


def at_rest(zones: int = 2) -> Stack:
    """A stack of its own that has come to rest."""
    return settled(zones)


@contextmanager
def handlers() -> Iterator[Stack]:
    """A stack at rest that the handlers of `reconcile` and `probe` work on."""
    stack = at_rest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STACK_NAME", "natkeeper")
        patch.setattr(bootstrap, "desk", lambda: stack.desk)
        patch.setattr(bootstrap, "prober", lambda: stack.prober)
        patch.setattr(bootstrap, "utc_now", stack.clock)
        yield stack


def event(file: Path, stack: Stack) -> dict[str, Any]:
    """The file's event as EventBridge would deliver it, about this stack's first node and zone."""
    first, *others = sorted(stack.store.records.memory.roster)
    text = file.read_text().replace("i-0123456789abcdef0", first).replace("us-east-1a", "eu-west-1a")
    content: Any = json.loads(text.replace("i-0fedcba9876543210", others[0] if others else first))
    if isinstance(content, dict):
        # What one node says of another counts for a minute.
        said = content["source"].startswith("natkeeper.node")
        return {**content, "time": stack.clock().isoformat()} if said else content
    (entry,) = content
    return dict(stack.world.bus.made(entry["Source"], entry["DetailType"], json.loads(entry["Detail"])))


def writes(stack: Stack) -> set[str]:
    """The verbs that changed something in AWS."""
    verbs = {call.partition(" ")[0] for call in stack.aws.calls} - set(READS)
    return verbs | ({"publish"} if stack.notices.sent else set())
