"""The template's own user data on a real kernel: what passes through the node, and what does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.node.sandbox import HERE, NODE, OUTSIDE, PRIVATE_HOST, Sandbox, wait_for
from tests.node.template_script import node_script, plain_script

NEIGHBOUR = "10.0.0.20"
CURL = f"curl -s -m 2 http://{OUTSIDE}/"


def greeting(sandbox: Sandbox, place: str, address: str, port: int) -> str:
    """Returns the first line that a TCP server says; nothing if none is reached."""
    talk = f"exec 3<>/dev/tcp/{address}/{port} && read -r -t 1 line <&3 && echo $line"
    return sandbox.run(f"timeout 1 bash -c '{talk}'", place).stdout.strip()


def say(talk: subprocess.Popen[str], text: str) -> None:
    """Sends a line."""
    assert talk.stdin is not None
    talk.stdin.write(f"{text}\n")
    talk.stdin.flush()


def hear(talk: subprocess.Popen[str]) -> str:
    """Returns the next line received."""
    assert talk.stdout is not None
    return talk.stdout.readline().strip()


def boot_without(sandbox: Sandbox, programs: str) -> None:
    """Runs user data on an image that lacks these programs until its package manager brings them."""
    sandbox.read(
        "mkdir /run/tools; ln -s /usr/sbin/* /usr/bin/* /sbin/* /bin/* /run/bin/* /run/tools/ 2>/dev/null;"
        f"rm /run/tools/{programs}; ln -sf /run/bin/* /run/tools/"
    )
    run = "cat >/run/user-data && chmod 700 /run/user-data && PATH=/run/tools /run/user-data"
    done = sandbox.run(run, "node", plain_script())
    assert done.returncode == 0, done.stderr


def test_a_private_host_gets_out_with_the_nodes_address(node: Sandbox) -> None:
    assert node.read(CURL, "private") == NODE


@pytest.mark.parametrize(("kept", "seen"), [("true", OUTSIDE), ("false", NODE)])
def test_the_tutorials_port_forward_shows_the_host_who_uses_it_or_the_node(
    sandbox: Sandbox, kept: str, seen: str
) -> None:
    assert sandbox.boot(plain_script({"KeepClientAddress": kept})).returncode == 0
    assert greeting(sandbox, "outside", NODE, 9999) == f"SSH-2.0-private {seen}"


@pytest.mark.parametrize(("kept", "reached"), [("true", [True, False]), ("false", [True, True])])
def test_a_host_is_reached_by_the_address_of_a_node_that_is_not_its_way_out(
    sandbox: Sandbox, kept: str, reached: list[bool]
) -> None:
    """Another zone's; and a zone's own, while a neighbour covers. Its answer takes its own way out."""
    script = plain_script({"KeepClientAddress": kept})
    boot_neighbour(sandbox, script)
    assert sandbox.boot(script).returncode == 0
    assert [bool(greeting(sandbox, "outside", each, 9999)) for each in (NODE, NEIGHBOUR)] == reached
    sandbox.read(f"ip -n vpc route replace default via {NEIGHBOUR} dev to-spare onlink table 100")
    assert [bool(greeting(sandbox, "outside", each, 9999)) for each in (NEIGHBOUR, NODE)] == reached


def test_a_session_that_shows_the_node_is_reset_by_a_takeover_and_not_left_hanging(node: Sandbox) -> None:
    boot_neighbour(node, plain_script())
    code = f"""
import socket
peer = socket.create_connection(("{NODE}", 9999), 20)
print(peer.recv(100), flush=True)
input()
try:
    peer.send(b"still here?")
    print(peer.recv(100))
except OSError as error:
    print(type(error).__name__)
"""
    argv = node.argv(f"exec {sys.executable} -c '{code}'", "outside")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as talk:
        assert NODE in hear(talk)
        # As AssociateAddress does: the public address leads to another node's own.
        node.read(f"iptables -t nat -A PREROUTING -d {NODE} -j DNAT --to-destination {NEIGHBOUR}", "vpc")
        say(talk, "now")
        assert hear(talk) == "ConnectionResetError"


def boot_neighbour(sandbox: Sandbox, script: str) -> None:
    """Makes another zone's node of the spare one, with an address of its own."""
    sandbox.read(
        f"ip -n spare addr flush dev ens5; ip -n spare addr add {NEIGHBOUR}/24 dev ens5;"
        "ip -n spare route add default via 10.0.0.1;"
        f"ip -n vpc route add {NEIGHBOUR}/32 dev to-spare"
    )
    done = sandbox.run("cat >/run/other && chmod 700 /run/other && /run/other", "spare", script)
    assert done.returncode == 0, done.stderr


