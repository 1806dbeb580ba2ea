"""What the doctor says of network ACLs: which of the packets that a NAT needs they drop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.facts import Acl, AclRule
from natkeeper.core.model import RouteTableId, SubnetId, VpcId
from tests.unit.core.doctor_situations import place, table, with_subnets, with_tables, words
from tests.unit.core.test_doctor import ASKED, OPEN, PUBLIC, VPC

OUT = ["TCP to port 80 of the internet", "TCP to port 443 of the internet"]
ANSWERS = [f"answers to port {port} from the internet" for port in (1024, 32768, 65535)]
HOSTS_IN, HOSTS_OUT = "TCP to port 443 from 10.0.1.0/24", "answers to port 32768 of 10.0.1.0/24"
ALL = [*OUT, *ANSWERS, HOSTS_IN, HOSTS_OUT]
CURE = "allow it in the ACL, for both directions: an ACL does not remember connections"
EVERYWHERE = "0.0.0.0/0"


def dropped(*rules: AclRule, asked: Any = ASKED, **changed: Any) -> list[str]:
    """What an ACL of the public subnet with these rules does not let through."""
    told = words("network ACLs", asked, acls=(Acl("acl-1", (PUBLIC,), rules),), **changed)
    if not told:
        return []
    ((what, cure),) = told
    assert cure == CURE
    start = "network ACL acl-1 of subnet-public does not let through "
    assert what.startswith(start)
    return what.removeprefix(start).split("; ")


def denying(low: int, high: int, net: str = EVERYWHERE, *, egress: bool, protocol: str = "6") -> AclRule:
    return AclRule(50, egress, allows=False, protocol=protocol, range=net, ports=(low, high))


@pytest.mark.parametrize("vpc", [VPC, None])
def test_an_acl_without_rules_drops_all_and_each_is_told(vpc: VpcId | None) -> None:
    assert dropped(asked=replace(ASKED, vpc=vpc)) == ALL


def test_each_direction_is_looked_at_by_itself() -> None:
    out, back = OPEN

    assert dropped(out) == [*ANSWERS, HOSTS_IN]
    assert dropped(back) == [*OUT, HOSTS_OUT]
    assert dropped(out, back) == []


@pytest.mark.parametrize(
    ("ports", "egress", "told"),
    [
        ((80, 80), True, OUT[:1]),
        ((443, 443), True, OUT[1:]),
        ((1, 79), True, []),
        ((81, 442), True, []),
        ((444, 32767), True, []),
        ((32768, 32768), True, [HOSTS_OUT]),
        ((32769, 65535), True, []),
        ((443, 443), False, [HOSTS_IN]),
        ((1, 442), False, []),
        ((444, 1023), False, []),
        ((1024, 1024), False, ANSWERS[:1]),
        ((1025, 32767), False, []),
        ((32768, 32768), False, ANSWERS[1:2]),
        ((32769, 65534), False, []),
        ((65535, 65535), False, ANSWERS[2:]),
    ],
)
def test_a_rule_reaches_from_its_first_port_to_its_last(
    ports: tuple[int, int], egress: bool, told: list[str]
) -> None:
    assert dropped(denying(*ports, egress=egress), *OPEN) == told
    assert dropped(denying(*ports, egress=egress, protocol="17"), *OPEN) == []


@pytest.mark.parametrize(
    ("net", "told"),
    [
        ("10.0.1.4/32", [HOSTS_IN]),
        ("10.0.1.5/32", []),
        ("10.0.1.0/30", []),
        ("10.0.1.77/24", [HOSTS_IN]),
        ("10.0.0.0/24", []),
    ],
)
def test_a_private_subnet_is_looked_at_by_the_first_address_that_aws_gives_to_a_host(
    net: str, told: list[str]
) -> None:
    assert dropped(denying(1, 65535, net, egress=False), *OPEN) == told


def test_every_range_that_is_served_is_looked_at_once() -> None:
    listed = with_subnets(subnet_2=place("10.0.9.0/24", "10.0.3.0/24"))
    tables = with_tables(table("2", "eni-1", "subnet-2"), table("3", "eni-1", "subnet-2"))
    asked = replace(ASKED, tables=(*ASKED.tables, RouteTableId("rtb-2"), RouteTableId("rtb-3")))
    told = dropped(denying(443, 443, egress=False), *OPEN, asked=asked, subnets=listed, tables=tables)

    assert told == [f"TCP to port 443 from 10.0.{number}.0/24" for number in (1, 3, 9)]


def test_a_table_that_is_not_there_serves_nobody() -> None:
    asked = replace(ASKED, tables=(RouteTableId("rtb-2"),))

    assert dropped(denying(443, 443, egress=False), *OPEN, asked=asked) == []


def test_every_subnet_that_an_acl_guards_is_named_and_no_other() -> None:
    second, third = SubnetId("subnet-2"), SubnetId("subnet-3")
    asked = replace(ASKED, public_subnets=(PUBLIC, second, third))
    guards = Acl("acl-1", (second, SubnetId("subnet-private"), PUBLIC), (OPEN[0],))
    ((what, _),) = words("network ACLs", asked, acls=(guards, Acl("acl-2", (third,), OPEN)))

    assert what.startswith("network ACL acl-1 of subnet-public, subnet-2 does not let through answers")
