"""Situations of the echo ring: a node is silent by the word of its neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from natkeeper.core.memory import Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import InstanceId, InterfaceId, Node, Order, Verb, ZoneName
from natkeeper.core.ring import Hearsay, Misheard, Said, Word
from tests.builders import (
    NOW,
    POLICY,
    A,
    ago,
    booting,
    failed,
    node,
    passed,
    remembering,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.situations import LAUNCH_A, LAUNCH_B, Situation
from tests.unit.core.spare_situations import KEEPS, spare, standing_by

BEFORE = (passed(ago(minutes=1)),)
a1, a2, b1 = (node(name, probes=BEFORE) for name in ("a1", "a2", "b1"))
c1 = replace(b1, id=InstanceId("i-c1"), interface=InterfaceId("eni-c1"), zone=ZoneName("eu-west-1c"))
known = remembering(a1, a2, b1, c1)
old_b = replace(b1, template_version=2)
early = replace(a1, probes=(passed(ago(minutes=4)),))
mute = replace(a1, probes=(silent(ago(seconds=30)),))
asked = replace(a1, probes=(passed(ago(seconds=5)),))


def says(reporter: Node, about: Node, seconds: float = 0, said: Said = Said.SILENT) -> Word:
    at = ago(seconds=seconds)
    return Word(reporter.id, about.id, said, at, at)


def heard(*words: Word) -> Hearsay:
    return Hearsay(words)


def past(memory: Memory = known, **changes: Any) -> Memory:
    """i-a1 was found silent a moment ago."""
    return memory.with_node(a1.id, NodeMemory(ago(hours=4), silent_since=ago(seconds=20), **changes))


accused = heard(says(b1, a1))
covered = zone((a1,), to=b1, holder=a1)
wrong = known.with_node(b1.id, NodeMemory(ago(hours=4), disbelieved_at=ago(minutes=20)))
spent = replace(
    known,
    zones={A: ZoneMemory(2, tuple(Launch(ago(minutes=m), InstanceId("i-x"), urgent=False) for m in (9, 5)))},
)

# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

SILENT = (
    Situation("a neighbour has no echo through it: it covers, and a node is launched as in an emergency", world(served(a1), served(b1)), ("PointRoute rtb-a at i-b1 (silent)", f"{LAUNCH_A} (silent)"), spent, hearsay=accused),
    Situation("the same among three, two of whom agree", world(served(a1), served(b1), served(c1)), ("PointRoute rtb-a at i-b1 (silent)", f"{LAUNCH_A} (silent)"), known, hearsay=heard(says(b1, a1), says(c1, a1))),
    Situation("the neighbour is to be succeeded, and works: it covers all the same", world(served(a1), served(old_b)), ("PointRoute rtb-a at i-b1 (silent)", f"{LAUNCH_A} (silent)", f"{LAUNCH_B} (outdated)"), known, hearsay=accused),
    Situation("a verified node of its own stands beside it: that takes over", world(served(a1, a2), served(b1)), ("PointRoute rtb-a at i-a2 with the address or without and eni-a1 fenced (silent)",), known, hearsay=heard(says(b1, a1), says(a2, a1))),
    Situation("its spare is started instead of a launch", world(served(a1, spare), served(b1, node("b2", lifecycle=spare.lifecycle))), ("PointRoute rtb-a at i-b1 (silent)", "StartNode i-a2 (silent)"), replace(standing_by(), nodes={**standing_by().nodes, InstanceId("i-b2"): NodeMemory(ago(hours=4), slept_at=ago(hours=1))}), KEEPS, hearsay=accused),
    Situation("nobody else is verified: its routes stay, and a node is launched", world(served(a1), served(replace(b1, probes=(silent(),)))), (f"{LAUNCH_A} (silent)",), known, hearsay=accused),
    Situation("it is covered, and its successor boots: nothing is ended", world(replace(covered, nodes=(a1, booting("a2"))), served(b1)), (), past(idle_since=ago(minutes=2)), hearsay=heard(says(b1, a1, 20))),
    Situation("its successor is verified: the zone is handed back to that", world(replace(covered, nodes=(a1, a2)), served(b1)), ("PointRoute rtb-a at i-a2 with the address (hand-back)",), past(idle_since=ago(minutes=2)), hearsay=heard(says(b1, a1, 20))),
    Situation("its successor serves: it is ended", world(served(a2, a1), served(b1)), ("TerminateNode i-a1 (surplus)",), past(idle_since=ago(minutes=2)), hearsay=heard(says(b1, a1, 20))),
    Situation("ordered to be replaced before: now it is left at once", world(served(replace(a1, order=Order(Verb.REPLACE, NOW))), served(b1)), ("PointRoute rtb-a at i-b1 (silent)", f"{LAUNCH_A} (silent)"), known, hearsay=accused),
)

HEARD = (
    Situation("it is heard again: handed back", world(covered, served(b1)), ("PointRoute rtb-a at i-a1 (hand-back)",), past(), hearsay=heard(says(b1, a1, 0, Said.HEARD))),
    Situation("it passes a probe that was asked afterwards: handed back", world(zone((asked,), to=b1, holder=asked), served(b1)), ("PointRoute rtb-a at i-a1 (hand-back)",), past(), hearsay=heard(says(b1, a1, 20))),
    Situation("the accused has no echo through its neighbour either: the link broke, and nobody moves", world(served(a1), served(b1)), (), known, hearsay=heard(says(b1, a1), says(a1, b1))),
    Situation("a third hears it: nobody moves", world(served(a1), served(b1), served(c1)), (), known, hearsay=accused),
    Situation("its neighbour fails its own checks: nobody moves", world(served(a1), served(replace(b1, probes=(failed("egress"),)))), (), known, hearsay=accused),
    Situation("more than half are accused at once: nobody moves", world(served(a1), served(b1), served(c1)), (), known, hearsay=heard(says(b1, a1), says(c1, a1), says(a1, b1))),
    Situation("the word is more than two minutes old: nobody moves", world(served(early), served(b1)), (), known, hearsay=heard(says(b1, a1, 121))),
    Situation("it fails its own checks, too: its own script may mend that", world(served(replace(a1, probes=(failed("rules", at=ago(seconds=30)),))), served(b1)), ("PointRoute rtb-a at i-b1 (silent)", "RepairNode i-a1 (rules)", f"{LAUNCH_A} (silent)"), known, hearsay=accused),
    Situation("one neighbour alone has moved the zone within the hour: nobody moves", world(served(a1), served(b1)), (), replace(known, zones={A: ZoneMemory(silences=(ago(minutes=59),))}), hearsay=accused),
    Situation("its agent is mute: one silent probe more says nothing against that", world(served(mute), served(b1)), ("PointRoute rtb-a at i-b1 (silent)", f"{LAUNCH_A} (silent)"), known, hearsay=accused),
    Situation("the nodes do not watch each other any more", world(served(a1), served(b1)), (), known, replace(POLICY, peer_watch=False), hearsay=accused),
)

TOLD = (
    Situation("a neighbour was wrong within the hour: nobody moves, and a person is told", world(served(a1), served(b1)), ("Notify eu-west-1b (hearsay)",), wrong, hearsay=accused),
    Situation("told already", world(served(a1), served(b1)), (), replace(wrong, told={"eu-west-1b wrong word of i-b1": ago(minutes=20)})),
    Situation("ten reports meant nothing: a person is told", world(served(a1), served(b1)), ("Notify * (hearsay)",), known, hearsay=Hearsay(misheard=Misheard(10, ago(minutes=10), "a node's report: word 'dead' should be silent or heard"))),
    Situation("nine did", world(served(a1), served(b1)), (), known, hearsay=Hearsay(misheard=Misheard(9, ago(minutes=1), "so"))),
    Situation("ten did, the last of them a while ago", world(served(a1), served(b1)), (), known, hearsay=Hearsay(misheard=Misheard(10, ago(minutes=11), "so"))),
)

# fmt: on

RING_CHAPTERS = {
    "A node is silent by the word of its neighbours": SILENT,
    "A node is heard, or the word does not count": HEARD,
    "What a person is told of the nodes' words": TOLD,
}
