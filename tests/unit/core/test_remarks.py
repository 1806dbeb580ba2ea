"""What was seen to not fit, or not to be listed, is remembered since when."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.decision.remarks import is_blip, learn_remarks
from natkeeper.core.judgement.context import Context
from natkeeper.core.memory import Memory
from natkeeper.core.model import Observed, Remark, Unreadable, ZoneName
from natkeeper.core.remembering.learning import learn
from tests.builders import NOW, POLICY, ago, looked, node, served, world

a1, a2 = node("a1"), node("a2")


def context(**remarked: int) -> Context:
    past = {name.replace("_", "-"): ago(minutes=minutes) for name, minutes in remarked.items()}
    return Context(POLICY, Memory(remarked=past), NOW)


def test_it_is_known_since_it_was_first_seen_and_forgotten_when_it_is_gone() -> None:
    here = world(served(a1, lost=("rtb-x",), remarks=(Remark("rtb-y", "it does not fit"),)))

    assert learn_remarks(context(rtb_x=7, rtb_z=9), here) == {"rtb-x": ago(minutes=7), "rtb-y": NOW}


def test_a_look_that_could_read_nothing_forgets_nothing() -> None:
    blind = Observed((Unreadable(ZoneName("subnet-a"), "throttled", lasting=False),))

    assert learn_remarks(context(rtb_x=7), blind) == {"rtb-x": ago(minutes=7)}


def test_the_only_public_subnet_that_is_not_listed_is_remembered() -> None:
    blind = Observed((Unreadable(ZoneName("subnet-a"), "unknown", unlisted=True),))

    assert learn_remarks(context(rtb_x=7), blind) == {"rtb-x": ago(minutes=7), "subnet-a": NOW}


def test_what_is_not_listed_is_a_blip_until_it_has_lasted() -> None:
    here = world(served(a1, lost=("rtb-x",)))

    assert is_blip(context(), here)
    assert not is_blip(context(rtb_x=3), here)
    assert not is_blip(context(), world(served(a1)))


def test_a_node_whose_table_was_not_listed_has_not_become_idle() -> None:
    blip = world(served(a1, a2, lost=("rtb-a2",)))
    memory = learn(looked(blip, Memory()))

    assert memory.node(a2.id).idle_since is None
    lasting = replace(memory, remarked={"rtb-a2": NOW - POLICY.lasting})
    assert learn(looked(blip, lasting)).node(a2.id).idle_since == NOW
