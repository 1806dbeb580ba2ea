"""The list of peers that tells of zones, and rules that keep a zone's address while another serves it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.model import InstanceId
from natkeeper.core.ring import Peer, told
from node.core import peers
from node.core.parameters import Forward, Parameters
from node.core.peers import Cover
from node.core.rules import rules

A = "i-0123456789abcdef0=10.0.1.10/10.0.1.77=10.0.3.0/24+10.0.4.0/24"
B = "i-0123456789abcdef1=10.0.2.10/10.0.2.80=10.0.5.0/24"
C = "i-0123456789abcdef2=10.0.6.10"
OWN = "10.0.1.10"
COVER = Cover("10.0.1.77", ["10.0.3.0/24", "10.0.4.0/24"])
FORWARDS = [Forward("tcp", "9999", "10.0.3.9", "22"), Forward("udp", "53", "10.0.3.9", "53")]
ASKED = Parameters(
    "s",
    ["10.0.0.0/16", "10.9.0.0/16"],
    FORWARDS,
    keep=True,
    ssh=False,
    admin="203.0.113.7/32",
    sources=["0.0.0.0/0"],
)


def noted(*nodes: str) -> str:
    return peers.told("", ",".join(nodes), 100)


@pytest.mark.parametrize(
    "words",
    [
        "",
        C,
        f"{A},{B},{C}",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77",
        "i-0123456789abcdef0=10.0.1.10=10.0.3.0/24",
        ",".join(f"i-0123456789abcde{n:02x}=10.0.1.{n}" for n in range(12)),
        f"{C}=" + "+".join(f"10.{n}.0.0/16" for n in range(50)),
    ],
)
def test_a_list_tells_addresses_and_where_it_can_zones(words: str) -> None:
    assert peers.told("", words, 100) == f"100 {words}"


@pytest.mark.parametrize(
    "words",
    [
        "i-0123456789abcdef0=10.0.1.10/",
        "i-0123456789abcdef0=10.0.1.10/24",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.256",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=10.0.3.0",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=10.0.3.0/33",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=0.0.0.0/0",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=10.0.3.0/24+",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=10.0.3.0/24 -j ACCEPT",
        "i-0123456789abcdef0=10.0.1.10/10.0.1.77=10.0.3.0/24\n-A INPUT -j ACCEPT",
        f"{A}/10.0.1.78",
        f"{C}=" + "+".join(f"10.{n}.0.0/16" for n in range(51)),
        ",".join(f"i-0123456789abcde{n:02x}=10.0.1.{n}" for n in range(13)),
    ],
)
def test_what_is_no_list_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="not a list of nodes"):
        peers.told("", words, 100)


def test_a_node_finds_what_is_said_of_it_by_its_own_address() -> None:
    note = noted(C, B, A)
    assert peers.cover(peers.entry(note, OWN), OWN) == COVER
    assert peers.cover(peers.entry(note, "10.0.2.10"), "10.0.2.10") == Cover("10.0.2.80", ["10.0.5.0/24"])


@pytest.mark.parametrize(
    "entry",
    [
        "10.0.6.10",
        "10.0.6.10/10.0.6.77",
        "10.0.6.10=10.0.3.0/24",
        "",
        "10.0.6.1",
        "10.0.1.10/10.0.1.77=10.0.3.0/24",  # another node's: an image was made of its disk
        "10.0.6.10/10.0.6.77=10.0.3.0/24\n10.0.6.10",
        "\0\0\0",
    ],
)
def test_without_both_a_cover_address_and_ranges_nothing_is_covered(entry: str) -> None:
    assert peers.cover(entry, "10.0.6.10") == Cover()


def test_what_was_said_holds_though_the_list_is_old_and_a_newer_one_does_not_name_this_node() -> None:
    note = noted(A, B)
    for later, words in ((200, f"{B},{C}"), (260, ""), (320, C)):
        note = peers.told(note, words, later)
        assert peers.entry(note, OWN) == A.partition("=")[2]
        assert peers.others(note, later, OWN) == []


def test_a_newer_list_that_names_this_node_is_what_counts() -> None:
    note = peers.told(noted(A, B), f"i-0123456789abcdef0={OWN},{B}", 200)
    assert peers.entry(note, OWN) == OWN
    assert peers.others(note, 200, OWN) == [("i-0123456789abcdef1", "10.0.2.10")]
    assert peers.others(note, 200 + peers.ADMITTED, OWN) == []


def test_what_the_controller_tells_each_node_is_what_it_reads() -> None:
    ring = [
        Peer(InstanceId("i-0123456789abcdef0"), OWN, "10.0.1.77", ranges=("10.0.3.0/24", "10.0.4.0/24")),
        Peer(InstanceId("i-0123456789abcdef1"), "10.0.2.10", "10.0.2.80"),
        Peer(InstanceId("i-0123456789abcdef2"), "10.0.6.10"),
    ]
    read = {str(each.id): peers.entry(noted(told(ring, each.id)), each.address) for each in ring}
    assert [peers.cover(read[str(each.id)], each.address) for each in ring] == [COVER, Cover(), Cover()]
    alone = noted(told([replace(ring[0], watches=False)], ring[0].id))
    assert peers.cover(peers.entry(alone, OWN), OWN) == COVER
    assert peers.others(alone, 100, OWN) == []


def changed(asked: Parameters = ASKED) -> set[str]:
    """Returns which rules a cover address adds."""
    without, with_one = (rules(asked, "ens5", OWN, ["10.0.2.10"], each) for each in (Cover(), COVER))
    assert set(without.splitlines()) <= set(with_one.splitlines())
    return set(with_one.splitlines()) - set(without.splitlines())


def test_clients_of_the_covered_zone_get_the_cover_address_and_forwards_and_guard_hold_for_it() -> None:
    covered = [
        f"-A natkeeper-cover -s {each} {rule}"
        for each in COVER.ranges
        for rule in (
            "-p tcp --sport 0:1023 -j SNAT --to-source 10.0.1.77:1024-65535",
            "-p udp --sport 0:1023 -j SNAT --to-source 10.0.1.77:1024-65535",
            "-j SNAT --to-source 10.0.1.77",
        )
    ]
    assert changed() == {
        ":natkeeper-cover -",
        "-A POSTROUTING -o ens5 -m connmark --mark 0x6e6b -m conntrack ! --ctstate DNAT -j natkeeper-cover",
        *covered,
        "-A PREROUTING -i ens5 -d 10.0.1.77 -j natkeeper-forward",
        "-A PREROUTING -d 10.0.1.77 -j RETURN",
        "-A natkeeper-middle -d 10.0.1.77 -s 203.0.113.7/32 -p tcp --dport 9999 -j RETURN",
        "-A natkeeper-middle -d 10.0.1.77 -j DROP",
    }


def test_the_covered_are_translated_to_it_before_all_others_are_to_the_nodes_own() -> None:
    lines = rules(ASKED, "ens5", OWN, [], COVER).splitlines()
    jump = next(n for n, line in enumerate(lines) if line.endswith("-j natkeeper-cover"))
    assert all(n > jump for n, line in enumerate(lines) if "connmark" in line and "MASQUERADE" in line)