def test_the_port_forward_is_closed_to_the_vpc_even_if_the_whole_world_may_use_it(sandbox: Sandbox) -> None:
    values = {"AdminCidr": "0.0.0.0/0", "KeepClientAddress": "true"}
    assert sandbox.boot(plain_script(values)).returncode == 0
    assert greeting(sandbox, "outside", NODE, 9999) == f"SSH-2.0-private {OUTSIDE}"
    # From an address of its own, for a host never answers a connection that seems to come from itself.
    sandbox.read("ip addr add 10.0.2.7/32 dev ens5", "outside")
    sandbox.read("ip route add 10.0.2.7/32 dev to-outside", "vpc")
    sandbox.read(f"ip route replace {NODE}/32 via 198.51.100.1 dev ens5 src 10.0.2.7", "outside")
    assert greeting(sandbox, "outside", NODE, 9999) == ""
    forwarded = "iptables -t nat -L natkeeper-forward -v -n -x | awk '/DNAT/ {print $1}'"
    assert sandbox.read(forwarded, "node") == "1"


def test_the_port_forward_is_closed_to_strangers(node: Sandbox) -> None:
    node.read("ip addr add 198.51.101.7/32 dev ens5", "outside")
    node.read("ip route add 198.51.101.7/32 dev to-outside", "vpc")
    node.read(f"ip route replace {NODE}/32 via 198.51.100.1 dev ens5 src 198.51.101.7", "outside")
    assert greeting(node, "outside", NODE, 9999) == ""
    assert greeting(node, "outside", PRIVATE_HOST, 22) == ""


def test_the_node_itself_answers_only_ping_unless_ssh_is_asked_for(sandbox: Sandbox) -> None:
    assert sandbox.boot(node_script()).returncode == 0
    sandbox.run(f"setsid {sys.executable} -m http.server 22 >/dev/null 2>&1 </dev/null &", "node")
    reach = f"timeout 1 bash -c 'exec 3<>/dev/tcp/{NODE}/22'"
    wait_for(lambda: sandbox.run("exec 3<>/dev/tcp/127.0.0.1/22", "node").returncode == 0)
    assert sandbox.run(reach, "outside").returncode != 0
    assert sandbox.boot(plain_script({"NodeSsh": "true"})).returncode == 0
    assert sandbox.run(reach, "outside").returncode == 0
    assert sandbox.run(reach, "private").returncode != 0


def test_low_source_ports_leave_as_1024_or_above_and_others_as_they_are(node: Sandbox) -> None:
    told = f"{sys.executable} {HERE}/services.py port >/run/port.log 2>&1 </dev/null &"
    node.read(f"setsid {told}", "outside")
    ask = f"exec 3<>/dev/tcp/{OUTSIDE}/24; head -1 <&3"
    wait_for(lambda: node.run(ask, "private").returncode == 0)
    seen = {
        port: int(node.read(f"curl -s -m 2 --local-port {port} telnet://{OUTSIDE}:24 </dev/null", "private"))
        for port in (123, 500, 1023, 1024, 40000)
    }
    assert all(seen[port] >= 1024 for port in (123, 500, 1023))
    assert (seen[1024], seen[40000]) == (1024, 40000)


def test_an_idle_flow_is_forgotten_when_a_nat_gateway_would_forget_it(node: Sandbox) -> None:
    idle = "cat /proc/sys/net/netfilter/nf_conntrack_{tcp_timeout_established,udp_timeout,icmp_timeout}"
    assert node.read(idle, "node").split() == ["350", "120", "60"]


def test_applying_again_changes_nothing(node: Sandbox) -> None:
    sysctls = "sysctl -a 2>/dev/null | grep -E 'ipv4.(conf|ip_)|conntrack_(tcp|max)'"
    state = f"iptables-save | grep -v '^[#:]'; {sysctls}"
    before = node.read(state, "node")
    assert node.read("natkeeper-apply", "node") == ""
    assert node.read(state, "node") == before
    assert node.read("cat /run/natkeeper/repairs") == "0"


def test_no_redirects_are_sent_out_of_the_interface_that_traffic_came_in_by(node: Sandbox) -> None:
    assert node.read("cat /proc/sys/net/ipv4/conf/{all,ens5,default}/send_redirects", "node") == "0\n0\n0"


def test_without_a_default_route_the_script_fails_loudly(sandbox: Sandbox) -> None:
    sandbox.read("ip route del default", "node")
    done = sandbox.boot(plain_script())
    assert done.returncode != 0
    assert "no interface with a default route" in done.stderr


def test_packages_are_asked_for_again_until_the_mirror_answers(sandbox: Sandbox) -> None:
    boot_without(sandbox, "iptables*")
    assert sandbox.read("cut -d ' ' -f 5 /run/packages.log").split() == [
        "iptables-nft", "iptables-services", "iptables-nft"
    ]  # fmt: skip
    assert sandbox.read(CURL, "private") == NODE


def test_an_image_without_python_gets_it_before_anything_else(sandbox: Sandbox) -> None:
    sandbox.read("printf 'asked\\nbefore\\n' >/run/packages.log")
    boot_without(sandbox, "python3")
    assert sandbox.read("tail -1 /run/packages.log") == "dnf -yq install python3"
    assert sandbox.read(CURL, "private") == NODE


