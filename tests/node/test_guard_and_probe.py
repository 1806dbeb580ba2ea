"""Ring 0: the guard mends what was broken, and the probe tells the truth about a node."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from natkeeper.core.intake.figures import TOLD
from tests.node.sandbox import NODE, OUTSIDE, Sandbox, wait_for
from tests.node.template_script import Mistake, plain_script

UNTRANSLATED = '-j MASQUERADE", " --to-ports "', '-j ACCEPT", " -m comment --comment "'
HEAL_SECONDS = 2.5  # two, and what a busy machine needs to notice
RULES = "iptables-save | grep -v '^[#:]'"
TARGETS = f"http://{OUTSIDE}/ http://name.example/"


def probe(sandbox: Sandbox, targets: str = TARGETS) -> dict[str, Any]:
    """Returns what the probe says."""
    text = sandbox.read(f"natkeeper-probe {targets}", "node")
    assert "\n" not in text
    assert len(text) < 2000
    said: dict[str, Any] = json.loads(text)
    return said


def stop_guard(sandbox: Sandbox) -> None:
    """Ends the guard for good."""
    sandbox.read("kill $(cat /run/natkeeper-guard.service.pid)", "node")


@pytest.mark.parametrize(
    "harm",
    [
        "iptables -F",
        "iptables -t nat -F",
        "iptables -t mangle -F",
        "iptables -P FORWARD ACCEPT",
        "iptables -I FORWARD -j DROP",
        "echo 0 >/proc/sys/net/ipv4/ip_forward",
        "echo 0 >/proc/sys/net/ipv4/conf/ens5/forwarding",
    ],
)
def test_the_guard_undoes_harm_within_two_seconds(node: Sandbox, harm: str) -> None:
    before = node.read(RULES, "node")
    assert node.read(f"{harm}; cat /run/natkeeper/repairs", "node") == "0"
    wait_for(lambda: node.read("cat /run/natkeeper/repairs") == "1", HEAL_SECONDS)
    assert node.read(RULES, "node") == before
    assert node.read(f"curl -s -m 2 http://{OUTSIDE}/", "private") == NODE
    assert probe(node)["repairs"] == 1


def test_an_apply_that_fails_for_ever_is_tried_less_and_less_and_then_works(node: Sandbox) -> None:
    node.read(
        "printf '#!/bin/bash\\n[[ $1 != --version ]] && exit 3\\necho nf_tables' >/run/bin/iptables-restore;"
        "chmod 755 /run/bin/iptables-restore; iptables -F",
        "node",
    )
    wait_for(lambda: node.read("grep -c 'iptables-restore: ' /run/guard.log || true") == "4")
    assert int(node.read("sleep 2; grep -c 'iptables-restore: ' /run/guard.log")) <= 8
    node.read("rm /run/bin/iptables-restore")
    wait_for(lambda: node.read("cat /run/natkeeper/repairs") == "1", 7)
    assert node.read(f"curl -s -m 2 http://{OUTSIDE}/", "private") == NODE


def test_a_full_disk_keeps_the_guard_from_nothing(node: Sandbox) -> None:
    node.read("mount -o remount,size=16m /run; head -c 32M /dev/zero >/run/filling || true")
    before = node.read(RULES, "node")
    node.read("iptables -F; iptables -t nat -F", "node")
    wait_for(lambda: node.read(RULES, "node") == before, HEAL_SECONDS)


def test_rules_flushed_while_they_are_applied_are_applied_again(node: Sandbox) -> None:
    stop_guard(node)
    before = node.read(RULES, "node")
    save, real = "/run/bin/iptables-save", node.read("command -v iptables-save", "node")
    # The first time that the rules are read back, somebody has just flushed a table.
    node.read(
        f"printf '#!/bin/bash\\nrm {save}; iptables -t nat -F; exec {real}' >{save}; chmod 755 {save};"
        "natkeeper-apply 1",
        "node",
    )
    assert node.read(RULES, "node") == before
    assert node.run(f"ls {save}").returncode != 0


def test_the_guard_follows_a_renamed_interface(node: Sandbox) -> None:
    node.read(
        "ip link set ens5 down; ip link set ens5 name eth7; ip link set eth7 up;"
        "ip route add default via 10.0.0.1",
        "node",
    )
    wait_for(lambda: node.read("cat /run/natkeeper/interface") == "eth7", HEAL_SECONDS)
    wait_for(lambda: node.run(f"curl -s -m 1 http://{OUTSIDE}/", "private").stdout.strip() == NODE)
    assert probe(node)["interface"] == "eth7"


def test_a_flow_begun_while_nat_was_flushed_is_translated_once_it_is_back(node: Sandbox) -> None:
    stop_guard(node)
    node.read("iptables -t nat -F", "node")
    # The same source port again: the kernel would remember an untranslated flow.
    ask = f"curl -s -m 2 --local-port 40000 http://{OUTSIDE}/"
    assert node.run(ask, "private").stdout == ""
    node.read("natkeeper-apply", "node")
    assert node.read(ask, "private") == NODE


def test_whoever_the_security_group_lets_in_gets_out(node: Sandbox) -> None:
    """A range of the VPC that no parameter names: to say that all is well and lose it would be the worst."""
    node.read("ip -n private addr add 100.64.0.10/32 dev ens5")
    node.read("ip -n vpc route add 100.64.0.10/32 dev to-private")
    node.read("ip -n vpc rule add iif to-private from 100.64.0.10 lookup 100 prio 95")

    assert node.read(f"curl -s -m 2 --interface 100.64.0.10 http://{OUTSIDE}/", "private") == NODE


def test_the_probe_of_a_sound_node_says_all_is_well(node: Sandbox) -> None:
    said = probe(node)
    assert said.pop("sent") > 0
    assert said.pop("conntrack").keys() == {"count", "max"}
    assert len(said.pop("gateway")) == len(TOLD)
    assert said == {
        "natkeeper": 1,
        "checks": {"interface": True, "forwarding": True, "rules": True, "guard": True, "egress": True},
        "interface": "ens5",
        "egress": {"ok": 2, "tried": 2, "address": NODE},
        "repairs": 0,
        "ena": {},
        "flows": None,
    }


def test_the_probe_tells_the_bytes_that_the_node_forwarded_either_way(node: Sandbox) -> None:
    before = probe(node)["sent"]
    node.read(f"for n in {{1..200}}; do curl -s -m 2 http://{OUTSIDE}/; done", "private")

    # a request, its answer, and the handshake around them: some 900 bytes, sent on once each
    assert 100_000 < probe(node)["sent"] - before < 400_000


def test_the_probe_counts_targets_that_do_not_answer_and_reads_none_as_syntax(node: Sandbox) -> None:
    said = probe(node, f"http://{OUTSIDE}/ http://192.0.2.1/ 'http://x/$(touch /run/harm)' '-o/run/harm'")
    assert (said["egress"]["ok"], said["egress"]["tried"]) == (1, 4)
    assert node.run("ls /run/harm").returncode != 0


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        ("iptables -t nat -D POSTROUTING -o ens5 -m connmark --mark 0x6e6b -j MASQUERADE", "rules"),
        ("iptables -t nat -F", "rules"),
        ("iptables -F", "rules"),
        ("echo 0 >/proc/sys/net/ipv4/ip_forward", "forwarding"),
        ("ip route del default", "interface"),
    ],
)
def test_with_the_guard_gone_the_probe_names_the_harm_and_has_no_egress(
    node: Sandbox, harm: str, check: str
) -> None:
    stop_guard(node)
    node.read(f"{harm}; echo 0 >/run/natkeeper/guard", "node")
    checks = probe(node)["checks"]
    assert not checks[check]
    assert not checks["egress"]
    assert not checks["guard"]


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        (("node/core/settings.py", '"net/ipv4/ip_forward": 1', '"net/ipv4/ip_forward": 0'), "forwarding"),
        (("node/core/rules.py", *UNTRANSLATED), "rules"),
        (("node/system/apply.py", "rules(asked, interface,", 'rules(asked, "eth0",'), "rules"),
    ],
    ids=["no forwarding", "no translation", "the tutorial's interface"],
)
def test_a_program_with_a_known_mistake_is_noticed_by_the_probe(
    sandbox: Sandbox, mistake: Mistake, check: str
) -> None:
    assert sandbox.boot(plain_script(mistakes=[mistake])).returncode == 0
    checks = probe(sandbox)["checks"]
    assert not checks[check]
    assert not checks["egress"]


def test_probes_may_overlap_and_leave_nothing_behind(node: Sandbox) -> None:
    before = node.read("ip -o link | wc -l", "node")
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda _: probe(node)["checks"]["egress"], range(3)))
    assert said == [True, True, True]
    assert (
        node.read("ip -o link | wc -l; ls -d /run/natkeeper/probe.*/ 2>/dev/null | wc -l", "node")
        == f"{before}\n0"
    )
