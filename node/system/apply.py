"""Makes the kernel what the parameters ask for; any number of times."""

from __future__ import annotations

import sys
from contextlib import suppress

from node.core import parameters, peers, sight
from node.core.rules import rules
from node.core.settings import of_the_kernel, settings
from node.system import machine
from node.system.machine import MachineError

PATIENCE = 30.0
"""Seconds to wait for a default route: at boot, this may come before the network."""


def main(arguments: list[str]) -> int:
    """Runs `natkeeper-apply [SECONDS]`. Returns the exit code."""
    try:
        apply(float(arguments[0]) if arguments else PATIENCE)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"natkeeper-apply: {error}\n")
        return 1
    return 0


def apply(seconds: float) -> None:
    """Waits so long for a way out. Raises OSError, and ValueError for parameters."""
    with machine.alone("lock"):
        asked = parameters.read(machine.PARAMETERS.read_text())
        interface, address = machine.way_out(seconds)
        # Rules first: nothing is forwarded without them.
        known = peers.admitted(machine.text(machine.PEERS), machine.uptime())
        entry = machine.entry(address)
        cover = peers.cover(entry, address)
        live = _put_in_force(rules(asked, interface, address, sorted(known), cover))
        machine.set_all(settings(interface))
        with suppress(OSError):
            machine.set_all(of_the_kernel(sight.memory(machine.text("/proc/meminfo"))))
        machine.note(machine.RULES, live)
        machine.note(machine.INTERFACE, interface)
        if machine.text(machine.ENTRY) != f"{entry}\n":
            machine.note(machine.ENTRY, entry)


def _put_in_force(text: str) -> str:
    """Returns the rules as the kernel tells them. Somebody may flush them between the two steps, and what is
    wrong with them now would be taken for right ever after."""
    for _ in range(3):
        machine.run("iptables-restore", "-w", "5", said=text)
        live = machine.rules()
        if sight.is_whole(text, live):
            return live
    raise MachineError("the rules are not what was applied: another program changes them")
