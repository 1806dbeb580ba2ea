"""An auto-scaling group of one, and what each of its nodes does when it boots, as in fck-nat's service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lab.ec2.clock import wait_until
from lab.rival.delays import DOCUMENTED, Delays
from lab.rival.network import RivalNetwork

NODE_TYPE = "t3.nano"
RULES = """
mv /var/cache/iptables-package/* /usr/sbin/ 2>/dev/null || true
echo 1 >/proc/sys/net/ipv4/ip_forward
for each in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$each; done
iptables -t nat -F
iptables -t nat -A POSTROUTING -o ens5 -j MASQUERADE
"""
POLL = 0.2
Inside = Callable[[str, str], str]
"""Runs a script in an instance, as its boot does."""


@dataclass
class Group:
    """Keeps one node, on threads of its own. All moves are its or its node's; the route never moves."""

    ec2: Any
    network: RivalNetwork
    inside: Inside
    services: Callable[[], float]
    """Seconds from `running` until an image's own services start."""
    delays: Delays = DOCUMENTED
    node: str = ""
    ready: bool = False
    """Whether the node has done all that it does at boot."""
    _ended: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Launches the first node, and looks at it from then on."""
        self._launch()
        threading.Thread(target=self._look, daemon=True, name="auto scaling").start()

    def close(self) -> None:
        """Does nothing more."""
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(self.delays.check):
            if not self._is_healthy():
                self._replace()

    def _is_healthy(self) -> bool:
        """What the health check of type EC2 asks: the state, and the status checks."""
        found = self.ec2.describe_instance_status(InstanceIds=[self.node], IncludeAllInstances=True)
        status = next(iter(found["InstanceStatuses"]), None)
        if status is None or status["InstanceState"]["Name"] not in ("pending", "running"):
            return False
        return all(status[name]["Status"] != "impaired" for name in ("InstanceStatus", "SystemStatus"))

    def _replace(self) -> None:
        self.ready = False
        self.ec2.terminate_instances(InstanceIds=[self.node])
        self._launch()

    def _launch(self) -> None:
        interface: Any = {
            "DeviceIndex": 0,
            "SubnetId": self.network.subnet,
            "Groups": [self.network.group],
            "AssociatePublicIpAddress": True,
            "DeleteOnTermination": True,
        }
        self.node = self.ec2.run_instances(
            ImageId=self.network.image, InstanceType=NODE_TYPE, MinCount=1, MaxCount=1,
            NetworkInterfaces=[interface],
        )["Instances"][0]["InstanceId"]  # fmt: skip
        threading.Thread(target=self._boot, args=(self.node,), daemon=True, name=f"boot {self.node}").start()

    def _boot(self, node: str) -> None:
        """What service/fck-nat.sh does, in its order."""
        if not wait_until(lambda: self._state(node) == "running" or self._ended.is_set(), 120, POLL):
            return
        own = self._own_interface(node)
        time.sleep(self.services())
        self.ec2.associate_address(
            AllocationId=self.network.allocation, NetworkInterfaceId=own, AllowReassociation=True
        )
        time.sleep(self.delays.associated)
        self.ec2.modify_network_interface_attribute(NetworkInterfaceId=own, SourceDestCheck={"Value": False})
        while not self._attach(node):
            if self._ended.wait(self.delays.attach_again) or self.node != node:
                return
        time.sleep(self.delays.attached)
        self.inside(node, RULES)
        self.ready = self.node == node

    def _attach(self, node: str) -> bool:
        try:
            self.ec2.attach_network_interface(
                NetworkInterfaceId=self.network.interface, InstanceId=node, DeviceIndex=1
            )
        except ClientError:
            return False
        return True

    def _state(self, node: str) -> str:
        return str(self._described(node)["State"]["Name"])

    def _own_interface(self, node: str) -> str:
        return str(self._described(node)["NetworkInterfaces"][0]["NetworkInterfaceId"])

    def _described(self, node: str) -> Any:
        return self.ec2.describe_instances(InstanceIds=[node])["Reservations"][0]["Instances"][0]
