"""Who plays the node's enemy: strangers' rules, strange files, a rival at work, ends at the worst moment."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from node import pack
from node.system import netlink
from tests.node.sandbox import NODE, OUTSIDE, Sandbox, wait_for
from tests.node.template_script import plain_script
from tests.node.test_guard_and_probe import HEAL_SECONDS, RULES, probe

CURL = f"curl -s -m 2 http://{OUTSIDE}/"
REPAIRS = "cat /run/natkeeper/repairs"
PID = "cat /run/natkeeper-guard.service.pid"


def test_a_strangers_comment_in_any_encoding_blinds_neither_guard_nor_probe(node: Sandbox) -> None:
    strange = r"iptables -I FORWARD -m comment --comment $'caf\xe9' -j DROP"
    node.read(f"{strange}; natkeeper-probe http://{OUTSIDE}/ >/run/said", "node")
    wait_for(lambda: node.read(REPAIRS) == "1", HEAL_SECONDS)
    assert node.read("cut -c 1-16 /run/said") == '{"natkeeper": 1,'
    assert node.read(CURL, "private") == NODE


@pytest.mark.parametrize("note", ["", "{}", "[1, 2]", '["x", 0, 0, 0, 0, 0, 0, 0]', "half [1"])
def test_a_note_of_counts_that_is_damaged_or_anothers_is_counted_anew_from(node: Sandbox, note: str) -> None:
    node.read(f"printf '%s' '{note}' >/run/natkeeper/counted", "node")
    assert len(probe(node)["gateway"]) == len(probe(node)["gateway"]) == 10


def test_numbers_that_no_integer_takes_do_not_end_the_guard(node: Sandbox) -> None:
    node.read(
        f"for each in peak repairs; do printf '%09999d' 1 >/run/natkeeper/$each; done; kill $({PID})",
        "node",
    )
    node.run("setsid natkeeper-guard >/run/again.log 2>&1 </dev/null &", "node")
    wait_for(lambda: node.read("cat /run/natkeeper/repairs") == "0")
    assert node.read("cat /run/again.log") == ""


def test_native_rules_that_iptables_cannot_tell_are_removed(node: Sandbox) -> None:
    before = node.read(RULES, "node")
    node.read(
        "nft add set ip filter bad '{ type ipv4_addr; }';"
        "nft insert rule ip filter FORWARD ip saddr @bad drop;"
        "nft insert rule ip filter FORWARD drop",
        "node",
    )
    wait_for(lambda: node.read(RULES, "node") == before, HEAL_SECONDS)
    assert node.read(CURL, "private") == NODE


def test_a_rival_at_work_all_the_time_takes_a_quarter_of_the_processor_at_most(node: Sandbox) -> None:
    """Of what guards a node on which others depend; and it wins when the rival rests."""
    before, pid = node.read(RULES, "node"), node.read(PID)
    node.run("setsid timeout 4 bash -c 'while :; do iptables -F; done' >/dev/null 2>&1 </dev/null &", "node")
    spent = f"cut -d ' ' -f 14-17 /proc/{pid}/stat"

    def seconds() -> float:
        return sum(map(int, node.read(spent, "node").split())) / 100

    at, then = time.monotonic(), seconds()
    time.sleep(3)
    assert (seconds() - then) / (time.monotonic() - at) < 0.3
    assert "another program changes them" in node.read("cat /run/guard.log")
    wait_for(lambda: node.read(RULES, "node") == before, 2 + HEAL_SECONDS)


def test_a_guard_that_is_killed_at_any_step_mends_when_it_is_back(node: Sandbox) -> None:
    before = node.read(RULES, "node")
    for milliseconds in (5, 20, 40, 80):
        node.read(
            f"iptables -F; iptables -t nat -F; sleep .{milliseconds:03}; kill -9 $({PID});"
            "systemctl restart natkeeper-guard.service",
            "node",
        )
        wait_for(lambda: node.read(RULES, "node") == before, 2 * HEAL_SECONDS)
    assert node.read(CURL, "private") == NODE


def test_an_interface_that_is_plugged_in_later_changes_nothing(node: Sandbox) -> None:
    node.read(
        "ip link add ens6 type veth peer name far; ip addr add 10.0.0.77/24 dev ens6; ip link set far up;"
        "ip link set ens6 up; ip route add default via 10.0.0.1 dev ens6 metric 900",
        "node",
    )
    assert node.read(CURL, "private") == NODE
    assert probe(node)["checks"] == dict.fromkeys(probe(node)["checks"], True)
    assert node.read(REPAIRS) == "0"


def test_user_data_again_puts_a_guard_of_its_own_version_in_the_place_of_one_that_runs(node: Sandbox) -> None:
    """An image may bring a node's programs of another version, and its guard runs before user data does."""
    old = node.read(PID)
    node.read("echo 'raise SystemExit' >/usr/local/lib/natkeeper/node/system/guard.py", "node")
    assert node.boot(plain_script()).returncode == 0
    assert node.read(PID) != old
    wait_for(
        lambda: node.run(f"grep -q ^State:.*Z /proc/{old}/status || ! kill -0 {old}", "node").returncode == 0
    )
    node.read("iptables -F", "node")
    wait_for(lambda: node.read(REPAIRS) == "1", HEAL_SECONDS)


def test_where_names_are_not_resolved_the_node_forwards_and_says_what_to_do(sandbox: Sandbox) -> None:
    sandbox.read("printf 'nameserver 127.0.0.9\\noptions timeout:1 attempts:1\\n' >/etc/resolv.conf")
    done = sandbox.boot(plain_script())
    assert done.returncode == 1
    assert done.stderr.startswith("natkeeper: no names, so the SSM agent finds nobody: turn on the VPC's DNS")
    assert sandbox.read(CURL, "private") == NODE
    sandbox.await_guard()
    sandbox.read("iptables -F", "node")
    wait_for(lambda: sandbox.read(REPAIRS) == "1", HEAL_SECONDS)


def test_a_kernel_that_does_not_tell_of_rules_is_no_reason_not_to_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(netlink, "NETFILTER", 31)  # no such protocol
    listener = netlink.Listener()
    assert not listener.hears_rules
    for each in listener._told:
        each.close()


def test_a_python_that_is_too_old_is_refused_in_words() -> None:
    main = pack.programs(pack.sources())["__main__.py"]
    code = f"import sys; sys.version_info = (3, 7); exec({main!r}, {{'__name__': '__main__'}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1, "natkeeper: this image's Python is older than 3.9: use a newer image\n"
    )  # fmt: skip
