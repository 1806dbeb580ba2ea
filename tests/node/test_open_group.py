"""A security group that lets everybody in: the node's own rules refuse what a closed one would have."""

from __future__ import annotations

import sys

import pytest

from node.core.parameters import Parameters
from node.core.rules import rules
from tests.node.sandbox import NODE, OUTSIDE, PRIVATE_HOST, Sandbox, wait_for
from tests.node.template_script import plain_script
from tests.node.test_as_the_gateway import RAW, ping, said

RANGES = ["10.0.0.0/16", "100.64.0.0/10"]
ASKED = Parameters("natkeeper", RANGES, [], keep=True, ssh=False, admin="", sources=RANGES)
STRANGER = "203.0.113.66"
FROM = f"ip route replace {NODE}/32 via $(ip route | sed -n 's/default via //p' | cut -d ' ' -f 1) src {{}}"


@pytest.fixture
def guarding(sandbox: Sandbox) -> Sandbox:
    """A node whose group is open, and a stranger in the internet beside the admin, who both reach its
    interface whatever they send."""
    done = sandbox.boot(plain_script({"SecurityGroup": "open"}))
    assert done.returncode == 0, done.stdout + done.stderr
    sandbox.read(f"ip addr add {STRANGER}/32 dev ens5", "outside")
    sandbox.read(f"ip route add {STRANGER}/32 dev to-outside", "vpc")
    # What the internet sends to a private host goes to the node, as if a route led it there.
    sandbox.read("ip rule add iif to-outside to 10.0.1.0/24 lookup 100 prio 80", "vpc")
    return sandbox


def reaches(sandbox: Sandbox, place: str, source: str, address: str, port: int) -> bool:
    """Returns whether a TCP connection is answered, with greeting or reset alike."""
    code = (
        "import socket\n"
        "try:\n"
        f"    socket.create_connection(('{address}', {port}), 1, ('{source}', 0))\n"
        "except ConnectionRefusedError:\n"
        "    pass\n"
    )
    return sandbox.run(f'{sys.executable} -c "{code}"', place).returncode == 0


def answers_ping(sandbox: Sandbox, place: str, source: str) -> bool:
    sandbox.read(FROM.format(source), place)
    return said(sandbox, RAW, place=place, protocol=1, body=ping(0), to=NODE, patience=2) == "8"


def counted(sandbox: Sandbox, chain: str, pattern: str) -> int:
    """Returns the packets that met the rules of filter with this in their text."""
    listed = sandbox.read(f"iptables -L {chain} -v -n -x", "node").splitlines()
    return sum(int(line.split()[0]) for line in listed if pattern in line)


def refused(sandbox: Sandbox, chain: str) -> int:
    """Returns the packets that no rule of the chain took."""
    policy = sandbox.read(f"iptables -L {chain} -v -n -x", "node").splitlines()[0]
    return int(policy.partition("DROP ")[2].split()[0])


def test_a_stranger_gets_no_answer_of_the_node_nor_through_it(guarding: Sandbox) -> None:
    guarding.run(f"setsid {sys.executable} -m http.server 22 >/dev/null 2>&1 </dev/null &", "node")
    wait_for(lambda: guarding.run("exec 3<>/dev/tcp/127.0.0.1/22", "node").returncode == 0)
    for address, port in ((NODE, 22), (NODE, 9999), (NODE, 40000), (PRIVATE_HOST, 22), (PRIVATE_HOST, 9)):
        assert not reaches(guarding, "outside", STRANGER, address, port), (address, port)
    assert not answers_ping(guarding, "outside", STRANGER)
    assert counted(guarding, "INPUT", "icmptype 8") == 0
    # And it was the node's rules that refused: all came so far.
    assert refused(guarding, "INPUT") >= 4  # three ports and a ping
    assert refused(guarding, "FORWARD") >= 2


def test_the_admin_uses_a_forward_and_a_client_gets_out_and_pings(guarding: Sandbox) -> None:
    assert reaches(guarding, "outside", OUTSIDE, NODE, 9999)
    assert guarding.read(f"curl -s -m 2 http://{OUTSIDE}/", "private") == NODE
    assert answers_ping(guarding, "private", PRIVATE_HOST)
    assert said(guarding, RAW, protocol=1, body=ping(0)) == "8"


def test_a_flow_that_the_node_knows_passes_when_only_the_server_speaks(guarding: Sandbox) -> None:
    guarding.read(
        f"setsid {sys.executable} -c '"
        "import socket, time\n"
        'server = socket.create_server(("", 5000)); peer = server.accept()[0]\n'
        'for n in range(20): peer.sendall(b"%d\\n" % n); time.sleep(.1)\' >/dev/null 2>&1 </dev/null &',
        "outside",
    )
    wait_for(lambda: guarding.run("ss -tln | grep -q :5000", "outside").returncode == 0)
    assert guarding.read(f"timeout 4 cat </dev/tcp/{OUTSIDE}/5000", "private").split()[-1] == "19"


def test_who_lives_outside_the_private_ranges_is_carried_nowhere(guarding: Sandbox) -> None:
    """A peered VPC's host, whose route leads here: the closed group would not have let it in."""
    guarding.read("ip -n private addr add 172.16.0.10/32 dev ens5")
    guarding.read("ip -n vpc route add 172.16.0.10/32 dev to-private")
    guarding.read("ip -n vpc rule add iif to-private from 172.16.0.10 lookup 100 prio 95")
    curl = f"curl -s -m 2 --interface 172.16.0.10 http://{OUTSIDE}/"
    assert guarding.run(curl, "private").returncode != 0
    assert guarding.read(f"curl -s -m 2 http://{OUTSIDE}/", "private") == NODE


@pytest.mark.parametrize(
    ("place", "source", "heard"), [("outside", STRANGER, 0), ("private", PRIVATE_HOST, 1)]
)
def test_an_answer_of_dhcp_comes_from_the_vpc_or_not_at_all(
    guarding: Sandbox, place: str, source: str, heard: int
) -> None:
    send = (
        "import socket\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        f"s.bind(('{source}', 67)); s.sendto(b'x', ('{NODE}', 68))"
    )
    guarding.read(f'{sys.executable} -c "{send}"', place)
    assert counted(guarding, "INPUT", "dpt:68") == heard


def test_rules_name_each_private_range_where_the_group_names_none() -> None:
    def of(sources: list[str]) -> set[str]:
        return set(rules(ASKED._replace(sources=sources), "ens5", "10.0.0.10").splitlines())

    def naming(sources: list[str]) -> set[str]:
        return {
            *(f"-A PREROUTING -i ens5 -s {each} -j CONNMARK --set-xmark 0x6e6b" for each in sources),
            *(f"-A INPUT -s {each} -p icmp --icmp-type echo-request -j ACCEPT" for each in sources),
        }

    believed, everybody = ASKED.ranges, ["0.0.0.0/0"]
    assert of(believed) - of(everybody) == naming(believed)
    assert of(everybody) - of(believed) == naming(everybody)
