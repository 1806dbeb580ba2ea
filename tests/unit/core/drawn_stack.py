"""Draws a stack in which everything is that the picture can show, and one in which nothing is, into
drawn_stack.html beside this file: `make docs`. A browser shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from natkeeper.core.examined import Examined, Fault
from natkeeper.core.memory import Heal
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.overview import MissedGoal, Overview, Part, RefusedStep, Saved, State
from natkeeper.core.picture.page import LONGEST, render
from tests.builders import NOW, ago
from tests.unit.core.picture_views import a_node, a_way, a_zone, stack, tables

DOCUMENT = Path(__file__).with_suffix(".html")
LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function"
BUTTONS = Buttons("natkeeper", f"{LAMBDA}:natkeeper-reconcile", f"{LAMBDA}:natkeeper-doctor")
WITHIN_A_LINE = ("<span", "<code")

SERVED = a_zone(
    "eu-west-1a",
    nodes=(
        a_node(1, age=timedelta(days=3, hours=7), connections=1204, rate=3_450_000.0),
        a_node(2, verdict="asleep", lifecycle="stopped", kind="t4g.nano spot", address=""),
    ),
    launched=(ago(days=9), ago(days=3, hours=7)),
)
CHANGING = a_zone(
    "eu-west-1b",
    State.CHANGING,
    ways=(
        a_way(to=a_node(3)),
        a_way(
            None, "nat-0123456789abcdef0", being="not natkeeper's", tables=tables(4), remark="held by a tag"
        ),
    ),
    nodes=(
        a_node(3, reason="launch template version 2, now 3"),
        a_node(4, verdict="booting", age=timedelta(seconds=70), address=""),
    ),
)
COVERED = a_zone(
    "us-east-1-wl1-bos-wlz-1",
    State.COVERED,
    ways=(a_way(to=a_node(1), being="of eu-west-1a", tables=tables(5, 6)),),
    nodes=(a_node(5, verdict="dead", lifecycle="shutting-down", reason="no probe passed for 95 s"),),
    goals=(
        MissedGoal("the zone is served by its own node", ago(minutes=2), False),
        MissedGoal("the node has the zone's address", ago(hours=2), True),
    ),
)
DOUBTED = a_zone(
    "eu-west-1g",
    State.DOUBTED,
    ways=(a_way(None, a_node(15, verdict="suspect")),),
    nodes=(a_node(15, verdict="suspect", reason="failing: egress", connections=1, rate=12.0),),
)
FOREIGN = a_zone(
    "eu-west-1c",
    State.FOREIGN,
    ways=(a_way(None, "a-target-with-a-very-long-name", tables=tables(*range(100))),),
    nodes=(),
    remarks=("subnet-1: its table is the main one",),
)
BROKEN = a_zone(
    "eu-west-1d",
    State.BROKEN,
    ways=(
        a_way(False, "no default route"),
        a_way(True, a_node(6), tables=tables(2, 3)),
        a_way(
            False, "eni-0123456789abcdef0", being="a black hole", tables=tables(4, 5), remark="held by a tag"
        ),
        a_way(False, "eni-hidden", remark="it serves the public subnet"),
        a_way(None, "nat-hidden"),
    ),
    nodes=tuple(a_node(number) for number in range(6, 14)),
    rest="no traffic, since 2026-03-14 09:00 UTC",
)
SLEEPER = a_node(14, verdict="asleep", lifecycle="stopped", address="")
ASLEEP = a_zone(
    "eu-west-1e",
    State.ASLEEP,
    ways=(a_way(False, SLEEPER),),
    nodes=(SLEEPER,),
    rest="outside office hours, since 2026-03-13 18:00 UTC",
)
IDLE = a_zone("eu-west-1f", State.IDLE, ways=(), nodes=())
UNREAD = a_zone("subnet-<gone>", State.UNREAD, ways=(), nodes=(), error="AWS does not know it")

EVERYTHING = stack(
    SERVED, CHANGING, DOUBTED, COVERED, FOREIGN, BROKEN, ASLEEP, IDLE, UNREAD,
    unread={Part.BOOKS: "AccessDenied"},
    notes=("the stack is being deleted",),
    paused_until=NOW + timedelta(hours=1),
    planned=("eu-west-1d: launch a node", f"eu-west-1e: {'wake ' * (LONGEST // 5)}"),
    refused=(
        RefusedStep("launch eu-west-1d", 3, ago(hours=1), "Insufficient capacity & more"),
        RefusedStep("point rtb-5", 1, ago(minutes=3), "throttled"),
    ),
    saved=Saved(12.5, 13, date(2026, 3, 1)),
    heals=(
        Heal(ZoneName("eu-west-1a"), "i-1: it is shutting-down", ago(hours=3), ago(hours=3, seconds=-7)),
        Heal(ZoneName("eu-west-1d"), "rtb-4 had no default route", ago(days=2), ago(days=1)),
    ),
    examined=Examined(
        ago(hours=5), 14, 1, 1,
        (Fault("network ACLs", "acl-1 lets no answer in", "allow tcp 1024-65535 & udp"),),
        ("vCPU quota: AccessDenied",), 2,
    ),
)  # fmt: skip
NOTHING = Overview(
    "natkeeper", NOW, (), saved=Saved(-1, 1, date(2026, 3, 13)), examined=Examined(NOW, 16, 0, 0)
)


def drawn() -> str:
    """Both, an element a line: nothing else is added."""
    pages = (render(EVERYTHING, BUTTONS), render(NOTHING, BUTTONS), render(stack(SERVED)))
    return "".join("".join(_unfolded(page)).lstrip() + "\n" for page in pages)


def _unfolded(html: str) -> Iterator[str]:
    depth = 0
    for piece in re.findall("<[^<]*", html):
        if piece.startswith("</"):
            depth -= 1
            yield piece
            continue
        yield piece if piece.startswith(WITHIN_A_LINE) else f"\n{'  ' * depth}{piece}"
        depth += "/>" not in piece


if __name__ == "__main__":
    DOCUMENT.write_text(drawn())
