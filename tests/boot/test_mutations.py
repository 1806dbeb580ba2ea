"""Known mistakes, put into the node's programs one by one: each must fail a check of a node's life."""

from __future__ import annotations

import pytest

from tests.boot.conftest import Launch
from tests.boot.examination import FORWARD, OUT, PROBE, failings, wait_for_user_data
from tests.node.template_script import mistaken_script

FIRST, AGAIN = "at the first boot", "after a reboot"
NONE: set[str] = set()
BROKEN = {OUT, PROBE}
APPLY = "node/system/apply.py"
MUTATIONS = {
    "service not enabled": (("node/system/setup.py", '"enable", UNIT', '"cat", UNIT'), AGAIN),
    "parameters not kept": (("node/system/machine.py", '"/etc/natkeeper/parameters"', '"/run/kept"'), AGAIN),
    "not applied at boot": (("node/system/guard.py", "self._repair()\n", "pass\n"), AGAIN),
    "the tutorial's interface": ((APPLY, "rules(asked, interface", 'rules(asked, "eth0"'), FIRST),
    "an empty interface": ((APPLY, "rules(asked, interface", 'rules(asked, ""'), FIRST),
    "no forwarding": (("node/core/settings.py", '/forwarding": 1', '/forwarding": 0'), FIRST),
}


@pytest.mark.parametrize("distribution", ["amazon", "debian"])
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_known_mistake_is_caught(launch: Launch, distribution: str, mutation: str) -> None:
    mistake, when = MUTATIONS[mutation]
    vpc = launch(distribution, mistaken_script(mistake))
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
