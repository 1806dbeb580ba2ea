"""An instance: what its metadata says, when user data runs, what stays on its disk, and how it dies."""

from __future__ import annotations

import threading

import pytest

from lab.ec2 import checks
from lab.ec2.clock import wait_until

from .region import SERVER, Region

BASE = "http://169.254.169.254/latest"
ASK = f"""
token=$(curl -s -m 1 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {BASE}/api/token)
ask() {{ curl -sf -m 1 -H "X-aws-ec2-metadata-token: $token" {BASE}/$1; }}
"""
BOOTED_AT = "cut -d' ' -f 22 /proc/1/stat"
UNIT = """[Service]
ExecStart=/usr/bin/sleep 600
Restart=always
RestartSec=1
"""
USER_DATA = f"""#!/bin/bash
echo run >>/etc/runs
cat >/etc/systemd/system/sleeper.service <<'EOT'
{UNIT}EOT
systemctl enable --now sleeper.service
"""


@pytest.fixture(scope="module")
def host(region: Region) -> str:
    """A public instance that has booted with USER_DATA."""
    made = region.launch(region.public, public=True, user_data=USER_DATA)
    wait_booted(region, made)
    return made


def wait_booted(region: Region, instance: str) -> None:
    assert wait_until(lambda: region.run(instance, "systemctl is-active sleeper.service") == "active", 30)


def test_metadata_without_a_token_is_refused(region: Region, host: str) -> None:
    code = region.run(host, f"curl -s -m 1 -o /dev/null -w '%{{http_code}}' {BASE}/meta-data/instance-id")
    assert code == "401"


def test_metadata_tells_an_instance_who_it_is(region: Region, host: str) -> None:
    each = "for each in instance-id local-ipv4 public-ipv4; do ask meta-data/$each; echo; done"
    found = region.run(host, f"{ASK} {each}")
    assert found.split() == [host, region.private(host), region.instance(host)["PublicIpAddress"]]
    assert region.run(host, f"{ASK} ask user-data") == USER_DATA.strip()


def test_metadata_may_be_walked_as_cloud_init_does(region: Region, host: str) -> None:
    dated = ASK.replace("latest/$1", "2021-03-23/$1")
    assert region.run(host, f"{dated} ask meta-data/").split() == [
        "iam/", "instance-id", "local-ipv4", "mac", "network/", "public-ipv4", "services/"
    ]  # fmt: skip
    macs = region.run(host, f"{dated} ask meta-data/network/interfaces/macs/")
    assert macs == region.run(host, f"{ASK} ask meta-data/mac") + "/"


def test_another_instance_is_told_something_else(region: Region, host: str) -> None:
    other = region.launch(region.one)
    region.settle()
    assert region.run(other, f"{ASK} ask meta-data/instance-id") == other
    for missing in ("meta-data/public-ipv4", "user-data"):
        assert region.run(other, f"{ASK} ask {missing} || echo none") == "none"


def test_a_stop_keeps_the_disk_and_a_start_boots_anew_without_user_data(region: Region, host: str) -> None:
    before = region.run(host, BOOTED_AT)
    region.run(host, "echo kept >/etc/kept; echo lost >/run/lost")
    region.ec2.stop_instances(InstanceIds=[host])
    assert wait_until(lambda: region.instance(host)["State"]["Name"] == "stopped", 30)
    region.ec2.start_instances(InstanceIds=[host])
    region.wait_online(host)
    wait_booted(region, host)
    region.settle()
    assert region.run(host, "cat /etc/kept /etc/runs; cat /run/lost") == "kept\nrun"
    assert region.run(host, BOOTED_AT) != before
    assert region.fetch(host) == region.instance(host)["PublicIpAddress"]


def test_who_comes_from_an_image_has_its_disk_serves_soon_and_runs_user_data_of_its_own(
    region: Region, host: str
) -> None:
    image = region.ec2.create_image(InstanceId=host, Name="copy")["ImageId"]
    region.ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig={"Delay": 1})
    usual = region.world.timings.boot
    region.world.timings.change(boot=4)
    other = region.launch(region.public, public=True, user_data=USER_DATA, image=image)
    region.world.timings.change(boot=usual)
    wait_booted(region, other)
    assert region.run(other, "cat /etc/runs") == "run"

    assert wait_until(lambda: region.run(other, "cat /etc/runs") == "run\nrun", 30)
    assert region.run(other, "pgrep -cx sleep") == "1"
    assert region.run(host, "cat /etc/runs") == "run"


def test_termination_throws_the_disk_away(region: Region) -> None:
    short = region.launch(region.one)
    disk = f"/run/disks/{short}"
    corner = region.underlay._corner
    assert corner.run(f"ls {disk}")
    region.ec2.terminate_instances(InstanceIds=[short])
    assert wait_until(lambda: not corner.run(f"ls -d {disk} 2>/dev/null || true"), 30)
    with pytest.raises(ValueError, match="switched off"):
        region.underlay.guest.enter(short)


@pytest.mark.parametrize("fault", ["hang", "panic", "link-dead"])
def test_a_lost_instance_runs_says_the_api_and_answers_nobody(region: Region, host: str, fault: str) -> None:
    lost = region.launch(region.public)
    guest = region.underlay.guest
    assert region.pings(host, region.private(lost))
    # A command in the middle of it does not end before its instance does.
    command = threading.Thread(target=guest.run, args=(lost, "", ["sleep 60"]))
    command.start()
    guest.fault(lost, fault)
    region.world.timings.change(status_interval=0.2)
    checks.begin(region.world)
    assert not region.pings(host, region.private(lost))
    assert not guest.connected(lost)

    def impaired() -> bool:
        found = region.ec2.describe_instance_status(InstanceIds=[lost])["InstanceStatuses"][0]
        return found["InstanceStatus"]["Status"] == "impaired"

    assert wait_until(impaired, 30)
    assert region.instance(lost)["State"]["Name"] == "running"
    region.ec2.terminate_instances(InstanceIds=[lost])
    command.join(30)
    assert not command.is_alive()


def test_targets_that_are_down_are_all_that_is_down(region: Region, host: str) -> None:
    region.underlay.guest.fault("internet", "targets-down")
    assert region.fetch(host, "1.1.1.1") == ""
    assert region.fetch(host, SERVER)
    region.underlay.guest.fault("internet", "targets-up")
    assert region.fetch(host, "1.1.1.1")
