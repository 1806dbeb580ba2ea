"""Nodes that watch one another through their NAT: what is said of whom, and how soon, on real packets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from lab.ec2.clock import wait_until
from lab.ec2.event_bus.events import Event
from node.core.hearing import BEAT, REPEATED
from tests.node.template_script import plain_script

from .region import Region

REPORTED = 1.0
"""Seconds from a fault to what is said of it."""
AGAIN = 2.0
"""Ten echoes, and what is said of them."""
BUSY = 1.5
"""What else this machine may do meanwhile: a doubt and a word of each watcher are programs that start beside
one another and the other tests, where each real node has a processor of its own."""
BEATING = 7.0
"""Until all that were told of a new list beat: who has nobody to watch looks every five seconds."""
PAUSE = 400
ONE_AND_A_HALF = 54
"""Beats, in bytes: eight of each are a secret, and its heads are 28."""
QUIET = 2.5
GUARD, TELLER = "lib/natkeeper [g]uard", "lib/natkeeper [w]ord"
STOP = f"systemctl stop natkeeper-guard.service; pkill -f '{GUARD}'"
START = "systemctl start natkeeper-guard.service"
Word = tuple[str, str, str]


class Ring:
    """Nodes of one list, and what they say: who, the word, about whom."""

    def __init__(self, region: Region, count: int) -> None:
        self._region = region
        self.nodes = [
            region.launch(region.public, public=True, user_data=plain_script()) for _ in range(count)
        ]
        for each in self.nodes:
            region.uncheck(each)
        region.settle()
        assert wait_until(self.is_guarded, 30)
        for each in self.nodes:
            self.tell(each, self.nodes)
        time.sleep(BEATING)

    def is_guarded(self) -> bool:
        """Returns whether a guard runs in each node."""
        return all(
            region.run(each, f"pgrep -f '{GUARD}'") for region in [self._region] for each in self.nodes
        )

    def tell(self, node: str, nodes: list[str]) -> None:
        """Tells one node of all of these, as the controller does."""
        words = ",".join(f"{each}={self._region.private(each)}" for each in nodes)
        self._region.run(node, f"natkeeper-probe '{words}'")

    def run(self, node: int, script: str) -> str:
        """Runs a script in one of the nodes."""
        return self._region.run(self.nodes[node], script)

    def reports(self) -> list[Event]:
        """Returns what has come to the bus of it, repetitions as well."""
        return [event for event in self._region.events if event.detail_type == "Peer Report"]

    def said(self) -> list[Word]:
        """Returns all that has been said so far, once each."""
        named = [(e.source.rpartition("/")[2], e.detail["word"], e.detail["about"]) for e in self.reports()]
        return [w for n, w in enumerate(named) if w not in named[:n]]

    def accused(self) -> list[Word]:
        """Returns the words of those that say that another one is silent."""
        return sorted(word for word in self.said() if word[1] == "silent")

    def accusations(self) -> int:
        """Returns how often somebody has said so far that another one is silent."""
        return sum(event.detail["word"] == "silent" for event in self.reports())

    def word(self, reporter: int, word: str, about: int) -> Word:
        """Returns what one node says of another one."""
        return self.nodes[reporter], word, self.nodes[about]

    def hears(self, *words: Word, seconds: float = REPORTED + BUSY) -> None:
        """Returns once these words have been said, and nobody else is accused. Fails unless so in time."""
        assert wait_until(lambda: set(words) <= set(self.said()), seconds, 0.01), self.said()
        assert set(self.accused()) <= set(words)

    def between(self, first: int, second: int, how: str) -> None:
        """Breaks the network between two nodes: one way, both ways, or both for PAUSE milliseconds."""
        one, two = (self._region.private(self.nodes[each]) for each in (first, second))
        cut = f"{one} . {two}" if how == "one way" else f"{one} . {two}, {two} . {one}"
        for_long = f" timeout {PAUSE}ms" if how == "pause" else ""
        rules = f"""
add table ip cut
add set ip cut ways {{ type ipv4_addr . ipv4_addr; flags timeout; }}
add chain ip cut passing {{ type filter hook forward priority 0; }}
add rule ip cut passing ip saddr . ip daddr @ways drop
add element ip cut ways {{ {cut.replace(",", f"{for_long},")}{for_long} }}
"""
        self._region.underlay._corner.run("nft -f -", self._region.vpc, rules)

    def lose_one(self, first: int, second: int) -> None:
        """Loses one beat of a node's to another one, and nothing else."""
        one, two = (self._region.private(self.nodes[each]) for each in (first, second))
        rules = f"""
add table ip cut
add chain ip cut passing {{ type filter hook forward priority 0; }}
add rule ip cut passing ip saddr {one} ip daddr {two} udp dport 7007 quota until {ONE_AND_A_HALF} bytes drop
"""
        self._region.underlay._corner.run("nft -f -", self._region.vpc, rules)

    def mend(self) -> None:
        """Makes the network whole again."""
        self._region.underlay._corner.run("nft add table ip cut; nft delete table ip cut", self._region.vpc)


@pytest.fixture(scope="module")
def three(region: Region) -> Ring:
    """Three nodes that hear one another."""
    return Ring(region, 3)


