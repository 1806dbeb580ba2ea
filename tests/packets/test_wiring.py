"""The difference of two pictures is what the kernel is told, and the rulesets say what a group means."""

from __future__ import annotations

from dataclasses import replace

from lab.packets import enforcement, wiring
from lab.packets.picture import ALL_PORTS, ANYWHERE, Interface, Route, Rule, Subnet, Vpc

ALL = (Rule("-1", ALL_PORTS, (ANYWHERE,)),)
INSIDE = (Rule("-1", ALL_PORTS, ("10.0.0.0/16",)),)
MAC, PRIVATE = "06:00:00:00:00:01", ("10.0.0.10",)
HOST = Interface("eni-00000000000000001", "subnet-1", "i-1", MAC, PRIVATE, "203.0.113.1", False, ALL, ALL)
OTHER = replace(HOST, id="eni-00000000000000002", addresses=("10.0.0.11",), public="", check=True)


def vpc(*routes: Route, table: str = "rtb-0000001") -> Vpc:
    subnet = Subnet("subnet-1", "10.0.0.0/24", table)
    return Vpc("vpc-0aaaaaaaaaaaaaaa1", "10.0.0.0/16", True, (subnet,), ((table, routes),), (HOST, OTHER))


def told(before: Vpc, after: Vpc) -> tuple[list[str], list[str]]:
    unmake, make = wiring.difference(wiring.facts(before), wiring.facts(after))
    return [fact.unmake for fact in unmake], [fact.make for fact in make]


def test_nothing_is_told_when_nothing_has_changed() -> None:
    assert told(vpc(), vpc()) == ([], [])


def test_a_replaced_route_is_never_unmade_first() -> None:
    one, two = (Route("0.0.0.0/0", interface=each.id) for each in (HOST, OTHER))
    unmade, made = told(vpc(one), vpc(two))
    assert unmade == []
    assert made == [
        f"route replace 0.0.0.0/0 via 10.0.0.11 dev {OTHER.device} onlink table {wiring.FIRST_TABLE + 1}"
    ]


def test_a_rule_cannot_be_replaced_and_is_unmade_first() -> None:
    unmade, made = told(vpc(), vpc(table="rtb-0000002"))
    assert f"rule del iif {HOST.device} lookup {wiring.FIRST_TABLE + 1} prio 200" in unmade
    assert f"rule add iif {HOST.device} lookup {wiring.FIRST_TABLE + 2} prio 200" in made


def test_a_route_to_nobody_and_one_to_no_gateway_are_black_holes() -> None:
    gateway = Route("0.0.0.0/0", gateway=True)
    detached = replace(vpc(gateway), gateway=False)
    for found in (wiring.facts(detached), wiring.facts(vpc(Route("0.0.0.0/0", interface="eni-gone")))):
        assert any(fact.make.startswith("route replace blackhole 0.0.0.0/0") for fact in found.values())
    assert any(" via 100.64.255.1 dev igw" in fact.make for fact in wiring.facts(vpc(gateway)).values())


def rules_of(interface: Interface) -> list[str]:
    shown = replace(vpc(), interfaces=(interface,))
    lines = enforcement.ruleset(shown, set()).splitlines()
    return [line for line in lines if f" out_{interface.device} " in line]


def test_only_what_is_open_both_ways_is_not_remembered() -> None:
    assert any(line.endswith(" meta l4proto tcp accept") for line in rules_of(HOST))
    remembered = rules_of(replace(HOST, ingress=INSIDE))
    assert any(f" meta l4proto tcp update @flows_{HOST.device} " in line for line in remembered)
    assert not any(line.endswith(" meta l4proto tcp accept") for line in remembered)


def test_where_groups_do_not_pick_up_a_flow_only_its_first_packet_is_remembered() -> None:
    shown = replace(vpc(), interfaces=(replace(HOST, ingress=INSIDE),), midstream=False)
    out = [line for line in enforcement.ruleset(shown, set()).splitlines() if f" out_{HOST.device} " in line]
    permitted = [
        line for line in out if "meta l4proto tcp" in line and f"@flows_{HOST.device} update" not in line
    ]
    assert ["== syn update" in line for line in permitted] == [True, False]
    assert permitted[1].endswith(" meta l4proto tcp accept")


def test_icmp_is_always_remembered() -> None:
    assert any(f"!= {{ tcp, udp }} update @talks_{HOST.device}" in line for line in rules_of(HOST))


def test_a_group_that_names_an_empty_group_permits_nobody() -> None:
    named = replace(HOST, egress=(Rule("tcp", (22, 22), ()),))
    assert not any("dport 22" in line for line in rules_of(named))


def test_only_a_checked_interface_is_checked() -> None:
    assert not any("ip saddr != " in line for line in rules_of(HOST))
    assert any("ip saddr != { 10.0.0.11 }" in line for line in rules_of(OTHER))


def test_what_is_gone_can_be_forgotten_twice() -> None:
    lines = enforcement.ruleset(vpc(), {"egone"}).splitlines()
    for kind in ("chain ip vpc out_egone", "chain ip vpc in_egone", "set ip vpc flows_egone"):
        added = next(number for number, line in enumerate(lines) if line.startswith(f"add {kind}"))
        assert lines.index(f"delete {kind}") > added


def test_a_gateway_without_public_addresses_lets_nothing_pass() -> None:
    nobody = replace(vpc(), interfaces=(OTHER,))
    assert "accept\n" not in enforcement.gateway(nobody).replace("policy accept;", "")
    assert "10.0.0.10 : 203.0.113.1" in enforcement.gateway(vpc())
