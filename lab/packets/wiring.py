"""A VPC's implicit router and its internet gateway as kernel routes: one table per route table.

What a picture asks for is a set of facts; the difference of two sets is what `ip` is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from lab.packets.picture import Interface, Vpc

LOCAL_TABLE = 100
FIRST_TABLE = 1000
METADATA, RESOLVER = "169.254.169.254", "169.254.169.253"
ROUTER_SIDE, EDGE_SIDE = "100.64.255.2", "100.64.255.1"
JUMBO, STANDARD = 9001, 1500  # an interface's MTU, and what an internet gateway passes


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of kernel state: what it is about, how to make it, how to unmake it."""

    about: str
    make: str
    unmake: str


def link_name(vpc: Vpc) -> str:
    """Returns the name of a VPC's link at the internet's end."""
    return f"g{vpc.id[-12:]}"


def foundation(vpc: Vpc, number: int) -> str:
    """Returns the script that makes a VPC's router and gateway, the `number`th on this internet."""
    router, edge, link = vpc.router, vpc.edge, link_name(vpc)
    outside, inside = f"100.64.{number}.1", f"100.64.{number}.2"
    return f"""
ip netns add {router}; ip netns add {edge}
ip -n {edge} link add internet mtu {STANDARD} type veth peer name {link} netns internet
ip -n {edge} link add vpc mtu {STANDARD} type veth peer name igw netns {router}
ip -n internet addr add {outside}/30 dev {link}; ip -n internet link set {link} up
ip -n {edge} link set lo up
ip -n {edge} addr add {inside}/30 dev internet; ip -n {edge} link set internet up
ip -n {edge} addr add {EDGE_SIDE}/30 dev vpc; ip -n {edge} link set vpc up
ip -n {edge} route add default via {outside}
ip -n {edge} route add {vpc.cidr} via {ROUTER_SIDE}
ip -n {router} link set lo up
ip -n {router} addr add {METADATA}/32 dev lo; ip -n {router} addr add {RESOLVER}/32 dev lo
ip -n {router} addr add {resolver_of(vpc)}/32 dev lo
ip -n {router} addr add {ROUTER_SIDE}/30 dev igw; ip -n {router} link set igw up
ip -n {router} rule add prio 100 to {vpc.cidr} lookup {LOCAL_TABLE}
ip -n {router} route add blackhole {vpc.cidr} table {LOCAL_TABLE}
for there in {router} {edge}; do
  ip netns exec $there bash -c 'cd /proc/sys/net/ipv4; echo 1 >ip_forward; for each in all default; do
    echo 0 >conf/$each/rp_filter; echo 0 >conf/$each/send_redirects; done'
done
"""


def resolver_of(vpc: Vpc) -> str:
    """Returns the address of the VPC's own resolver: the range's base plus two."""
    return str(ip_network(vpc.cidr)[2])


def gateway_of(vpc: Vpc, subnet: str) -> str:
    """Returns the address of a subnet's router: its first."""
    return str(ip_network(vpc.subnet(subnet).cidr)[1])


def plug(vpc: Vpc, interface: Interface) -> str:
    """Returns the script that joins an instance's namespace to the router, and sets it up as DHCP would; the
    way out is the primary interface's."""
    router, device, guest = vpc.router, interface.device, interface.instance
    length = ip_network(vpc.subnet(interface.subnet).cidr).prefixlen
    way_out = "" if interface.index else f"route add default via {gateway_of(vpc, interface.subnet)}"
    # DHCP knows the primary address alone. Whoever wants a secondary one inside adds it himself.
    address = f"{interface.addresses[0]}/{length}"
    return f"""
ip -n {router} link add {device} mtu {JUMBO} type veth \
  peer name {interface.inside} netns {guest} address {interface.mac} mtu {JUMBO}
ip -n {router} link set {device} up
ip netns exec {router} bash -c 'cd /proc/sys/net/ipv4; echo 1 >conf/{device}/proxy_arp
  echo 0 >neigh/{device}/proxy_delay'
ip -n {guest} -batch - <<EOT
link set lo up
addr add {address} dev {interface.inside}
link set {interface.inside} up
{way_out}
EOT
"""


