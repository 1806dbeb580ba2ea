"""A node's life from its first boot on: what must be true stays true."""

from __future__ import annotations

import time

import pytest

from lab.boot.vpc import NODE, BootVpc
from tests.boot.conftest import Launch
from tests.boot.examination import (
    all_well,
    failings,
    probe,
    seconds_to_internet,
    wait_for_user_data,
)

SEEN = "ls /var/lib/cloud/instances; grep -c 'is a NAT$' /var/log/cloud-init-output.log"


def boot(vpc: BootVpc) -> float:
    """Boots the node. Returns the seconds until a private host got out; user data has ended too."""
    begun = time.monotonic()
    vpc.boot()
    seconds = seconds_to_internet(vpc, begun)
    wait_for_user_data(vpc)
    return seconds


@pytest.mark.parametrize("distribution", ["amazon", "debian"])
def test_a_node_serves_through_its_whole_life(launch: Launch, distribution: str) -> None:
    vpc = launch(distribution)
    told = {"boot": boot(vpc)}
    assert list(failings(vpc)) == []
    assert vpc.node(SEEN).stdout.split() == [NODE, "1"]

    vpc.shut_down("reboot")
    told["reboot"] = boot(vpc)
    assert list(failings(vpc)) == []
    assert vpc.node(SEEN).stdout.split() == [NODE, "1"], "user data runs once"

    vpc.cut_power()
    told["power cut"] = boot(vpc)
    assert list(failings(vpc)) == []

    vpc.node("cloud-init clean --logs")
    vpc.shut_down("poweroff")
    told["stop and start, user data again"] = boot(vpc)
    assert list(failings(vpc)) == []
    assert vpc.node(SEEN).stdout.split() == [NODE, "1"]
    print(f"{distribution}: internet after", {k: round(v, 1) for k, v in told.items()})  # noqa: T201 - its measure


@pytest.mark.parametrize("distribution", ["amazon", "debian"])
@pytest.mark.parametrize("mender", ["the guard", "the repair document"])
def test_flushed_rules_come_back(launch: Launch, distribution: str, mender: str) -> None:
    vpc = launch(distribution)
    boot(vpc)
    if mender == "the guard":
        vpc.node("iptables -F; iptables -t nat -F")
        begun = time.monotonic()
        assert seconds_to_internet(vpc, begun) < 10
        assert probe(vpc)["repairs"] in (1, 2), "one, or one for each of the two"
    else:
        vpc.node("systemctl stop natkeeper-guard; iptables -F; iptables -t nat -F; sleep 1")
        assert not all_well(probe(vpc))
        vpc.node("systemctl start natkeeper-guard")
        assert all_well(probe(vpc, "RepairDocument"))
    assert vpc.node("systemctl is-active natkeeper-guard").stdout.split() == ["active"]
