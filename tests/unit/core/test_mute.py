"""Nodes that never answer: a successor tells whether it is the node, and a third would tell no more."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.actions import LaunchNode, TerminateNode, Wait
from natkeeper.core.judgement.mute import is_mute
from natkeeper.core.memory import Memory, NodeMemory
from natkeeper.core.model import Node, Observed, Order, Probe, Verb
from tests.builders import (
    NOW,
    POLICY,
    ago,
    booting,
    decided,
    failed,
    looked,
    node,
    remembering,
    served,
    silent,
    world,
    zone,
)

ANSWERLESS = (silent(),) * POLICY.mute


def mute(name: str, **changes: object) -> Node:
    return booting(name, launched_at=ago(minutes=20), probes=ANSWERLESS, **changes)


def idle(*names: str) -> Memory:
    past = NodeMemory(idle_since=ago(minutes=20))
    return Memory(nodes={mute(name).id: past for name in names})


def launches(observed: Observed, memory: Memory | None = None) -> bool:
    return any(isinstance(a, LaunchNode) for a in decided(observed, memory))


def adopting(*nodes: Node) -> Observed:
    return world(zone(nodes, to="nat-1"))


def test_a_mute_node_gets_a_successor_and_a_mute_pair_no_third() -> None:
    assert launches(adopting(mute("a1")))
    (wait,) = decided(adopting(mute("a1"), mute("a2")), idle("a1", "a2"))

    assert isinstance(wait, Wait)
    assert wait.reason == "i-a1 and i-a2 stay silent: another would tell no more"


def test_a_node_built_otherwise_or_ordered_to_go_does_not_count() -> None:
    assert launches(adopting(mute("a1", template_version=2), mute("a2")))
    assert launches(adopting(mute("a1", order=Order(Verb.REPLACE, NOW)), mute("a2")))


def test_a_node_that_answers_wrongly_or_is_too_young_is_not_mute() -> None:
    young = booting("a2")
    assert not launches(adopting(mute("a1"), young))  # it counts: patience
    few = replace(mute("a2"), probes=ANSWERLESS[:2])
    assert not launches(adopting(mute("a1"), few))


def test_a_node_is_mute_only_when_it_was_asked_often_and_said_nothing_at_all() -> None:
    def judged(*probes: Probe) -> bool:
        asked = replace(mute("a1"), probes=probes)
        return is_mute(looked(adopting(asked)).standings[asked.id], POLICY)

    assert judged(*ANSWERLESS)
    assert not judged(*ANSWERLESS[: POLICY.silences - 1])
    assert not judged(*ANSWERLESS, failed("rules"))
    assert not judged(*(failed("egress"),) * POLICY.silences), "doubted, and not for silence"


def test_the_mute_successor_of_a_node_that_fell_silent_is_kept_and_no_other_follows() -> None:
    quiet, successor = node("a1", probes=ANSWERLESS), mute("a2")
    memory = replace(idle("a2"), nodes={**idle("a2").nodes, **remembering(quiet).nodes})
    neighbour = node("b1")
    actions = decided(world(served(quiet, successor), served(neighbour)), memory)

    assert not any(isinstance(action, LaunchNode | TerminateNode) for action in actions)
    alone = decided(world(served(quiet, successor)), memory)
    assert not any(isinstance(action, LaunchNode | TerminateNode) for action in alone)


def test_beside_a_fit_node_a_mute_newcomer_goes() -> None:
    actions = decided(world(served(node("a1"), mute("a2"))), idle("a2"))

    assert [type(action) for action in actions] == [TerminateNode]
