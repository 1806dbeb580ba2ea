"""How links break, and who says what of whom: nothing here is a reason to move anything."""

from __future__ import annotations

import time

from lab.experiments.experiment import Before
from lab.stage.stage import Stage

PAUSE = 400
"""Milliseconds for which AWS's network may stand still."""
LIES = 12
"""Times that a liar says it, as often as an honest node says what it knows."""
PROGRAM = "python3 -I -S /usr/local/lib/natkeeper"


def _neighbour(before: Before) -> str:
    return before.zones[1].instance


def one_way(stage: Stage, before: Before) -> str:
    """What the node sends to its neighbour is lost; the neighbour still reaches it."""
    stage.aws.control.cut((before.node, _neighbour(before)))
    return f"what {before.node} sends to {_neighbour(before)} is lost"


def both_ways(stage: Stage, before: Before) -> str:
    """The node and its neighbour reach each other no more; both reach the internet."""
    one, two = before.node, _neighbour(before)
    stage.aws.control.cut((one, two), (two, one))
    return f"{one} and {two} reach each other no more"


def zone(stage: Stage, before: Before) -> str:
    """The first zone is cut off from all others, and reaches the internet as before."""
    inside, outside = (before.node, stage.host), [z.instance for z in before.zones[1:]]
    ways = [(one, two) for one in inside for two in outside]
    stage.aws.control.cut(*ways, *((two, one) for one, two in ways))
    return f"{before.zones[0].zone} is cut off from the other zones"


def pause(stage: Stage, before: Before) -> str:
    """The network of the node's host stands still for a moment."""
    stage.aws.control.cut((before.node, "*"), ("*", before.node), milliseconds=PAUSE)
    return f"nothing reaches {before.node} or leaves it for {PAUSE} ms"


def mended(stage: Stage, _before: Before) -> None:
    """All links are whole."""
    stage.aws.control.cut()


def lie(stage: Stage, before: Before) -> str:
    """The neighbour says, signed as itself and for a minute, that the node is silent."""
    word = f"{before.node} silent {time.time():.3f}"
    liar = _neighbour(before)
    stage.run_on(
        liar,
        f"for each in {{1..{LIES}}}; do echo '{word}' | {PROGRAM} word; sleep 5; done >/dev/null 2>&1 &",
    )
    return f"{liar} says, and it is not true: {word}"


def stop_programs(stage: Stage, before: Before) -> str:
    """Every program of the node stands still, the SSM agent too; its kernel forwards as before."""
    stage.aws.control.fault(before.node, "programs-stopped")
    stage.aws.control.agent(before.node, alive=False)
    return f"{before.node}: every program is stopped, the kernel lives"


def continue_programs(stage: Stage, before: Before) -> None:
    """They go on."""
    stage.aws.control.agent(before.node, alive=True)
    stage.aws.control.fault(before.node, "programs-go-on")
