"""What is known of Amazon Linux 2023's image, and whether the node copes with it."""

from __future__ import annotations

import pytest

from lab.boot.vpc import BootVpc
from tests.boot.conftest import Launch
from tests.boot.examination import UNTOUCHED, failings, wait_for_user_data
from tests.node.template_script import mistaken_script, node_script

NO_MASKS = ("node/system/image.py", '"iptables", "ip6tables", "nftables"', '"none"')
TUTORIAL = """
dnf -y -q install iptables-services >/dev/null
systemctl enable iptables
systemctl start iptables
"""
SMALL = """[Service]
ExecStartPre=/bin/mount --bind /etc/small-meminfo /proc/meminfo
"""
NOTE = '#!/bin/sh\necho "{name} $*" >>/var/log/order\nexec {program} "$@"\n'


def booted(vpc: BootVpc) -> BootVpc:
    """Boots the node and waits for user data."""
    vpc.boot()
    wait_for_user_data(vpc)
    return vpc


def test_the_image_has_dnf_and_no_iptables_and_the_script_brings_only_what_it_needs(launch: Launch) -> None:
    vpc = launch("amazon", "#!/bin/bash\necho nothing\n")
    booted(vpc)
    asked = "for each in dnf curl iptables iptables-restore nft apt-get; do command -v $each; done"
    assert vpc.node(asked).stdout.split() == ["/usr/bin/dnf", "/usr/bin/curl"]

    node = booted(launch("amazon"))
    installed = node.node("dnf -q repoquery --installed --qf '%{name}'")
    assert installed.stdout.split() == ["iptables-nft"]


@pytest.mark.parametrize("mask", [True, False], ids=["as it is", "without the masks"])
def test_the_services_default_rules_never_take_a_nodes_place(launch: Launch, mask: bool) -> None:
    vpc = booted(launch("amazon", node_script() if mask else mistaken_script(NO_MASKS)))
    assert list(failings(vpc)) == []

    vpc.node(TUTORIAL)

    if mask:
        assert list(failings(vpc)) == []
    else:
        wait = "for n in {1..100}; do [ $(cat /run/natkeeper/repairs) = 0 ] || exit; sleep 0.1; done"
        vpc.node(wait)
        assert list(failings(vpc)) == [UNTOUCHED]


def test_an_agent_that_an_image_lacks_is_installed_and_one_that_is_off_is_switched_on(launch: Launch) -> None:
    for distribution in ("amazon", "debian"):
        vpc = launch(distribution, "#!/bin/bash\necho nothing\n")
        booted(vpc)
        asked = "systemctl is-enabled amazon-ssm-agent; systemctl is-active amazon-ssm-agent"
        before = vpc.node(asked).stdout.split()
        node = booted(launch(distribution))
        assert (before, node.node(asked).stdout.split()) == (
            ["disabled", "inactive"] if distribution == "amazon" else ["inactive"],
            ["enabled", "active"],
        )


@pytest.mark.parametrize("kilobytes", [480000, 2000000])
def test_a_nano_makes_swap_before_dnf_and_a_larger_node_none(launch: Launch, kilobytes: int) -> None:
    vpc = launch("amazon")
    # The memory is this machine's and swap is the kernel's, which a container may not touch: both are shown,
    # and noted, by stand-ins. The file and dnf are real.
    vpc.write(
        "/etc/small-meminfo", f"MemTotal: {kilobytes} kB\nMemFree: 100000 kB\nMemAvailable: 100000 kB\n"
    )
    vpc.write("/etc/systemd/system/cloud-init-local.service.d/small.conf", SMALL)
    vpc.write("/usr/local/sbin/swapon", NOTE.format(name="swapon", program="/bin/true"), 0o755)
    vpc.write("/usr/local/sbin/dnf", NOTE.format(name="dnf", program="/usr/bin/dnf"), 0o755)
    booted(vpc)
    order = vpc.node("cut -d ' ' -f 1,2 /var/log/order").stdout.split("\n")
    swap = vpc.node("stat -c '%s %a' /swapfile; grep -c ^/swapfile /etc/fstab").stdout.split()
    if kilobytes < 1048576:
        assert order[:2] == ["swapon /swapfile", "dnf -y"]
        assert swap == [str(1024 * 1024 * 1024), "600", "1"]
    else:
        assert order[0] == "dnf -y"
        assert swap == ["0"]
    assert list(failings(vpc)) == []
