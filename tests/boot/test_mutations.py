"""Known mistakes, put into the template's script one by one: each must fail a check of a node's life."""

from __future__ import annotations

import pytest

from tests.boot.conftest import Launch
from tests.boot.examination import FORWARD, OUT, PROBE, failings, wait_for_user_data
from tests.node.template_script import node_script

FIRST, AGAIN = "at the first boot", "after a reboot"
NONE: set[str] = set()
BROKEN = {OUT, PROBE}
MUTATIONS = {
    "services not enabled": ("systemctl enable --now", "systemctl start", 1, AGAIN),
    "rules not saved": ("/etc/natkeeper/rules", "/run/natkeeper-rules", 2, AGAIN),
    "sysctls not persisted": ("/etc/sysctl.d/99-natkeeper.conf", "/run/natkeeper-sysctls", 2, AGAIN),
    "the tutorial's interface": ("s/@if@/$interface/g", "s/@if@/eth0/g", 1, FIRST),
    "an empty interface": ("s/@if@/$interface/g", "s/@if@//g", 1, FIRST),
}


@pytest.mark.parametrize("distribution", ["amazon", "debian"])
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_known_mistake_is_caught(launch: Launch, distribution: str, mutation: str) -> None:
    good, bad, count, when = MUTATIONS[mutation]
    script = node_script()
    assert script.count(good) == count
    vpc = launch(distribution, script.replace(good, bad))
    vpc.boot()
    wait_for_user_data(vpc)
    first = set(failings(vpc))
    if when == FIRST:
        assert first >= BROKEN
        return
    assert first == NONE
    vpc.shut_down("reboot")
    vpc.boot()
    wait_for_user_data(vpc)
    vpc.node("systemctl is-system-running --wait")
    assert set(failings(vpc)) >= {*BROKEN, FORWARD}