@pytest.fixture
def ring(region: Region, three: Ring) -> Iterator[Ring]:
    """The same; nothing was said of them for a while."""
    assert wait_until(three.is_guarded, 30)
    # Until all have heard all again.
    time.sleep(1.5)
    region.events.clear()
    yield three
    three.mend()


def test_one_lost_beat_has_the_node_open_its_way_and_says_nothing(ring: Ring) -> None:
    # What a word has started lives for four seconds.
    assert wait_until(lambda: not ring.run(0, f"pgrep -f '{TELLER}'"), 30)
    ring.lose_one(0, 1)
    assert wait_until(lambda: bool(ring.run(0, f"pgrep -f '{TELLER}'")), 2, 0.05)
    time.sleep(REPORTED)
    assert ring.reports() == []


def test_a_pause_of_400_ms_moves_nobody(ring: Ring) -> None:
    ring.between(0, 1, "pause")
    time.sleep(QUIET)
    assert ring.accused() == []


@pytest.mark.parametrize("how", ["both ways", "one way"])
def test_both_ends_of_a_broken_link_say_so_and_take_it_back(ring: Ring, how: str) -> None:
    ring.between(0, 1, how)
    silent = ring.word(0, "silent", 1), ring.word(1, "silent", 0)
    ring.hears(*silent)
    ring.mend()
    ring.hears(*silent, ring.word(0, "heard", 1), ring.word(1, "heard", 0), seconds=AGAIN)


def test_of_a_node_whose_programs_died_nothing_is_said(ring: Ring) -> None:
    ring.run(1, STOP)
    time.sleep(QUIET)
    assert ring.accused() == []
    ring.run(1, START)


@pytest.mark.parametrize(
    "harm",
    [
        "iptables -F; iptables -t nat -F; iptables -t mangle -F",
        "nft flush ruleset",
        "echo 0 >/proc/sys/net/ipv4/ip_forward",
        "for n in 1 2 3 4; do iptables -t nat -F; sleep 0.5; done",
    ],
)
def test_of_rules_that_the_guard_mends_nothing_is_said_by_others_or_by_itself(ring: Ring, harm: str) -> None:
    ring.run(1, harm)
    time.sleep(QUIET)
    assert ring.accused() == []


def test_a_watcher_that_was_stopped_for_a_while_accuses_nobody(ring: Ring) -> None:
    ring.run(0, f"pkill -STOP -f '{GUARD}'; sleep 2; pkill -CONT -f '{GUARD}'")
    time.sleep(QUIET)
    assert ring.accused() == []


def test_a_node_that_was_dropped_from_the_list_still_hears_those_who_know_it(ring: Ring) -> None:
    for each in ring.nodes[:2]:
        ring.tell(each, ring.nodes[:2])
    time.sleep(QUIET)
    assert ring.accused() == []
    ring.tell(ring.nodes[0], ring.nodes)
    ring.tell(ring.nodes[1], ring.nodes)


@pytest.mark.parametrize("harm", ["iptables -t nat -F", "iptables -P FORWARD DROP; iptables -F FORWARD"])
def test_rules_that_nobody_mends_are_noticed_although_the_machine_lives(ring: Ring, harm: str) -> None:
    ring.run(1, f"{STOP}; sleep 0.5; {harm}")
    # Up to half a second later than a hang: what has begun goes on until its port is changed.
    ring.hears(ring.word(0, "silent", 1), ring.word(2, "silent", 1), seconds=REPORTED + 0.5 + BUSY)
    ring.run(1, f"natkeeper-apply; {START}")
    heard = ring.word(0, "heard", 1), ring.word(2, "heard", 1)
    ring.hears(ring.word(0, "silent", 1), ring.word(2, "silent", 1), *heard, seconds=AGAIN)


def test_a_hang_is_reported_within_a_second_and_again_and_no_stranger_hides_it(
    region: Region, ring: Ring
) -> None:
    stranger = region.launch(region.one)
    region.uncheck(stranger)
    region.settle()
    hung, watcher = (region.private(ring.nodes[each]) for each in (2, 0))
    region.flood(stranger, watcher, 7008, hung)
    region.underlay.guest.fault(ring.nodes[2], "hang")
    hung_at = time.time()
    words = ring.word(0, "silent", 2), ring.word(1, "silent", 2)
    ring.hears(*words)
    first = next(event for event in ring.reports() if event.detail["word"] == "silent")
    reporter = first.source.removeprefix("natkeeper.node/arn:aws:ec2:us-east-1:123456789012:instance/")
    assert first.detail["stack"] == "natkeeper"
    assert [*first.detail["hears"], reporter] in (ring.nodes[:2], ring.nodes[1::-1])
    # When the last echo came: just before it hung, and it is read with the next beat.
    assert -BEAT < hung_at - datetime.fromisoformat(first.detail["since"]).timestamp() < 0.25
    time.sleep(REPEATED - 1)
    assert ring.accusations() == 2
    assert wait_until(lambda: ring.accusations() == 4, 1 + AGAIN)
    assert ring.accused() == sorted(words)
