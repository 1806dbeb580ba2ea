"""What AWS documents of a NAT gateway, shown on a node's packets; docs/gateway.md holds both side by side."""

from __future__ import annotations

import select
import struct
import sys
import time
from pathlib import Path

import pytest

from natkeeper.core.intake.figures import figures
from tests.node.sandbox import NODE, OUTSIDE, Sandbox, wait_for

SERVICES = Path(__file__).parent / "services.py"
BEYOND = "203.0.113.10"
PATIENCE = 4
"""Seconds after which there is no answer: a busy machine takes its time."""
CONNTRACK = "/proc/sys/net/netfilter/nf_conntrack_"
ASK = """
import socket, sys
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout({patience})
asker.bind(("{source}", {port}))
asker.sendto(b"?" * {size}, ("{to}", 9000))
try:
    print(asker.recv(65507).decode().strip("."))
except TimeoutError:
    print("silence")
"""
LATE = ASK.replace('b"?" * {size}', 'b"later {seconds}"')
ERRORS = """
import errno, socket, struct
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout({patience})
asker.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
asker.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, {ttl})
asker.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER, always
asker.connect(("{to}", 9000))
asker.send(b"?" * {size})
try:
    asker.recv(9000)
    print("an answer")
except TimeoutError:
    print("silence")
except OSError as error:
    _, about, _, _ = asker.recvmsg(9000, 1000, socket.MSG_ERRQUEUE)
    family, port, who = struct.unpack("=HH4s", about[0][2][16:24])
    print(errno.errorcode[error.errno], socket.inet_ntoa(who), asker.getsockopt(socket.IPPROTO_IP, 14))
"""
RAW = """
import socket, struct
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, {protocol})
raw.settimeout({patience})
raw.sendto({body}, ("{to}", 0))
try:
    print(len(raw.recv(65535)) - 20)
except TimeoutError:
    print("silence")
"""


def ping(size: int) -> str:
    """An echo request of so many zeros, as Python source."""
    head = struct.pack("!BBHHH", 8, 0, ~(0x0800 + 1 + 1) & 0xFFFF, 1, 1)
    return f"{head!r} + bytes({size})"


@pytest.fixture
def outside(node: Sandbox) -> Sandbox:
    """A node, and one out there who tells whom he sees."""
    node.run(f"setsid {sys.executable} {SERVICES} udp >/run/udp.log 2>&1 </dev/null &", "outside")
    wait_for(lambda: said(node, ASK, place="outside", to="127.0.0.1", patience=1) != "silence", 20)
    return node


@pytest.fixture
def beyond(node: Sandbox) -> Sandbox:
    """A node, and a router out there, with a host beyond it."""
    node.read(
        f"""ip netns add beyond
        ip -n outside link add far type veth peer name ens5 netns beyond
        ip -n outside addr add 203.0.113.1/24 dev far
        ip -n outside link set far up
        ip -n beyond addr add {BEYOND}/24 dev ens5
        ip -n beyond link set ens5 up
        ip -n beyond route add default via 203.0.113.1
        ip -n vpc route add {BEYOND}/32 via {OUTSIDE} dev to-outside onlink
        ip netns exec outside sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'"""
    )
    return node


def said(sandbox: Sandbox, code: str, place: str = "private", **values: object) -> str:
    """What a few lines of Python print there."""
    known = {"to": OUTSIDE, "port": 0, "size": 30, "ttl": 64, "source": "", "patience": PATIENCE}
    done = sandbox.run(f"{sys.executable} -", place, code.format(**{**known, **values}))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def change(sandbox: Sandbox, name: str, value: int) -> None:
    sandbox.read(f"echo {value} >{CONNTRACK}{name}", "node")


def test_a_client_keeps_its_source_port(outside: Sandbox) -> None:
    assert said(outside, ASK, port=40000).startswith(f"{NODE} 40000 ")


def test_a_port_below_1024_is_not_used(outside: Sandbox) -> None:
    """Network ACLs written for a gateway let nothing back in to it."""
    assert int(said(outside, ASK, port=600).split()[1]) >= 1024


