"""Draws the picture of a VPC from what moto's EC2 holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lab.ec2.corrections.addresses import elastic_addresses_of
from lab.ec2.corrections.private_addresses import addresses_of
from lab.packets.picture import ALL_PORTS, ANYWHERE, Interface, Route, Rule, Subnet, Vpc

ON = ("running",)
SERVING = ("available", "deleting")  # a gateway that is deleted may still process traffic (API reference)
OPEN = (Rule("-1", ALL_PORTS, (ANYWHERE,)),)
NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp"}


def survey(backend: Any, *, midstream: bool = True) -> tuple[Vpc, ...]:
    """Returns the VPCs that have an instance switched on or a NAT gateway, in order of their ids. Hold the
    world's lock."""
    living = {
        instance.id: instance
        for reservation in backend.reservations.values()
        for instance in reservation.instances
        if instance._state.name in ON
    }
    interfaces = [e for e in backend.enis.values() if e.instance is not None and e.instance.id in living]
    interfaces += [gateway._eni for gateway in _gateways(backend)]
    wanted = sorted({e.subnet.vpc_id for e in interfaces})
    vpcs = (_vpc(backend, vpc, [e for e in interfaces if e.subnet.vpc_id == vpc]) for vpc in wanted)
    return tuple(replace(vpc, midstream=midstream) for vpc in vpcs)


def _gateways(backend: Any) -> list[Any]:
    return [gateway for gateway in backend.nat_gateways.values() if gateway.state in SERVING]


def _vpc(backend: Any, identifier: str, interfaces: list[Any]) -> Vpc:
    plugged = {interface.id for interface in interfaces}
    return Vpc(
        id=identifier,
        cidr=backend.vpcs[identifier].cidr_block,
        gateway=any(g.vpc and g.vpc.id == identifier for g in backend.internet_gateways.values()),
        subnets=tuple(sorted(_subnets(backend, identifier), key=lambda s: s.id)),
        tables=tuple(
            (table.id, tuple(_routes(table, plugged)))
            for table in sorted(backend.route_tables.values(), key=lambda t: str(t.id))
            if table.vpc_id == identifier
        ),
        interfaces=tuple(
            sorted((_interface(backend, interface) for interface in interfaces), key=lambda i: i.id)
        ),
    )


def _subnets(backend: Any, vpc: str) -> Iterator[Subnet]:
    tables = [t for t in backend.route_tables.values() if t.vpc_id == vpc]
    main = next((t.id for t in tables if t.main_association_id), "")
    associated = {subnet: t.id for t in tables for subnet in t._associations.values()}
    for zone in backend.subnets.values():
        for subnet in zone.values():
            if subnet.vpc_id == vpc:
                yield Subnet(subnet.id, subnet.cidr_block, associated.get(subnet.id, main))


def _routes(table: Any, plugged: set[str]) -> Iterator[Route]:
    for route in table.routes:
        if route.local or not route.destination_cidr_block:
            continue
        gateway = route.gateway is not None and route.gateway.id.startswith("igw-")
        target = route.network_interface_id or ""
        if route.nat_gateway is not None:
            target = route.nat_gateway._eni.id
        yield Route(route.destination_cidr_block, gateway, target if target in plugged else "")


def _interface(backend: Any, interface: Any) -> Interface:
    if interface.instance is None:
        return _managed(backend, interface)
    elastic = elastic_addresses_of(interface)
    addresses = addresses_of(interface)
    groups = sorted(interface.group_set, key=lambda group: str(group.id))
    return Interface(
        id=interface.id,
        subnet=interface.subnet.id,
        instance=interface.instance.id,
        mac=interface.mac_address,
        addresses=tuple(addresses),
        public=interface.public_ip or "",
        check=bool(interface.source_dest_check),
        ingress=tuple(_rule(backend, rule) for group in groups for rule in group.ingress_rules),
        egress=tuple(_rule(backend, rule) for group in groups for rule in group.egress_rules),
        index=interface.device_index or 0,
        others=tuple((each, elastic[each].public_ip) for each in addresses[1:] if each in elastic),
    )


def _managed(backend: Any, interface: Any) -> Interface:
    """A NAT gateway's: in no security group, and what it forwards is not its own."""
    return Interface(
        id=interface.id,
        subnet=interface.subnet.id,
        instance=next(g.id for g in _gateways(backend) if g._eni is interface),
        mac=interface.mac_address,
        addresses=(interface.private_ip_address,),
        public=interface.public_ip or "",
        check=False,
        ingress=OPEN,
        egress=OPEN,
        managed=True,
    )


def _rule(backend: Any, rule: Any) -> Rule:
    ranges: tuple[str, ...] = (rule.cidr_ipv4,) if rule.cidr_ipv4 else ()
    if rule.source_group:
        ranges = tuple(sorted(_members(backend, rule.source_group.get("GroupId", ""))))
    ports = ALL_PORTS if rule.from_port is None else (rule.from_port, rule.to_port)
    protocol = str(rule.ip_protocol)
    return Rule(NUMBERS.get(protocol, protocol), ports, ranges)


def _members(backend: Any, group: str) -> Iterator[str]:
    for interface in backend.enis.values():
        if any(member.id == group for member in interface.group_set):
            yield from (f"{address}/32" for address in addresses_of(interface))