IMAGE = "node/system/image.py"
# The root directory is the machine's own: the file is made elsewhere, and small.
ELSEWHERE = (
    (IMAGE, 'Path("/swapfile")', 'Path("/run/swapfile")'),
    (IMAGE, "MOST, LEAST = 1024", "MOST, LEAST = 1"),
)
HEADING = "Filename Type Size Used Priority"


@pytest.mark.parametrize(
    ("swaps", "made"),
    [("", True), ("/dev/zram0 partition 200000 0 100", True), ("/other file 1000000 0 -2", False)],
    ids=["none", "only in compressed memory", "on a disk"],
)
def test_a_small_machine_gets_swap_on_its_disk_unless_it_has_some(
    sandbox: Sandbox, swaps: str, made: bool
) -> None:
    sandbox.read("echo 'MemTotal:  480000 kB' >/run/meminfo; mount --bind /run/meminfo /proc/meminfo")
    sandbox.read(f"printf '{HEADING}\n{swaps}\n' >/run/swaps; mount --bind /run/swaps /proc/swaps")
    for _ in range(2):
        assert sandbox.boot(plain_script(mistakes=ELSEWHERE)).returncode == 0
    wanted = "mkswap /run/swapfile\nswapon /run/swapfile" if made else ""
    assert sandbox.read("head -2 /run/swap.log 2>/dev/null || true") == wanted
    assert sandbox.read("grep -c swapfile /etc/fstab || true") == ("1" if made else "0")


def test_swap_gets_a_line_of_its_own_in_a_table_whose_last_line_has_no_end(sandbox: Sandbox) -> None:
    """Else the root disk's line would be spoilt, and the next boot."""
    sandbox.read("echo 'MemTotal:  480000 kB' >/run/meminfo; mount --bind /run/meminfo /proc/meminfo")
    sandbox.read(f"echo '{HEADING}' >/run/swaps; mount --bind /run/swaps /proc/swaps")
    sandbox.read("printf 'UUID=1 / xfs defaults 0 1' >/etc/fstab")
    assert sandbox.boot(plain_script(mistakes=ELSEWHERE)).returncode == 0
    assert sandbox.read("cat /etc/fstab").split("\n") == [
        "UUID=1 / xfs defaults 0 1", "/run/swapfile none swap sw,nofail 0 0"
    ]  # fmt: skip


def test_a_flow_whose_client_speaks_survives_a_takeover(node: Sandbox) -> None:
    node.read("natkeeper-apply", "spare")
    talk = node.talk("private", OUTSIDE, 22)
    assert hear(talk) == f"SSH-2.0-private {NODE}"
    node.take_over("spare")
    say(talk, "still here")
    assert hear(talk) == "still here"
    talk.kill()
    talk.communicate()


def test_a_forwarded_session_survives_a_takeover_even_if_the_private_end_speaks_first(
    sandbox: Sandbox,
) -> None:
    node = sandbox
    assert node.boot(plain_script({"KeepClientAddress": "true"})).returncode == 0
    node.read("natkeeper-apply", "spare")
    talk = node.talk("outside", NODE, 9999)
    assert hear(talk) == f"SSH-2.0-private {OUTSIDE}"
    say(talk, "later")
    node.take_over("spare")
    packets = "iptables -t mangle -L natkeeper-middle -v -n -x | awk '/DROP/ {print $1; exit}'"
    wait_for(lambda: int(node.read(packets, "spare")) > 0)
    say(talk, "still here")
    assert [hear(talk), hear(talk)] == ["later", "still here"]
    talk.kill()
    talk.communicate()


def test_user_data_once_more_brings_its_own_parameters_and_a_new_guard(node: Sandbox) -> None:
    """As on a node from an image of another version's baker."""
    before = node.read("cat /run/natkeeper-guard.service.pid")
    assert node.boot(plain_script({"PortForwards": ""})).returncode == 0

    assert node.read(CURL, "private") == NODE
    assert greeting(node, "outside", NODE, 9999) == ""
    assert node.read("cat /run/natkeeper-guard.service.pid") != before


def test_parameters_that_are_refused_are_not_outlived_by_those_of_the_images_baker(node: Sandbox) -> None:
    done = node.boot(plain_script({"PrivateRanges": "everything"}))
    assert "a private range must be like" in done.stderr
    assert done.returncode != 0

    assert node.run(CURL, "private").returncode != 0
    assert greeting(node, "outside", NODE, 9999) == ""
    node.read("sleep 1")
    assert node.read("cat /proc/sys/net/ipv4/ip_forward", "node") == "0"


def test_the_machine_that_runs_these_tests_is_left_alone(node: Sandbox) -> None:
    assert node.read("test -e /etc/natkeeper/parameters && echo yes") == "yes"
    assert not Path("/etc/natkeeper").exists()
    assert not Path("/usr/local/sbin/natkeeper-apply").exists()
    assert not Path("/run/natkeeper").exists()