def test_two_clients_with_the_same_port_get_two(outside: Sandbox) -> None:
    outside.read("ip addr add 10.0.1.11/32 dev ens5", "private")
    outside.read("ip -n vpc route add 10.0.1.11/32 dev to-private")
    first, second = (said(outside, ASK, source=f"10.0.1.{n}", port=40000) for n in (10, 11))

    assert first.startswith(f"{NODE} 40000 ")
    assert second.startswith(f"{NODE} ")
    assert int(second.split()[1]) >= 1024
    assert second.split()[1] != "40000"


def test_at_the_limit_a_new_flow_gets_no_port_and_the_others_go_on(outside: Sandbox) -> None:
    """As if an address had two ports for a destination: the third gets none, as at the gateway's 55,000."""
    narrow = f"iptables -t nat -I POSTROUTING -o ens5 -p udp -d {OUTSIDE} --dport 9000"
    outside.read("kill $(cat /run/natkeeper-guard.service.pid)", "node")
    outside.read(f"{narrow} -j MASQUERADE --to-ports 2000-2001", "node")

    ports = {said(outside, ASK, port=port).split()[1] for port in (40000, 40001)}
    assert ports == {"2000", "2001"}
    assert said(outside, ASK, port=40002) == "silence"
    assert said(outside, ASK, port=40000).split()[1] in ports, "it goes on"
    assert outside.read(f"curl -s -m 2 http://{OUTSIDE}/", "private") == NODE, "as does another destination"


def test_udp_in_fragments_passes_both_ways(outside: Sandbox) -> None:
    assert said(outside, ASK, port=40000, size=6000) == f"{NODE} 40000 6000 "[:-1]


def test_a_large_ping_passes_in_fragments(outside: Sandbox) -> None:
    assert said(outside, RAW, protocol=1, body=ping(4000)) == "4008"


def test_another_protocol_leaves_translated(outside: Sandbox) -> None:
    """ESP, which a gateway does not carry: seen outside as from the node."""
    raw = "socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)"
    hear = f"import socket; print({raw}.recvfrom(100)[1][0])"
    outside.run(f"setsid {sys.executable} -c '{hear}' >/run/esp 2>&1 </dev/null &", "outside")
    wait_for(lambda: bool(said(outside, RAW, protocol=50, body="bytes(40)") and outside.read("cat /run/esp")))

    assert outside.read("cat /run/esp") == NODE


def test_nobody_outside_begins_anything(outside: Sandbox) -> None:
    assert said(outside, ASK, place="outside", to=NODE) == "silence"


def test_a_router_that_lets_a_packet_expire_is_heard_behind_the_node(beyond: Sandbox) -> None:
    """A traceroute shows the node itself, and the routers beyond it."""
    assert said(beyond, ERRORS, to=BEYOND, ttl=2).startswith(f"EHOSTUNREACH {NODE} ")
    assert said(beyond, ERRORS, to=BEYOND, ttl=4).startswith(f"EHOSTUNREACH {OUTSIDE} ")
    assert said(beyond, ERRORS, to=BEYOND, ttl=5).startswith(f"ECONNREFUSED {BEYOND} ")


def test_a_narrower_path_is_told_to_the_client(beyond: Sandbox) -> None:
    """Path MTU discovery: what a router says of the node's packet arrives as said of the client's."""
    beyond.read("ip -n outside link set far mtu 1200")
    assert said(beyond, ERRORS, to=BEYOND, size=1300) == f"EMSGSIZE {OUTSIDE} 1200"


def test_a_segment_is_never_larger_than_an_internet_gateway_passes(outside: Sandbox) -> None:
    for place, link in (("vpc", "to-private"), ("vpc", "to-node"), ("vpc", "to-outside")):
        outside.read(f"ip -n {place} link set {link} mtu 9001")
    for place in ("private", "node", "outside"):
        outside.read(f"ip -n {place} link set ens5 mtu 9001")
    code = "import socket; print(socket.create_connection(('{to}', 22)).getsockopt(socket.IPPROTO_TCP, 2))"

    assert int(said(outside, code)) <= 1460


