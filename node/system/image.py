"""What the image lacks, seen to by its own package manager, and what it brings that would be in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from node.core import sight
from node.system.machine import MachineError, run, text

AGENT = "amazon-ssm-agent"
NAME = "ssm.us-east-1.amazonaws.com."
"""There in every region; the dot, for no domain is to be searched."""
YEAR = 2026
"""No clock that is right says less."""
RIVALS = ("iptables", "ip6tables", "nftables", "netfilter-persistent", "ufw", "firewalld")
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=60")
SWAP = Path("/swapfile")
SMALL = 1 << 20
"""kB of memory below which there must be swap."""
MOST, LEAST = 1024, 256
"""MiB of it; the least where the disk has not twice as much left."""


def make_swap() -> None:
    """Makes it on the disk where memory is small. dnf beside the SSM agent's own update needs more than the
    512 MiB of a nano, and is killed without; compressed memory, Amazon Linux 2023's swap, is not enough.
    """
    swaps = text("/proc/swaps").split("\n", 1)[-1].replace("/dev/zram", "").strip()
    if sight.memory(text("/proc/meminfo")) >= SMALL or "/" in swaps:
        return
    disk = os.statvfs("/")
    size = MOST if disk.f_bavail * disk.f_frsize > MOST << 21 else LEAST
    try:
        SWAP.touch(0o600)
        # Written, not only reserved: swap must have no holes.
        run("dd", "if=/dev/zero", f"of={SWAP}", "bs=1M", f"count={size}", seconds=120)
        run("mkswap", str(SWAP))
        run("swapon", str(SWAP))
    except OSError as error:
        SWAP.unlink(missing_ok=True)
        sys.stderr.write(f"natkeeper: no swap: {error}\n")
        return
    line, table = f"\n{SWAP} none swap sw,nofail 0 0\n", Path("/etc/fstab")
    if line not in text(table):
        with table.open("a") as file:
            # On a line of its own, also where the last one, which is the root disk, has no end.
            file.write(line)


def install_firewall() -> None:
    """Returns once iptables are there. Raises MachineError."""
    # A mirror may be late, and another program may hold the manager's lock.
    for pause in (2, 4, 8, 16, 0):
        # iptables-services, which AWS documents, adds a boot service that is not wanted: second choice.
        for name in ("iptables-nft", "iptables-services"):
            if shutil.which("iptables-restore"):
                return
            _install(name, "iptables")
        sys.stderr.write(f"natkeeper: no iptables, waiting {pause} s\n")
        time.sleep(pause)
    raise MachineError("no iptables: let the node reach its package mirror, or use an image that has them")


def keep_rivals_off() -> None:
    """They load rules of their own at boot (iptables-services: reject what is forwarded), or flush ours."""
    for name in RIVALS:
        for verb in (("disable", "--now"), ("mask",)):
            with suppress(OSError):
                run("systemctl", *verb, f"{name}.service")


def lacks() -> Iterator[str]:
    """Yields what keeps a node that forwards from being asked how it is, and what to do; the SSM agent, by
    which alone it can be asked, is installed, enabled and started."""
    try:
        run("getent", "ahostsv4", NAME, seconds=20)
    except OSError:
        yield "no names, so the SSM agent finds nobody: turn on the VPC's DNS support, see /etc/resolv.conf"
    if not _agent() and not _install(AGENT, AGENT):
        _does("snap", "install", "--classic", AGENT)
    if not _does("systemctl", "enable", "--now", _agent() or AGENT):
        yield "no SSM agent, so nobody can verify this node: use an image that has it"
    if time.gmtime().tm_year < YEAR:
        yield "the clock is years late, and no certificate valid: see `chronyc sources`"


def _agent() -> str:
    for unit in (f"{AGENT}.service", f"snap.{AGENT}.{AGENT}.service"):
        with suppress(OSError):
            run("systemctl", "cat", unit)
            return unit
    return ""


def _install(of_dnf: str, of_apt: str) -> bool:
    if shutil.which("dnf"):
        return _does("dnf", "-y", "-q", "install", of_dnf)
    return _does(*APT, "update") and _does(*APT, "install", "--no-install-recommends", of_apt)


def _does(*command: str) -> bool:
    """Whether a program succeeds, however long it takes; what it says goes to the console."""
    try:
        return not subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    except OSError:
        return False
