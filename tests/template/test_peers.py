"""Whatever the controller tells nodes of each other, the probe's document takes; and nothing else."""

from __future__ import annotations

import re

import pytest

from natkeeper.core.model import InstanceId, ZoneName
from natkeeper.core.ring import MOST, MOST_RANGES, Peer, told
from tests.template.stacks import DEFAULT

RANGES = tuple(f"255.255.{n}.255/32" for n in range(200, 200 + MOST_RANGES))


def taken(words: str) -> bool:
    pattern = DEFAULT.properties("ProbeDocument")["Content"]["parameters"]["Peers"]["allowedPattern"]
    return re.search(pattern.replace("$", r"\Z"), words) is not None  # SSM's end of a line is the text's


def ring(length: int, ranges: tuple[str, ...] = (), cover: str = "255.255.255.254") -> tuple[Peer, ...]:
    ids = (InstanceId(f"i-{number:017x}") for number in range(length))
    zone = ZoneName("eu-west-1a") if ranges else None
    return tuple(Peer(name, "255.255.255.255", cover, zone, ranges) for name in ids)


@pytest.mark.parametrize("length", [1, 2, MOST])
@pytest.mark.parametrize("ranges", [(), ("10.0.1.0/24",), ("10.0.0.0/8", "0.0.0.0/0"), RANGES])
@pytest.mark.parametrize("cover", ["", "10.0.0.77"])
def test_every_list_that_is_told_is_taken(length: int, ranges: tuple[str, ...], cover: str) -> None:
    peers = ring(length, ranges, cover)
    words = told(peers, peers[0].id)

    assert taken(words)
    assert taken(told(peers))
    assert len(words) < 16 * 1024


@pytest.mark.parametrize(
    "words",
    [
        told(ring(MOST + 1)),
        "i-0123456789abcdef0=10.0.0.10/",
        "i-0123456789abcdef0=10.0.0.10/24",
        "i-0123456789abcdef0=10.0.0.10=10.0.1.0/24",
        "i-0123456789abcdef0=10.0.0.10/10.0.0.77=",
        "i-0123456789abcdef0=10.0.0.10/10.0.0.77=10.0.1.0",
        "i-0123456789abcdef0=10.0.0.10/10.0.0.77=10.0.1.0/33",
        "i-0123456789abcdef0=10.0.0.10/10.0.0.77=10.0.1.0/24+",
        "i-0123456789abcdef0=10.0.0.10/10.0.0.256",
        "i-0123456789abcdef0=10.0.0.10/10.0.0.77=10.0.1.0/24'; reboot; '",
        f"i-0123456789abcdef0=10.0.0.10/10.0.0.77={'+'.join((*RANGES, '10.0.0.0/8'))}",
    ],
)
def test_nothing_else_is(words: str) -> None:
    assert not taken(words)