def test_a_udp_flow_that_was_idle_too_long_takes_no_more_answers(outside: Sandbox) -> None:
    assert said(outside, LATE, seconds=2) == "late"
    for name in ("udp_timeout", "udp_timeout_stream"):
        change(outside, name, 1)
    assert said(outside, LATE, seconds=2) == "silence"


def test_an_idle_tcp_flow_is_forgotten_and_learnt_anew_when_its_client_speaks(node: Sandbox) -> None:
    """A gateway resets it. Here nothing is lost, and its port stays."""
    change(node, "tcp_timeout_established", 1)
    change(node, "tcp_loose", 0)
    talk = node.talk("private", OUTSIDE, 22)
    assert talk.stdin
    assert talk.stdout
    assert talk.stdout.readline().strip().endswith(NODE)
    time.sleep(2.5)
    talk.stdin.write("still there?\n")
    talk.stdin.flush()
    assert not select.select([talk.stdout], [], [], 1)[0], "it was forgotten, and flows are not learnt"
    change(node, "tcp_loose", 1)

    assert talk.stdout.readline() == "still there?\n", "as its client repeats itself"
    talk.kill()
    talk.communicate()


def test_the_node_answers_a_ping_from_its_clients_too(node: Sandbox) -> None:
    assert said(node, RAW, protocol=1, body=ping(0), to=NODE) == "8"


def carried(sandbox: Sandbox) -> dict[str, int]:
    """What was counted since it was asked last; with no target, the probe itself carries nothing."""
    return dict(figures(sandbox.read("natkeeper-probe", "node")))


def test_what_passes_is_counted_under_the_gateways_names_and_only_once(outside: Sandbox) -> None:
    carried(outside)
    said(outside, ASK, port=40000, size=1000)
    for _ in range(3):
        outside.read(f"curl -s -m 2 http://{OUTSIDE}/", "private")
    outside.run(f"curl -s -m 2 http://{OUTSIDE}:81/", "private")  # nobody is there
    told = carried(outside)

    assert (told["ConnectionAttemptCount"], told["ConnectionEstablishedCount"]) == (4, 3)
    assert told["PacketsInFromSource"] == told["PacketsOutToDestination"] > 3 * 4
    assert 1028 < told["BytesInFromSource"] == told["BytesOutToDestination"] < 5000
    assert 1028 < told["BytesInFromDestination"] == told["BytesOutToSource"] < 5000
    assert (told["PacketsDropCount"], told["ErrorPortAllocation"]) == (0, 0)
    again = carried(outside)
    assert again["BytesInFromSource"] == again["ConnectionAttemptCount"] == 0


def test_a_flow_without_a_port_is_counted(outside: Sandbox) -> None:
    narrow = f"iptables -t nat -I POSTROUTING -o ens5 -p udp -d {OUTSIDE} --dport 9000"
    outside.read("kill $(cat /run/natkeeper-guard.service.pid)", "node")
    outside.read(f"{narrow} -j MASQUERADE --to-ports 2000", "node")
    carried(outside)
    for port in (40000, 40001):
        said(outside, ASK, port=port)

    assert carried(outside)["ErrorPortAllocation"] == 1


def test_a_count_that_has_begun_anew_with_the_rules_counts_from_zero(outside: Sandbox) -> None:
    for _ in range(2):
        outside.read(f"curl -s -m 2 http://{OUTSIDE}/", "private")
    carried(outside)
    outside.read("natkeeper-apply", "node")
    outside.read(f"curl -s -m 2 http://{OUTSIDE}/", "private")

    assert carried(outside)["ConnectionAttemptCount"] == 1


def test_the_busiest_seconds_are_kept_until_they_are_told(outside: Sandbox) -> None:
    carried(outside)
    said(outside, ASK, port=40000, size=60000)
    wait_for(lambda: int(outside.read("cat /run/natkeeper/peak")) > 5000, 12)

    assert carried(outside)["PeakBytesPerSecond"] > 5000
    assert carried(outside)["PeakBytesPerSecond"] < 5000
