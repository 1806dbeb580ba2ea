"""Makes the kernel agree with a picture: routers, gateways, interfaces, and the internet outside."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.packets import cuts, enforcement, wiring
from lab.packets.corner import Corner, KernelError
from lab.packets.instance_metadata import instance_metadata
from lab.packets.machine import Machines
from lab.packets.picture import Interface, Vpc
from lab.packets.services.authority import Authority

LOG = logging.getLogger(__name__)
SERVICES = Path(__file__).parent / "services"
INTERNET = "internet"
SERVER, ADMIN, STRANGER = "198.51.100.10", "198.51.100.20", "198.51.101.7"
MIRROR, EVENTS = "198.51.100.14", "198.51.100.15"
EVENTS_PORT = 8443
NAMES = {
    "checkip.amazonaws.com": "198.51.100.11",
    "www.example.com": "198.51.100.12",
    "*.amazonaws.com": "198.51.100.13",
    "events.us-east-1.amazonaws.com": EVENTS,
    "cdn.amazonlinux.com": MIRROR,
}
_REDIRECT = f"""
add table ip events
add chain ip events in {{ type nat hook prerouting priority -100; }}
add rule ip events in ip daddr {EVENTS} tcp dport 443 redirect to :{EVENTS_PORT}
"""
_AS_MANY = """
cd /proc/sys/net/ipv4
for each in all default; do echo 0 >conf/$each/rp_filter; done
# One machine plays all servers: for all of them a connection that was over would keep its port for a minute.
# A NAT gateway takes any port, met such ones, and lost one of a thousand new connections to that.
echo 0 >tcp_max_tw_buckets
echo 61 >tcp_fin_timeout  # longer than a minute: the other side's last word is still awaited
"""
SERVED = (SERVER, "1.1.1.1", *NAMES.values())


@dataclass
class Built:
    """One VPC as it stands in the kernel."""

    number: int
    vpc: Vpc
    facts: dict[str, wiring.Fact] = field(default_factory=dict)
    plugged: dict[str, Interface] = field(default_factory=dict)
    public: set[str] = field(default_factory=set)
    rules: str = ""
    gateway: str = ""
    told: str = ""


class Network:
    """The kernel's side of all VPCs. One caller at a time."""

    def __init__(self, corner: Corner, machines: Machines, logs: Path) -> None:
        self._corner = corner
        self._machines = machines
        self._logs = logs
        self._built: dict[str, Built] = {}
        self.put: Callable[[dict[str, str]], None] = lambda entry: LOG.info("%s", entry)
        """Takes each entry of an instance's PutEvents."""
        self.authority = Authority()
        self._make_internet()
        self._hear_events()

    def _make_internet(self) -> None:
        addresses = "".join(f"addr add {each}/32 dev lo\n" for each in (*SERVED, ADMIN, STRANGER))
        self._corner.run(
            "ip netns add internet; ip -n internet -batch -", text=f"link set lo up\n{addresses}"
        )
        self._corner.run(_AS_MANY, place=INTERNET)
        self._corner.run(
            "mkdir -p /run/tls; cat >/run/tls/server.pem", text=self.authority.certificate(*NAMES, *SERVED)
        )
        web = [
            sys.executable,
            str(SERVICES / "internet.py"),
            "--tls",
            "/run/tls/server.pem",
            "/run/tls/server.pem",
        ]
        self._corner.spawn(web, INTERNET, self._logs / "internet.log")
        self._corner.spawn(["iperf3", "-s"], INTERNET, self._logs / "iperf3.log")
        self._corner.run(
            f"for tries in {{1..500}}; do (: </dev/tcp/{SERVER}/443) 2>/dev/null && exit; sleep 0.02; done\n"
            "exit 1",
            place=INTERNET,
        )

    def _hear_events(self) -> None:
        self._corner.run("nft -f -", INTERNET, _REDIRECT)
        events = [sys.executable, str(SERVICES / "events.py"), str(EVENTS_PORT), "/run/tls/server.pem"]
        log = self._logs / "put-events.log"
        self._corner.hear(events, INTERNET, log, lambda line: self.put(json.loads(line)))

    def apply(self, vpcs: Iterable[Vpc], user_data: dict[str, str]) -> None:
        """Brings the kernel to what the picture shows. Raises KernelError when the kernel refuses a part."""
        shown = {vpc.id: vpc for vpc in vpcs}
        # A VPC that is not shown has nobody left in it.
        empty = [replace(b.vpc, interfaces=()) for key, b in self._built.items() if key not in shown]
        for vpc in (*empty, *shown.values()):
            self._apply(vpc, user_data)

    def _apply(self, vpc: Vpc, user_data: dict[str, str]) -> None:
        built = self._built.get(vpc.id)
        if built is None:
            built = self._found(vpc)
        ready = tuple(i for i in vpc.interfaces if self._plug(vpc, built, i))
        vpc = replace(vpc, interfaces=ready)
        left = {key: i for key, i in built.plugged.items() if key not in {r.id for r in ready}}
        gone = {i.device: key for key, i in left.items()}
        for gateway in (i.instance for i in left.values() if i.managed):
            self._corner.run(f"ip netns del {gateway}")
        self._wire(vpc, built)
        self._enforce(vpc, built, set(gone))
        self._unplug(vpc, gone)
        self._tell(vpc, built, user_data)
        built.vpc = vpc
        built.plugged = {i.id: i for i in ready}
        for interface in ready:
            machine = self._machines.get(interface.instance)
            if machine is not None and not interface.index:
                machine.plugged.set()

    def _found(self, vpc: Vpc) -> Built:
        built = self._built[vpc.id] = Built(len(self._built), vpc)
        self._corner.run(wiring.foundation(vpc, built.number))
        for place in ("", vpc.router, vpc.edge):
            self._corner.expect(place)
        file = f"/run/metadata/{vpc.id}.json"
        self._corner.run(f"echo '{{}}' >{file}")
        metadata = [sys.executable, str(SERVICES / "metadata.py"), wiring.METADATA, file]
        self._corner.spawn(metadata, vpc.router, self._logs / "metadata.log")
        known = [f"{name}={address}" for name, address in NAMES.items()]
        binds = [word for a in (wiring.RESOLVER, wiring.resolver_of(vpc)) for word in ("--bind", a)]
        resolver = [sys.executable, str(SERVICES / "resolver.py"), *binds, *known]
        self._corner.spawn(resolver, vpc.router, self._logs / "resolver.log")
        return built

    def _plug(self, vpc: Vpc, built: Built, interface: Interface) -> bool:
        if interface.managed:
            return self._plug_gateway(vpc, built, interface)
        machine = self._machines.get(interface.instance)
        if machine is None:
            return False
        if interface.id in machine.interfaces:
            return True
        # A machine that was off and on again has lost its end, and with it the router's.
        self._corner.run(f"ip -n {vpc.router} link del {interface.device} 2>/dev/null || true")
        try:
            self._corner.run(wiring.plug(vpc, interface))
        except KernelError:
            if self._machines.get(interface.instance) is machine:
                raise
            return False  # switched off a moment ago
        self._machines.unplug(interface.id)
        machine.interfaces.add(interface.id)
        for about in [a for a, f in built.facts.items() if interface.device in f.make]:
            del built.facts[about]
        return True

    def _unplug(self, vpc: Vpc, gone: dict[str, str]) -> None:
        """An instance that is off has taken its ends along; one that has lost an interface has not."""
        for device, interface in gone.items():
            self._machines.unplug(interface)
            self._corner.run(f"ip -n {vpc.router} link del {device} 2>/dev/null || true")

    def _plug_gateway(self, vpc: Vpc, built: Built, interface: Interface) -> bool:
        if interface.id not in built.plugged:
            self._corner.run(wiring.gateway_made(interface.instance))
            self._corner.run(wiring.plug(vpc, interface))
            # At once: what fails after this is tried again, and this is not to be made twice.
            built.plugged[interface.id] = interface
        return True

    def _wire(self, vpc: Vpc, built: Built) -> None:
        facts = wiring.facts(vpc)
        unmake, make = wiring.difference(built.facts, facts)
        self._unmake(vpc, unmake)
        if make:
            try:
                self._corner.run(f"ip -n {vpc.router} -batch -", text=_lines([fact.make for fact in make]))
            except KernelError:
                self._unmake(vpc, make)
                built.facts = {a: f for a, f in built.facts.items() if f not in (*unmake, *make)}
                raise
        built.facts = facts

    def _unmake(self, vpc: Vpc, facts: list[wiring.Fact]) -> None:
        if facts:
            # A device that has gone took its routes along: what is not there any more needs no removal.
            lines = _lines([fact.unmake for fact in facts])
            self._corner.run(f"ip -n {vpc.router} -force -batch - 2>/dev/null || true", text=lines)

    def _enforce(self, vpc: Vpc, built: Built, gone: set[str]) -> None:
        rules, gateway = enforcement.ruleset(vpc, gone), enforcement.gateway(vpc)
        if rules != built.rules:
            self._corner.run("nft -f -", place=vpc.router, text=rules)
        public = {public for i in vpc.interfaces for _, public in i.mapped} if vpc.gateway else set()
        if gateway != built.gateway:
            self._corner.run("nft -f -", place=vpc.edge, text=gateway)
        via = f"via 100.64.{built.number}.2 dev {wiring.link_name(vpc)}"
        # An address that has moved to another VPC has lost its way to this one already.
        lines = [f"route del {each}/32 {via}" for each in sorted(built.public - public)]
        if lines:
            self._corner.run("ip -n internet -force -batch - 2>/dev/null || true", text=_lines(lines))
        lines = [f"route replace {each}/32 {via} src {ADMIN}" for each in sorted(public - built.public)]
        if lines:
            self._corner.run("ip -n internet -batch -", text=_lines(lines))
        built.rules, built.gateway, built.public = rules, gateway, public

    def _tell(self, vpc: Vpc, built: Built, user_data: dict[str, str]) -> None:
        told = json.dumps(
            {i.addresses[0]: instance_metadata(vpc, i, user_data.get(i.instance, "")) for i in vpc.interfaces}
        )
        if told != built.told:
            file = f"/run/metadata/{vpc.id}.json"
            self._corner.run(f"cat >{file}.new; mv {file}.new {file}", text=told)
            built.told = told

    def cut(self, ways: list[cuts.Way], milliseconds: int = 0) -> None:
        """Loses what is sent these ways in the VPC that has these instances, for so long, or until it is
        called again; no ways mend all. Raises ValueError for a place that is in no VPC."""
        for built in list(self._built.values()):
            interfaces = list(built.plugged.values())
            mine = cuts.pairs(cuts.of(interfaces, ways), interfaces)
            self._corner.run("nft -f -", place=built.vpc.router, text=cuts.ruleset(mine, milliseconds))
        known = [i for built in list(self._built.values()) for i in built.plugged.values()]
        if unknown := set(ways) - set(cuts.of(known, ways)):
            raise ValueError(f"no such instances: {sorted(unknown)}")

    def silence(self, addresses: Iterable[str]) -> None:
        """What runs at these internet addresses no longer answers; all others do."""
        drops = "".join(f"add rule ip outage in ip daddr {each} drop\n" for each in addresses)
        chain = "add chain ip outage in { type filter hook input priority 0; policy accept; }\n"
        rules = f"add table ip outage\n{chain}flush chain ip outage in\n{drops}"
        self._corner.run("nft -f -", place=INTERNET, text=rules)


def _lines(commands: list[str]) -> str:
    return "\n".join(commands) + "\n"


__all__ = ["KernelError", "Network"]
