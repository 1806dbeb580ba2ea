"""A corner takes nothing of this machine, leaves nothing behind, and does not meet another one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.ec2.clock import wait_until
from lab.packets.corner import KernelError
from lab.packets.picture import Interface, Route, Rule, Subnet, Vpc
from lab.packets.underlay import Underlay

ROOT = Path(__file__).parents[2]
ALL = (Rule("-1", (0, 65535), ("0.0.0.0/0",)),)
OWNER = """
import sys, time
from pathlib import Path
from lab.packets.underlay import Underlay
underlay = Underlay(Path(sys.argv[1]))
print(underlay._corner.pid, flush=True)
time.sleep(60)
"""
HOSTS_STATE = """
PATH=$PATH:/usr/sbin:/sbin
ip netns list; ip -o link | sed 's/state.*//'; ip route; cat /proc/sys/net/ipv4/ip_forward
nft list ruleset 2>&1; iptables-save 2>&1 | grep -v '^#'; cat /proc/mounts
"""


def state_of_this_machine() -> str:
    return subprocess.run(["bash", "-c", HOSTS_STATE], capture_output=True, text=True, check=False).stdout


def processes_in(namespace: str) -> list[str]:
    """Returns the processes of a pid namespace."""
    found = []
    for link in Path("/proc").glob("[0-9]*/ns/pid"):
        try:
            if str(link.readlink()) == namespace:
                found.append(link.parts[2])
        except OSError:
            continue
    return found


def namespace_of(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/pid").readlink())


def vpc(address: str) -> Vpc:
    """A VPC with one public instance."""
    mac, private = "06:00:00:00:00:01", ("10.0.0.10",)
    host = Interface("eni-00000000000000001", "subnet-1", "i-1", mac, private, address, True, ALL, ALL)
    subnet = Subnet("subnet-1", "10.0.0.0/24", "rtb-0000001")
    tables = (("rtb-0000001", (Route("0.0.0.0/0", gateway=True),)),)
    return Vpc("vpc-0aaaaaaaaaaaaaaa1", "10.0.0.0/16", True, (subnet,), tables, (host,))


def switched_on(logs: Path, address: str) -> Underlay:
    underlay = Underlay(logs)
    underlay.guest.started("i-1")
    underlay._network.apply([vpc(address)], {})
    return underlay


def fetch(underlay: Underlay) -> str:
    done = underlay._machines.run("i-1", "curl -s -m 1 http://198.51.100.10/")
    return done.stdout.strip()


def test_it_comes_quickly_goes_quickly_and_leaves_nothing(granted: None, tmp_path: Path) -> None:
    before, begin = state_of_this_machine(), time.monotonic()
    underlay = switched_on(tmp_path, "203.0.113.1")
    namespace = namespace_of(underlay._corner.pid)
    assert fetch(underlay) == "203.0.113.1"
    assert time.monotonic() - begin < 10
    assert state_of_this_machine() == before
    begin = time.monotonic()
    underlay.close()
    assert time.monotonic() - begin < 2
    assert processes_in(namespace) == []
    assert state_of_this_machine() == before
    with pytest.raises(KernelError, match="gone"):
        underlay._corner.run("true")


def test_it_ends_with_its_owner_however_that_ends(granted: None, tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as owner:  # fmt: skip
        assert owner.stdout is not None
        namespace = namespace_of(int(owner.stdout.readline()))
        assert len(processes_in(namespace)) > 2
        owner.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not processes_in(namespace), 30)


def test_two_with_the_same_addresses_do_not_meet(granted: None, tmp_path: Path) -> None:
    one, two = (switched_on(tmp_path, address) for address in ("203.0.113.1", "203.0.113.2"))
    try:
        assert (fetch(one), fetch(two)) == ("203.0.113.1", "203.0.113.2")
        one.close()
        assert fetch(two) == "203.0.113.2"
    finally:
        two.close()
        one.close()


def test_the_last_instance_of_a_vpc_can_go_and_come_again(granted: None, tmp_path: Path) -> None:
    underlay = switched_on(tmp_path, "203.0.113.1")
    try:
        underlay.guest.stopped("i-1")
        underlay._network.apply([], {})
        underlay.guest.started("i-1")
        underlay._network.apply([vpc("203.0.113.3")], {})
        assert fetch(underlay) == "203.0.113.3"
    finally:
        underlay.close()
