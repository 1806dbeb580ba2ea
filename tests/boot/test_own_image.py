"""A node whose disk is another's, as from an image of the stack's own: at work long before cloud-init has
ended, and by no parameters but its own."""

from __future__ import annotations

import time

import pytest

from lab.boot.vpc import NODE, PUBLIC, SUCCESSOR, BootVpc
from lab.packets.network import SERVER
from tests.boot.conftest import Launch
from tests.boot.examination import FORWARD, OUT, failings, wait_for_user_data
from tests.node.template_script import node_script

SEEN = "ls /var/lib/cloud/instances"
APPLIED = r"""journalctl -b -u natkeeper-guard -o json | grep -m 1 'applied, repair 0' |
  sed 's/.*"__MONOTONIC_TIMESTAMP":"\([0-9]*\)".*/\1/'"""
USER_DATA = "systemctl show --value -p InactiveExitTimestampMonotonic cloud-final.service"
"""When the node's guard had applied its rules, and when user data began: microseconds of one clock."""
LIMIT = 280


def seconds_to_a_packet(vpc: BootVpc) -> float:
    """Switches the node on. Returns how long after that a private host got out."""
    begun = time.monotonic()
    vpc.boot()
    while vpc.host(f"curl -s -m 0.3 http://{SERVER}/").stdout.strip() != PUBLIC:
        assert time.monotonic() - begun < LIMIT, "no internet in time"
    return time.monotonic() - begun


def from_image(launch: Launch, distribution: str, user_data: str) -> tuple[BootVpc, float]:
    """A node that is off, from an image of one that has worked, and how long that one took from stock."""
    vpc = launch(distribution)
    stock = seconds_to_a_packet(vpc)
    wait_for_user_data(vpc)
    assert list(failings(vpc)) == []
    vpc.shut_down("poweroff")
    vpc.succeed(user_data)
    return vpc, stock


@pytest.mark.parametrize("distribution", ["amazon", "debian"])
def test_an_image_of_its_own_halves_the_time_to_the_first_packet(launch: Launch, distribution: str) -> None:
    vpc, stock = from_image(launch, distribution, node_script())
    own = seconds_to_a_packet(vpc)
    wait_for_user_data(vpc)

    assert list(failings(vpc)) == []
    assert vpc.node(SEEN).stdout.split() == sorted([NODE, SUCCESSOR]), "user data has run for each"
    told = f"{distribution}: first packet after {stock:.1f} s from stock, {own:.1f} s from its own image"
    print(told)  # noqa: T201 - its measure
    applied, user_data = (int(vpc.node(script).stdout) for script in (APPLIED, USER_DATA))
    assert applied < user_data, "forwarding has waited for cloud-init"
    assert own <= stock / 2


def test_parameters_of_an_images_baker_give_way_to_its_own(launch: Launch) -> None:
    vpc, _ = from_image(launch, "amazon", node_script({"PortForwards": ""}))
    vpc.boot()
    wait_for_user_data(vpc)

    assert list(failings(vpc)) == [FORWARD]


def test_parameters_of_an_images_baker_end_where_its_own_are_refused(launch: Launch) -> None:
    vpc, _ = from_image(launch, "amazon", node_script({"PrivateRanges": "everything"}))
    vpc.boot()
    wait_for_user_data(vpc)

    assert set(failings(vpc)) >= {OUT, FORWARD}
    assert vpc.node("systemctl is-enabled natkeeper-guard").stdout.strip() == "disabled"
