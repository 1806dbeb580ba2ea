"""A deployed stack on real packets, with a private host that talks to the internet without a pause."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.ec2.clock import wait_until
from lab.local_aws.aws import ROOT, LocalAws
from lab.packets.network import ADMIN, INTERNET, SERVER, STRANGER
from lab.stage.deployment import BUILT, STACK, deploy
from lab.stage.narrator import Say
from lab.stage.orders import send_order
from lab.stage.stack_view import StackView, ZoneView
from lab.stage.turn import Turn
from lab.traffic import recording

TEST_HOST = "10.0.1.10"
OUTER_PORT = 9999
REST = 120.0  # seconds
HEARSAY = 150.0
"""Seconds until nodes were told of each other at the latest: with the second probe after they serve."""
EVENTS = ROOT / "events"
PARAMETERS = {
    "TestHost": "true",
    "TestHostAddress": TEST_HOST,
    "AdminCidr": "198.51.100.0/24",
    "PortForward1": f"tcp/{OUTER_PORT}={TEST_HOST}:22",
    # Faults follow each other faster here than in a year: the breaker would open, rightly.
    "MaxLaunchesPerHour": "20",
    "DrainSeconds": "10",
}


@dataclass
class Stage:
    """What a fault is played on."""

    aws: LocalAws
    view: StackView
    parameters: dict[str, str]
    pace: str
    minute: float
    logs: Path
    built: Path = BUILT
    """What `sam build` made of the template."""
    log: Path = Path()
    """What the private host lives through now."""
    host: str = ""
    """The private host that talks."""
    playing: str = ""
    """What is played now."""
    updates: list[int] = field(default_factory=list)
    turn: Turn = field(default_factory=Turn)
    _traffic: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start_traffic(self, name: str, host: str = "") -> None:
        """Starts the program of a private host, the stack's own test host if none is named, anew if it runs:
        every connection is then a fresh one, and the log is called after `name`."""
        self.stop_traffic()
        self.host, self.playing = host or self.view.test_host(), name
        self.log = self.logs / f"traffic-{name}.jsonl"
        self.log.unlink(missing_ok=True)
        # An instance has nothing of this machine's environment.
        python = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m"]
        program = [*python, "lab.traffic.host", SERVER, "--log", str(self.log)]
        with self.log.with_suffix(".err").open("ab") as said:
            self._traffic = subprocess.Popen(
                [*self.aws.control.enter(self.host), *program],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        if not wait_until(lambda: recording.settled(self.log) > 0, 15):
            raise RuntimeError(f"no traffic: {self.log.with_suffix('.err').read_text()[-500:]}")

    def stop_traffic(self) -> None:
        """Ends the traffic."""
        if self._traffic is not None:
            self._traffic.terminate()
            self._traffic.wait(10)
            self._traffic = None

    def served(self) -> bool:
        """Returns whether every zone is served by its own node."""
        return self.view.served()

    def at_rest(self) -> bool:
        """Returns whether every zone has its own node, and its spare or its standby if it is to have one, no
        other node is left, and packets are answered."""
        zones, nodes = self.view.zones(), self.view.nodes()
        stopped = sum(node["State"]["Name"] == "stopped" for node in nodes.values())
        spares = len(zones) if self.parameters.get("Spare") == "stopped" else 0
        running = len(zones) * (2 if self.parameters.get("Standby") == "zone" else 1)
        there = (len(nodes) - stopped, stopped) == (running, spares)
        return all(zone.well for zone in zones) and there and self.quiet_since(2.0)

    def acquainted(self) -> bool:
        """Returns whether every node was told of all, and by which address each may send another zone's."""
        nodes = [n for n in self.view.nodes().values() if n["State"]["Name"] == "running"]
        if len(nodes) < 2 or self.parameters.get("PeerWatch") == "false":
            return True
        private = [n["NetworkInterfaces"][0]["PrivateIpAddresses"] for n in nodes]
        words = [n["InstanceId"] for n in nodes] + [a["PrivateIpAddress"] for each in private for a in each]
        told = [self.run_on(n["InstanceId"], "head -n 1 /run/natkeeper/peers") for n in nodes]
        return all(word in text for text in told for word in words)

    def asleep(self) -> bool:
        """Returns whether the first zone has no node that is on, and none on its way there or from there."""
        return self.view.is_asleep(self.zones()[0].zone)

    def is_on(self, instance: str) -> bool:
        """Returns whether an instance is switched on, so that something may run in it."""
        try:
            return bool(self.aws.control.enter(instance))
        except ValueError:
            return False

    def send(self, name: str) -> str:
        """Sends a file of events/orders/, word for word, and returns how."""
        return send_order(self.aws, name)

    def update(self, **parameters: str) -> None:
        """Updates the stack, as `sam deploy` with other parameters does."""
        self.parameters.update(parameters)
        deploy(self.aws, STACK, self.built, **self.parameters)

    def quiet_since(self, seconds: float) -> bool:
        """Returns whether nothing was lost in the last seconds that are decided."""
        heard = recording.read(self.log)
        last = heard.between(heard.ended - seconds, heard.ended)
        return bool(last.seconds) and not last.lost_udp and not last.lost_tcp

    def zones(self) -> list[ZoneView]:
        """Returns every zone as it is."""
        return self.view.zones()

    def run_on(self, place: str, script: str, seconds: float = 10) -> str:
        """Runs a shell script in an instance or in `internet`. Returns its output, empty when it failed or
        when the instance is off."""
        try:
            there = self.aws.control.enter(place)
        except ValueError:
            return ""
        done = subprocess.run(
            [*there, "timeout", str(seconds), "bash", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def repairs(self, node: str) -> int:
        """Returns how often a node's guard has applied its rules again since it booted."""
        counted = self.run_on(node, "cat /run/natkeeper/repairs")
        return int(counted) if counted.isdigit() else 0

    def forward_works(self, heard: str | None = None) -> bool:
        """Returns whether the admin reaches the private host's port 22, seen as who they are where there is
        one zone and as the node where there are several (KeepClientAddress=auto), and a stranger does not.
        `heard`: the admin's greeting, if it is known."""
        zones = self.zones()
        seen = ADMIN if len(zones) == 1 else self.view.private_address(zones[0].target)
        greeted = self.greeting(ADMIN) if heard is None else heard
        return greeted.endswith(f" {seen}") and not self.greeting(STRANGER)

    def greeting(self, source: str) -> str:
        """Returns what a connection to the first zone's public address, port 9999, from `source` is greeted
        with: the private host's sshd tells the caller's address. Empty when it is not let through."""
        public = self.view.public_address(self.zones()[0].target)
        code = (
            f"import socket; s = socket.create_connection(('{public}', {OUTER_PORT}), 2, ('{source}', 0)); "
            "s.settimeout(2); print(s.recv(200).decode().strip())"
        )
        return self.run_on(INTERNET, f'{sys.executable} -c "{code}" 2>/dev/null')


def _come_to_rest(stage: Stage) -> None:
    """Raises RuntimeError when a new stack's zones are not served, or packets not answered, in good time."""
    served = wait_until(stage.served, REST, 0.5)
    if served:
        # Not sooner: with nobody to talk through it fails two hundred times a second, while nodes boot.
        stage.start_traffic("rest")
    if not served or not wait_until(stage.at_rest, REST, 0.5):
        raise RuntimeError(f"the new stack did not come to rest: {stage.zones()}")


@contextmanager
def staged(
    logs: Path,
    say: Say,
    built: Path = BUILT,
    /,
    *,
    zones: int = 2,
    pace: str = "published",
    minute: float = 60.0,
    **more: str,
) -> Iterator[Stage]:
    """A fresh local AWS with the stack deployed that `sam build` made, with `more` parameters, and at rest.

    Everything is built at the quick pace; then the delays are those of `pace`.
    """
    parameters = {**PARAMETERS, "ZoneCount": str(zones), **more}
    logs = logs.resolve()  # whoever writes there has another working directory
    logs.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with LocalAws(logs, minute=10.0, packets=True) as aws:
        say("lab", f"a VPC of namespaces and a local AWS stand after {time.monotonic() - began:.1f} s")
        view = deploy(aws, STACK, built, **parameters)
        say("sam", f"deploy: template.yaml as it is, {zones} zone{'s' if zones > 1 else ''}")
        stage = Stage(aws, view, parameters, pace, minute, logs, built)
        try:
            _come_to_rest(stage)
            say("lab", "every zone has its node, and the private host talks")
            wait_until(stage.acquainted, HEARSAY, 1.0)
            aws.control.minute(minute)
            aws.control.pace(pace)
            yield stage
        finally:
            stage.stop_traffic()
