"""Flows in the kernel's words and in the peers', and what is refused of a peer that lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core import flow
from node.core.flow import Place, block, packed
from tests.fuzz.hostile import fuzzed

OWN, COVER, CLIENT, FOREIGN, SERVER = (
    packed(each) for each in ("10.0.1.10", "10.0.1.77", "10.0.3.5", "10.0.5.5", "198.51.100.10")
)
PLACE = Place(OWN, COVER, [block("10.0.5.0/24")], [block("10.0.0.0/16")], [OWN, packed("10.0.2.10")])
TCP, UDP = b"\6", b"\x11"
# As kernel 6.18 told two entries that were written by this very code, of another client each: status 0x19a.
DUMP = bytes.fromhex(
    "c000000000012200090000007da297c2020000003400018014000180080001000a00030508000200c633640a1c00028005000100110000"
    "00060002009c4000000600030001bb0000340002801400018008000100c633640a080002000a00014d1c00028005000100110000000600"
    "020001bb0000060003009c400000080003000000019a0800080000006e6b08000c0063ff30c608000b0000000001080007000000"
    "01c11c001880080001000000000008000200000000000800030000000000"
    "f000000000012200090000007da297c2020000003400018014000180080001000a00030508000200c633640a1c00028005000100060000"
    "00060002009c4000000600030001bb0000340002801400018008000100c633640a080002000a00014d1c00028005000100060000000600"
    "020001bb0000060003009c400000080003000000019a0800080000006e6b08000c00cf92e6cf08000b0000000001080007000000"
    "01c1300004802c000180050001000300000005000200000000000500030000000000060004000000000006000500000000001c001880"
    "080001000000000008000200000000000800030000000000"
)


def record(protocol: bytes = TCP, source: bytes = CLIENT, to: bytes = SERVER, port: int = 40000,
           seconds: int = 450) -> bytes:  # fmt: skip
    ends = (40000).to_bytes(2, "big") + (443).to_bytes(2, "big")
    return protocol + source + to + ends + port.to_bytes(2, "big") + seconds.to_bytes(2, "big")


def test_what_the_kernel_tells_is_what_was_written() -> None:
    key = record()[:15]
    assert list(flow.found(DUMP, PLACE)) == [
        (UDP + key[1:], 449, 0, False, False),
        (TCP + key[1:], 449, 3, False, False),
    ]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("080003000000019a", "080003000000019e", [True, True]),  # packets pass here
        ("0800080000006e6b", "0800080000006e6c", [False, False]),
        ("080003000000019a", "0800030000000198", []),  # not answered yet
        ("080003000000019a", "08000300000001ba", []),  # a forward's
        ("080002000a00014d", "080002000a00014e", []),  # by another address than the node's
        ("08000100c633640a080002000a00014d", "08000100c633640b080002000a00014d", []),  # translated both ways
    ],
)
def test_flows_that_are_not_answered_or_not_clients_of_this_node_are_not_told(
    before: str, after: str, found: list[bool]
) -> None:
    said = bytes.fromhex(DUMP.hex().replace(before, after))
    assert [each[3] for each in flow.found(said, PLACE)] == found


def test_who_was_told_of_a_flow_knows_it_by_its_mark() -> None:
    said = bytes.fromhex(DUMP.hex().replace("0800080000006e6b", "0800080000006e6c"))
    assert [each[4] for each in flow.found(said, PLACE)] == [True, True]


def test_a_piece_that_was_cut_or_is_not_of_this_form_holds_no_flow_that_is_not_there() -> None:
    for end in range(0, len(DUMP), 4):
        assert len(list(flow.found(DUMP[:end], PLACE))) <= 2
    assert list(flow.found(DUMP[1:100], PLACE)) == []


@pytest.mark.parametrize(("source", "to"), [(CLIENT, OWN), (FOREIGN, COVER)])
def test_a_flow_gets_the_cover_address_if_its_client_is_of_the_covered_zone_and_else_the_nodes_own(
    source: bytes, to: bytes
) -> None:
    assert flow.public(record(source=source), PLACE) == to
    assert flow.public(record(UDP, source=source), PLACE) == to


def test_without_a_cover_address_all_get_the_nodes_own() -> None:
    assert flow.public(record(source=FOREIGN), PLACE._replace(cover=b"", covered=[])) == OWN


@pytest.mark.parametrize(
    "lie",
    [
        record(protocol=b"\1"),
        record(source=OWN),
        record(source=packed("10.0.2.10")),  # another node's own
        record(source=packed("169.254.253.2")),  # the probe's clients
        record(source=SERVER),
        record(to=packed("10.0.7.7")),
        record(to=packed("0.0.0.0")),
        record(to=packed("224.0.0.1")),
        record(to=packed("255.255.255.255")),
        record(port=22),
        record(port=1023),
        record(port=0),
    ],
)
def test_what_no_client_can_have_is_written_by_nobody(lie: bytes) -> None:
    assert flow.public(lie, PLACE) == b""


@fuzzed(200)
@given(st.binary(min_size=flow.SIZE, max_size=flow.SIZE))
def test_any_record_is_refused_or_makes_a_message_of_one_length_for_no_longer_than_the_most(
    said: bytes,
) -> None:
    if flow.public(said, PLACE):
        assert len(flow.entry(said, OWN)) == len(flow.entry(record(said[:1]), OWN))
    assert int.from_bytes(flow.lasting(said)[-2:], "big") <= flow.MOST


def test_what_is_written_asks_for_one_address_and_one_port_and_is_not_assured() -> None:
    body = flow.entry(record(port=50000, seconds=9999), COVER)
    assert b"\x08\0\1\0" + COVER + b"\x0c\0\3\x80\6\0\1\0" + (50000).to_bytes(2, "big") in body
    assert b"\x08\0\3\0\0\0\0\x0a" in body
    assert b"\x08\0\7\0\0\0" + flow.MOST.to_bytes(2, "big") in body
    assert all(len(each) % 4 == 0 for each in (body, flow.unused(record()), flow.lasting(record())))
