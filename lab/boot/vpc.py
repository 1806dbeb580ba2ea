"""A VPC with one NAT node that boots for real, and one private host behind it."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

from lab.boot.container import PATIENCE, Containers
from lab.packets.corner import Corner
from lab.packets.network import INTERNET, Network
from lab.packets.picture import ALL_PORTS, ANYWHERE, Interface, Route, Rule, Subnet, Vpc

CIDR = "10.0.0.0/16"
NODE, NODE_ADDRESS, PUBLIC = "i-0000000000000000a", "10.0.0.10", "203.0.113.10"
SUCCESSOR, SUCCESSOR_ADDRESS = "i-0000000000000000c", "10.0.0.11"
HOST, HOST_ADDRESS = "i-0000000000000000b", "10.0.1.10"
OPEN = (Rule("-1", ALL_PORTS, (ANYWHERE,)),)
_SUBNETS = (
    Subnet("subnet-public", "10.0.0.0/24", "rtb-00000001"),
    Subnet("subnet-private", "10.0.1.0/24", "rtb-00000002"),
)
_NODE = Interface("eni-00000000000a", "subnet-public", NODE, "06:00:00:00:00:0a", (NODE_ADDRESS,), PUBLIC,
                  check=False, ingress=OPEN, egress=OPEN)  # fmt: skip
_SUCCESSOR = replace(_NODE, id="eni-00000000000c", instance=SUCCESSOR, mac="06:00:00:00:00:0c",
                     addresses=(SUCCESSOR_ADDRESS,))  # fmt: skip
_HOST = Interface("eni-00000000000b", "subnet-private", HOST, "06:00:00:00:00:0b", (HOST_ADDRESS,), "",
                  check=True, ingress=OPEN, egress=OPEN)  # fmt: skip
TRUST = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


class BootVpc:
    """Stands when made, with the host switched on and the node off. Raises KernelError."""

    def __init__(self, images: Path, image: str, user_data: str, logs: Path) -> None:
        self._corner = Corner()
        self._node, self._image, self._user_data = _NODE, image, user_data
        self.machines = Containers(self._corner, images)
        try:
            self._network = Network(self._corner, self.machines, logs)
            self.machines.insert_disk(NODE, image)
            self.machines.switch_on(HOST)
            self._apply()
            self.machines.run(HOST, "boot")
        except BaseException:
            self.close()
            raise

    @property
    def node_id(self) -> str:
        """Returns which instance the node is."""
        return self._node.instance

    def boot(self) -> None:
        """Switches the node on. Returns once its systemd runs."""
        self.machines.switch_on(self.node_id)
        self._apply()
        self.machines.boot(self.node_id)

    def shut_down(self, verb: str) -> None:
        """Lets the node end itself, with `reboot` or `poweroff`. Its disk stays, its memory does not."""
        self.machines.shut_down(self.node_id, verb)
        self._apply()

    def cut_power(self) -> None:
        """Ends the node at once. Its disk stays."""
        self.machines.switch_off(self.node_id)
        self._apply()

    def succeed(self, user_data: str) -> None:
        """Once the node is off, the node is another instance, with an interface and an address of its own and
        the disk that it has left: as from an image that was made of it."""
        self.machines.insert_disk(SUCCESSOR, self._image)
        left = f"/run/disks/{self.node_id}"
        self._corner.run(f"umount {left}/root; mv {left} /run/disks/{SUCCESSOR}")
        self._node, self._user_data = _SUCCESSOR, user_data

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Puts a file on the node's disk. Call it while the node is off."""
        file = f"/run/disks/{self.node_id}/up{path}"
        self._corner.run(f"mkdir -p $(dirname {file}); cat >{file}; chmod {mode:o} {file}", text=text)

    def trust(self) -> None:
        """Lets the node believe the lab's certificates, as the image believes the public ones."""
        for path in TRUST:
            self.write(path, self._network.authority.root())

    def node(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs a script on the node as the SSM agent does."""
        return self.machines.run(self.node_id, script, PATIENCE)

    def host(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs a script on the private host."""
        return self.machines.run(HOST, script)

    def outside(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs a script on the internet."""
        argv = self._corner.argv(["timeout", "20", "bash", "-c", script], INTERNET)
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    def close(self) -> None:
        """Takes everything away."""
        self.machines.close()
        self._corner.close()

    def _apply(self) -> None:
        on = tuple(i for i in (self._node, _HOST) if self.machines.get(i.instance))
        tables = (
            ("rtb-00000001", (Route(ANYWHERE, gateway=True),)),
            ("rtb-00000002", (Route(ANYWHERE, interface=self._node.id),)),
        )
        vpc = Vpc("vpc-boot", CIDR, gateway=True, subnets=_SUBNETS, tables=tables, interfaces=on)
        self._network.apply([vpc], {self.node_id: base64.b64encode(self._user_data.encode()).decode()})
