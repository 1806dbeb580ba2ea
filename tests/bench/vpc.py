"""A small VPC in the packet lab, without EC2: a private host, and nodes that its route can lead to."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.ec2.clock import wait_until
from lab.packets.corner import PATH, Corner, refusal
from lab.packets.guest import KernelGuest
from lab.packets.machine import Machines
from lab.packets.network import INTERNET, SERVER, Network
from lab.packets.picture import ALL_PORTS, ANYWHERE, Interface, Route, Rule, Subnet, Vpc
from tests.node.template_script import node_script

HOST, HOST_ADDRESS, HOST_PUBLIC = "i-host", "10.0.1.10", "203.0.113.99"
ROUTER = "vpc-0000000000000be1c"
RANGE, IPERF_PORT, PATIENCE = "10.0.0.0/16", 5202, 60.0
EVERYTHING = (Rule("-1", ALL_PORTS, (ANYWHERE,)),)
OF_THE_VPC = (Rule("-1", ALL_PORTS, (RANGE,)),)
SSH_ONLY = (Rule("tcp", (22, 22), (RANGE,)),)
FORWARDER = "#!/bin/bash\necho 1 >/proc/sys/net/ipv4/ip_forward\n"
"""User data of a machine that passes packets on and does nothing else with them."""


def natkeeper(forwards: int) -> str:
    """A node's user data with this many port forwards."""
    listed = (f"tcp/{10000 + n}={HOST_ADDRESS}:{20000 + n}" for n in range(forwards))
    return node_script({"PortForwards": ",".join(listed)})


def hindrance() -> str:
    """Why nothing can be measured on this machine; empty when it can."""
    return refusal() or ("" if shutil.which("iperf3", path=PATH) else "iperf3 is missing")


class BenchVpc:
    """Nodes side by side in one subnet, the host in another. A node's name leads to its user data."""

    def __init__(self, logs: Path, nodes: Mapping[str, str]) -> None:
        self._number = {node: number for number, node in enumerate(nodes, start=1)}
        self._user_data = {f"i-{n}": base64.b64encode(s.encode()).decode() for n, s in nodes.items()}
        self._corner = Corner()
        self._machines = Machines(self._corner)
        self._network = Network(self._corner, self._machines, logs)
        # With an address: else a datagram's answer comes from another of the server's.
        server = ["iperf3", "-s", "-B", SERVER, "-p", str(IPERF_PORT)]
        self._corner.spawn(server, INTERNET, logs / "iperf3-bound.log")
        self._boot()

    def _boot(self) -> None:
        guest = KernelGuest(self._corner, self._machines, self._network)
        heard: list[str] = []
        guest.note = heard.append
        for instance in (HOST, *self._user_data):
            guest.started(instance)
        self.direct()
        for instance in (HOST, *self._user_data):
            guest.booted(instance)
        ended = {f"{instance}: user data has ended" for instance in (HOST, *self._user_data)}
        if not wait_until(lambda: ended <= set(heard), PATIENCE):
            raise TimeoutError(f"not all have booted: {heard}")

    def direct(self) -> None:
        """The host has a public address, and its default route leads to the gateway."""
        self._apply(Route(ANYWHERE, gateway=True), HOST_PUBLIC)

    def through(self, node: str) -> None:
        """The host has no public address, and its default route leads to this node."""
        self._apply(Route(ANYWHERE, interface=self._interface(node).id), "")

    def over(self, node: str) -> None:
        """The host has a public address, and both its ways lead over this node, which translates nothing."""
        to = self._interface(node)
        self._apply(Route(ANYWHERE, interface=to.id), HOST_PUBLIC)
        self._corner.run(
            f"ip -n {ROUTER} rule add prio 90 iif igw to {HOST_ADDRESS} lookup 190\n"
            f"ip -n {ROUTER} route add default via {to.addresses[0]} dev {to.device} onlink table 190"
        )

    def ask(self, place: str, command: str) -> str:
        """What a shell command says in the host or in a node. Raises RuntimeError unless it succeeds."""
        done = self._machines.run(HOST if place == HOST else f"i-{place}", command)
        if done.returncode:
            raise RuntimeError(f"{place}: {command}\n{done.stdout[-500:]}\n{done.stderr[-500:]}")
        return done.stdout

    def close(self) -> None:
        """Takes everything away."""
        self._corner.close()

    def _apply(self, route: Route, public: str) -> None:
        host = Interface(
            "eni-00000000000000099", "private", HOST, "06:00:00:00:00:99", (HOST_ADDRESS,), public,
            check=True, ingress=SSH_ONLY, egress=EVERYTHING,
        )  # fmt: skip
        subnets = (
            Subnet("public", "10.0.0.0/24", "rtb-1000001"),
            Subnet("private", "10.0.1.0/24", "rtb-1000002"),
        )
        tables = ("rtb-1000001", (Route(ANYWHERE, gateway=True),)), ("rtb-1000002", (route,))
        interfaces = (*(self._interface(node) for node in self._number), host)
        vpc = Vpc(ROUTER, RANGE, gateway=True, subnets=subnets, tables=tables, interfaces=interfaces)
        self._network.apply([vpc], self._user_data)
        leave = f"ip -n {ROUTER} rule del prio 90; ip -n {ROUTER} route flush table 190"
        self._corner.run(f"({leave}) 2>/dev/null || true")

    def _interface(self, node: str) -> Interface:
        number = self._number[node]
        return Interface(
            f"eni-0000000000000000{number}", "public", f"i-{node}", f"06:00:00:00:00:0{number}",
            (f"10.0.0.1{number}",), f"203.0.113.{number}", check=False, ingress=OF_THE_VPC, egress=EVERYTHING,
        )  # fmt: skip
