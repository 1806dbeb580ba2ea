"""Instances' insides: a network namespace each, with processes and a disk of its own over our files."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from lab.packets.corner import MORTAL, Corner, KernelError

IMAGE = Path(__file__).parent / "image"


@dataclass
class Machine:
    """One instance that is switched on."""

    id: str
    pid: int  # of its first process, as seen in the corner
    plugged: threading.Event = field(default_factory=threading.Event)
    """Set once its interface has addresses and a route."""
    interfaces: set[str] = field(default_factory=set)
    """Those that are plugged in."""
    lost: bool = False
    """Its kernel hangs or has panicked: it answers nothing until it is switched on anew."""
    commands: set[subprocess.Popen[str]] = field(default_factory=set)
    """What runs inside on behalf of someone outside, who waits for its end."""

    def interrupt(self) -> None:
        """Ends the waiting: what is stopped inside has stopped those who entered with it."""
        for each in list(self.commands):
            each.kill()


class Machines:
    """All instances of one corner. A disk stays when its machine is switched off, and goes with `scrap`; its
    copies stay."""

    def __init__(self, corner: Corner) -> None:
        self._corner = corner
        self._on: dict[str, Machine] = {}
        self._lock = threading.Lock()

    def get(self, instance: str) -> Machine | None:
        """Returns the machine of an instance, None when it is off."""
        return self._on.get(instance)

    def unplug(self, interface: str) -> None:
        """Whoever had this interface has it no longer."""
        for machine in list(self._on.values()):
            machine.interfaces.discard(interface)

    def switch_on(self, instance: str, image: str = "") -> Machine:
        """Makes the namespaces and starts the first process; it does nothing until `boot`. A new disk is as
        its image, if a copy of that name was made."""
        with self._lock:
            if instance in self._on:
                return self._on[instance]
            disk = f"/run/disks/{instance}"
            start = (
                f"ip netns add {instance}; copy=/run/images/{image or 'none'}\n"
                f"[[ -e {disk} || ! -e $copy ]] || cp -a $copy {disk}\n"
                f"mkdir -p {disk}\n"
                f"setsid ip netns exec {instance} unshare --mount --pid --fork --kill-child --mount-proc "
                f"bash {IMAGE}/init {IMAGE} {disk} {instance} {shlex.quote(sys.executable)} "
                f">>{disk}/console 2>&1 </dev/null &\n"
                "outer=$!\n"
                f"until [[ -e {disk}/up ]]; do sleep 0.01; kill -0 $outer; done; rm {disk}/up\n"
                "cat /proc/$outer/task/$outer/children"
            )
            pid = int(self._corner.run(start).split()[0])
            machine = self._on[instance] = Machine(instance, pid)
            return machine

    def switch_off(self, instance: str) -> None:
        """Ends everything in it, at once, as when a host loses its power: off the network first, for the
        kernel takes rules away before interfaces, and its stack would reset what comes in between."""
        with self._lock:
            machine = self._on.pop(instance, None)
        if machine is not None:
            self._corner.run(
                f"{_down(instance)} for each in {machine.pid} $(ip netns pids {instance}); do "
                "kill -9 $each 2>/dev/null || true; done; "
                f"ip netns del {instance}"
            )
            machine.interrupt()

    def close(self) -> None:
        """Nobody waits any longer for what runs inside."""
        for machine in list(self._on.values()):
            machine.interrupt()

    def copy_disk(self, instance: str, image: str) -> None:
        """Keeps its disk, as it is now, for those that will be switched on with this image."""
        self._corner.run(f"mkdir -p /run/images; cp -a /run/disks/{instance} /run/images/{image}")

    def scrap(self, instance: str) -> None:
        """Throws the disk away."""
        self._corner.run(f"rm -rf /run/disks/{instance}")

    def argv(self, instance: str, command: list[str]) -> list[str]:
        """Returns the command line that runs a command inside. Raises KernelError when it is off."""
        machine = self._on.get(instance)
        if machine is None:
            raise KernelError(f"{instance} is switched off")
        enter = ["nsenter", "-t", str(machine.pid), "-n", "-m", "-p", "--", *MORTAL]
        return self._corner.argv([*enter, *command])

    def run(self, instance: str, script: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a shell script inside as root, as the SSM agent does; `seconds` is its time limit."""
        machine = self._on.get(instance)
        argv = self.argv(instance, ["timeout", "-k", "1", str(seconds), "bash", "-c", script])
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as process:
            commands = machine.commands if machine else set()
            commands.add(process)
            output, error = process.communicate()
            commands.discard(process)
        return subprocess.CompletedProcess(argv, process.returncode, output, error)

    def lose_link(self, instance: str) -> None:
        """Nothing leaves it or reaches it; its kernel and its programs live, the host says running."""
        self._on[instance].lost = True
        self._corner.run(_down(instance))

    def hang(self, instance: str) -> None:
        """Stops its processes and its network: the host says running, nothing answers."""
        self.lose_link(instance)
        self.signal(instance, "STOP")

    def signal(self, instance: str, name: str) -> None:
        """Sends a signal to all its programs; its kernel goes on as before."""
        self._corner.run(
            f"for each in $(ip netns pids {instance}); do kill -{name} $each 2>/dev/null || true; done"
        )

    def panic(self, instance: str) -> None:
        """Its kernel has died: no process, no network; the host says running."""
        machine = self._on[instance]
        machine.lost = True
        self._corner.run(f"{_down(instance)} kill -9 {machine.pid}")


def _down(instance: str) -> str:
    return f"for each in ens5 ens6; do ip -n {instance} link set $each down 2>/dev/null || true; done;"
