"""The first boot: checks everything, makes a NAT of this instance, and says what is not as it should be."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from node.core import parameters
from node.system import image, machine
from node.system.apply import apply
from node.system.machine import MachineError

HERE, PROGRAMS = Path(__file__).parents[2], Path("/usr/local/lib/natkeeper")
UNIT = "natkeeper-guard.service"


def main(_: list[str]) -> int:
    """Reads the parameters from its input. Returns the exit code."""
    text = sys.stdin.buffer.read().decode(errors="replace")
    try:
        asked = parameters.read(text)
        image.make_swap()
        image.install_firewall()
        image.keep_rivals_off()
        _install(text)
        apply(5)
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "enable", UNIT)
        # An image may have brought one that runs, of another version.
        machine.run("systemctl", "restart", UNIT)
        lacks = list(image.lacks())
        # What lies in the page cache alone, a power cut leaves empty.
        os.sync()
        if lacks:
            raise MachineError("\n".join(lacks))
    except (OSError, ValueError) as error:
        sys.stderr.write("".join(f"natkeeper: {line}\n" for line in str(error).splitlines()))
        if isinstance(error, ValueError):
            _stop()
        return 1
    sys.stdout.write(f"natkeeper: this node of {asked.stack} is a NAT\n")
    return 0


def _stop() -> None:
    """Parameters that an image of ours had from its baker do not outlive those that are refused."""
    with suppress(OSError):
        machine.run("systemctl", "disable", "--now", UNIT)
        machine.set_all({"net/ipv4/ip_forward": 0})


def _install(text: str) -> None:
    machine.note(machine.PARAMETERS, text[:-1])
    shutil.copytree(HERE, PROGRAMS, dirs_exist_ok=True)
    shutil.copy(PROGRAMS / "node/etc" / UNIT, "/etc/systemd/system")
    command, commands = PROGRAMS / "node/etc/command.sh", Path("/usr/local/sbin")
    command.chmod(0o755)
    commands.mkdir(parents=True, exist_ok=True)
    for name in ("apply", "guard", "probe"):
        link = commands / f"natkeeper-{name}"
        link.unlink(missing_ok=True)
        link.symlink_to(command)
