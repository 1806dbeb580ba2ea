"""Instances with a real inside: user data, Run Command and faults happen in their namespaces."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from lab.ec2.guest import Result
from lab.packets.corner import Corner, KernelError
from lab.packets.machine import Machines
from lab.packets.network import INTERNET, MIRROR, SERVED, Network

LOG = logging.getLogger(__name__)
TARGETS = [address for address in SERVED if address not in (SERVED[0], "198.51.100.13", MIRROR)]
OUTSIDE = {"targets-down": TARGETS, "targets-up": [], "mirror-down": [MIRROR], "mirror-up": []}
"""What of the internet is silent from then on."""
SSM = "ssm.us-east-1.amazonaws.com"
COMMAND_SECONDS = 60.0
PLUG_SECONDS = 30.0
FLUSH = "iptables -F; iptables -t nat -F; iptables -t mangle -F"
INSIDE = {
    "flush-rules": FLUSH,
    "rules-broken": f'rm "$(command -v iptables-restore)"; {FLUSH}',
    "forwarding-off": "echo 0 >/proc/sys/net/ipv4/ip_forward",
    "guard-dead": "systemctl stop natkeeper-guard.service",
}


class KernelGuest:
    """The inside of every instance of one corner."""

    def __init__(self, corner: Corner, machines: Machines, network: Network) -> None:
        self._corner = corner
        self._machines = machines
        self._network = network
        self.package_seconds: Callable[[], float] = lambda: 0.0
        self.note: Callable[[str], None] = LOG.info

    def started(self, instance_id: str, image: str = "") -> None:
        """Switches the machine on; its network follows when the picture does."""
        self._machines.switch_on(instance_id, image)

    def imaged(self, instance_id: str, image: str) -> None:
        """Keeps a copy of its disk."""
        self._machines.copy_disk(instance_id, image)

    def stopped(self, instance_id: str) -> None:
        """Cuts its power."""
        self._machines.switch_off(instance_id)

    def served(self, instance_id: str) -> None:
        """Starts the enabled services. Returns at once."""
        self._begin(self._serve, instance_id)

    def booted(self, instance_id: str) -> None:
        """Boots: services, and user data the first time. Returns at once; a boot takes its time."""
        self._begin(self._boot, instance_id)

    def _begin(self, what: Callable[[str], None], instance_id: str) -> None:
        threading.Thread(target=what, args=(instance_id,), daemon=True, name=f"boot {instance_id}").start()

    def _is_plugged(self, instance_id: str) -> bool:
        machine = self._machines.get(instance_id)
        plugged = machine is not None and machine.plugged.wait(PLUG_SECONDS)
        if not plugged:
            LOG.warning("%s does not boot: it is off or has no network", instance_id)
        return plugged

    def _serve(self, instance_id: str) -> None:
        if not self._is_plugged(instance_id):
            return
        try:
            self._machines.run(instance_id, "boot services")
        except KernelError as error:
            LOG.info("%s went while it booted: %s", instance_id, error)

    def _boot(self, instance_id: str) -> None:
        if not self._is_plugged(instance_id):
            return
        bundles = "/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt"
        root = f"<<'EOT'\n{self._network.authority.root()}EOT\n"
        trust = f"for each in {bundles}; do mkdir -p ${{each%/*}}; cat >>$each {root}done"
        self.note(f"{instance_id} boots")
        try:
            self._machines.run(instance_id, f"echo {self.package_seconds()} >/etc/package-seconds\n{trust}")
            done = self._machines.run(instance_id, "boot", seconds=600)
        except KernelError as error:
            LOG.info("%s went while it booted: %s", instance_id, error)
            return
        self.note(f"{instance_id}: user data has ended" if not done.returncode else f"{instance_id}: {done}")

    def run(self, instance_id: str, document: str, commands: list[str]) -> Result:  # noqa: ARG002
        """Runs a document's lines in one shell, as aws:runShellScript does."""
        try:
            done = self._machines.run(instance_id, "\n".join(commands), COMMAND_SECONDS)
        except KernelError as error:
            return 1, "", str(error)
        return done.returncode, done.stdout, done.stderr

    def fault(self, instance_id: str, name: str) -> None:
        """Breaks something inside, or outside all of them. Raises ValueError for another name."""
        if name in OUTSIDE:
            self._network.silence(OUTSIDE[name])
        elif name in INSIDE:
            self._machines.run(instance_id, INSIDE[name])
        elif name in (whole := self._of_a_whole_machine()):
            whole[name](instance_id)
        else:
            known = ", ".join(sorted([*INSIDE, *OUTSIDE, *whole]))
            raise ValueError(f"unknown fault {name!r}: one of {known}")

    def _of_a_whole_machine(self) -> dict[str, Callable[[str], None]]:
        return {
            "hang": self._machines.hang,
            "panic": self._machines.panic,
            "link-dead": self._machines.lose_link,
            "programs-stopped": lambda instance: self._machines.signal(instance, "STOP"),
            "programs-go-on": lambda instance: self._machines.signal(instance, "CONT"),
        }

    def cut(self, ways: list[tuple[str, str]], milliseconds: int) -> None:
        """Breaks links between instances, and to `internet` or everywhere (`*`), for so long; 0: until it is
        called again. Raises ValueError for a place that is not there."""
        self._network.cut(ways, milliseconds)

    def reachable(self, instance_id: str) -> bool:
        """What the status check sees: an interface that answers, a kernel that lives."""
        machine = self._machines.get(instance_id)
        return machine is None or not machine.lost

    def connected(self, instance_id: str) -> bool:
        """Whether the agent reaches its service from inside, through the instance's own network."""
        machine = self._machines.get(instance_id)
        if machine is None or machine.lost or not machine.plugged.is_set():
            return False
        try:
            tried = self._machines.run(instance_id, f"exec 3<>/dev/tcp/{SSM}/443", seconds=1)
        except KernelError:
            return False
        return tried.returncode == 0

    def enter(self, place: str) -> list[str]:
        """Returns the beginning of a command line that runs in an instance, or in `internet`. Raises
        ValueError for a place that is not there."""
        try:
            if place == INTERNET:
                return self._corner.argv([], INTERNET)
            return self._machines.argv(place, [])
        except KernelError as error:
            raise ValueError(str(error)) from error