def gateway_made(gateway: str) -> str:
    """Returns the script that makes a NAT gateway's namespace: what is forwarded leaves from its own address,
    by another port, and nobody can begin from outside."""
    return f"""
ip netns add {gateway}
ip netns exec {gateway} bash -c 'cd /proc/sys/net/ipv4; echo 1 >ip_forward; for each in all default; do
  echo 0 >conf/$each/rp_filter; echo 0 >conf/$each/send_redirects; done
  nft -f -' <<EOT
table ip gateway {{
  chain from {{ type nat hook postrouting priority 100; masquerade fully-random; }}
  chain in {{ type filter hook input priority 0; ct state established,related accept; drop; }}
}}
EOT
"""


def facts(vpc: Vpc) -> dict[str, Fact]:
    """Returns every rule, route and neighbour that the router must have now, by what they are about."""
    found = [*_subnets(vpc), *_routes(vpc)]
    for interface in vpc.interfaces:
        found += _interface(vpc, interface, number_of(vpc.subnet(interface.subnet).table))
    return {fact.about: fact for fact in found}


def number_of(table: str) -> int:
    """Returns the kernel's number for a route table."""
    return FIRST_TABLE + int(table[-7:], 16)


def _subnets(vpc: Vpc) -> list[Fact]:
    gateways = sorted({gateway_of(vpc, interface.subnet) for interface in vpc.interfaces})
    return [Fact(f"gateway {g}", f"addr add {g}/32 dev lo", f"addr del {g}/32 dev lo") for g in gateways]


def _routes(vpc: Vpc) -> list[Fact]:
    by_id = {interface.id: interface for interface in vpc.interfaces}
    found = []
    for table, routes in vpc.tables:
        number = number_of(table)
        # Silence, not a refusal, is what a VPC answers where it has no route.
        nowhere = f"blackhole default metric 9999 table {number}"
        found.append(Fact(f"floor of {number}", f"route replace {nowhere}", f"route del {nowhere}"))
        for route in routes:
            how = f"blackhole {route.destination}"
            if route.gateway and vpc.gateway:
                how = f"{route.destination} via {EDGE_SIDE} dev igw"
            elif route.interface in by_id:
                to = by_id[route.interface]
                how = f"{route.destination} via {to.addresses[0]} dev {to.device} onlink"
            about = f"route {route.destination} of {number}"
            gone = f"route del {route.destination} table {number} metric 0"
            found.append(Fact(about, f"route replace {how} table {number}", gone))
    return found


def _interface(vpc: Vpc, interface: Interface, number: int) -> list[Fact]:
    device = interface.device
    rule = f"iif {device} lookup {number} prio 200"
    found = [Fact(f"table of {device}", f"rule add {rule}", f"rule del {rule}")]
    source = gateway_of(vpc, interface.subnet)
    for address in interface.addresses:
        # The VPC knows whose an address is: it asks nobody, and the guest need not own it.
        neighbour = f"{address} lladdr {interface.mac} dev {device} nud permanent"
        local = f"{address}/32 dev {device} src {source} table {LOCAL_TABLE}"
        found += [
            Fact(f"neighbour {address}", f"neigh replace {neighbour}", f"neigh del {address} dev {device}"),
            Fact(f"local {address}", f"route replace {local}", f"route del {local}"),
        ]
    return found


def difference(before: dict[str, Fact], after: dict[str, Fact]) -> tuple[list[Fact], list[Fact]]:
    """Returns what to unmake and what to make. What is replaced is not unmade first, so nothing is lost
    between; a rule has no `replace`, so a changed one is."""
    changed = {k for k in before if k in after and before[k] != after[k]}
    rules = {k for k in changed if before[k].make.startswith("rule")}
    unmake = [before[k] for k in before if k not in after or k in rules]
    make = [after[k] for k in after if k not in before or k in changed]
    return unmake, make
