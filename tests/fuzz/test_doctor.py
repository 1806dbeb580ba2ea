"""Whatever a region looks like, and whatever of it could be read: the doctor has an answer, and what it
proposes its own checks and the template let through."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from doctor.consultation import consult
from doctor.terminal import show
from natkeeper.core.doctor.checks import CHECKS, examine
from natkeeper.core.doctor.facts import Facts, Gateway, Machine, PlacedSubnet, PlacedTable, Vpc
from natkeeper.core.doctor.findings import Occasion, Verdict
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.model import InstanceId, Route, RouteTableId, SubnetId, Unread, VpcId, ZoneName
from natkeeper.doctor.request import asked_for
from tests.fuzz.hostile import fuzzed
from tests.fuzz.test_parameters import PATTERNS
from tests.unit.core.test_doctor import HEALTHY, NOW

MODEL = asked_for({})
VPC = VpcId("vpc-0123456789abcdef0")
ZONES = [ZoneName(f"us-east-1{name}") for name in ("a", "b", "c", "d", "-bos-1a")]
USUAL = ["igw-1", "igw-1", "nat-1", "nat-1", "nat-2", "eni-9", None]
ODD = [
    "cagw-1", "nat-9", "eni-1", "i-1", "tgw-1", "pcx-1", "vpce-1", "eigw-1", "an unknown target",
    "arn:aws:networkmanager::1:core-network/1",
]  # fmt: skip
TARGETS = st.sampled_from(USUAL) | st.sampled_from(USUAL) | st.sampled_from(ODD)
NETWORK = (
    "VPC", "public subnets", "one public subnet a zone", "way out of the public subnets", "route tables",
    "private route tables", "ranges",
)  # fmt: skip
PARTS = ("gateways", "machines", "carried", "acls", "subnets", "tables", "vpcs", "kinds", "block", "offers")
words = st.text(max_size=8)


def subnet_id(number: int) -> SubnetId:
    return SubnetId(f"subnet-{number:017x}")


seldom = st.sampled_from([False] * 5 + [True])


@st.composite
def subnets(draw: st.DrawFn) -> dict[SubnetId, PlacedSubnet]:
    found = {}
    for number in range(draw(st.integers(2, 9))):
        second, zone, free = draw(st.integers(0, 6)), draw(st.sampled_from(ZONES)), draw(st.integers(0, 3))
        ranges = () if draw(seldom) else (f"10.{2 * second}.{number}.0/24",)
        found[subnet_id(number)] = PlacedSubnet(VPC, Subnet(zone, ranges), free)
    return found


@st.composite
def tables(draw: st.DrawFn, listed: list[SubnetId]) -> tuple[PlacedTable, ...]:
    count = draw(st.integers(2, 5))
    main, homes = draw(st.integers(0, count)), {name: draw(st.integers(-1, count)) for name in listed}
    others = st.lists(st.tuples(st.sampled_from(["10.0.0.0/8", "::/0"]), st.sampled_from(ODD)), max_size=2)
    found = []
    for number in range(count):
        first = st.sampled_from(USUAL[:1] if number == 0 else USUAL[2:4])
        route = Route(RouteTableId(f"rtb-{number:017x}"), draw(first | TARGETS), blackhole=draw(seldom))
        members = tuple(name for name, home in homes.items() if home == number)
        table = Table(route, members, main=number == main)
        found.append(PlacedTable(VPC, table, tuple(draw(others))))
    return tuple(found)


@st.composite
def regions(draw: st.DrawFn) -> Facts:
    placed = draw(subnets())
    homes = st.sampled_from([None, *placed, subnet_id(99)])
    gateways = tuple(
        Gateway(f"nat-{number}", VPC, draw(homes), public=not draw(seldom), zones=draw(st.integers(1, 3)))
        for number in range(draw(st.integers(0, 2)) + 1)
    )
    machine = Machine(InstanceId("i-1"), "t4g.nano", ZONES[0], 2, ("eni-1",), NOW, draw(words), draw(words))
    facts = replace(
        HEALTHY,
        account="123456789012",
        vpcs=(Vpc(VPC, tuple(f"10.{2 * n}.0.0/16" for n in range(draw(st.integers(1, 7)))), draw(words)),),
        subnets=placed,
        tables=draw(tables(list(placed))),
        gateways=gateways,
        carried={"nat-1": tuple(draw(st.lists(st.floats(0, 1e15), max_size=3)))},
        machines=(replace(machine, runs=draw(st.booleans())),),
    )
    unread: dict[str, Any] = dict.fromkeys(
        draw(st.sets(st.sampled_from(PARTS), max_size=2)), Unread("denied")
    )
    return replace(facts, **unread)


@fuzzed(100)
@given(regions(), words)
def test_there_is_always_an_answer_and_its_line_passes(facts: Facts, profile: str) -> None:
    consultation = consult(facts, MODEL, (), profile)
    out = io.StringIO()
    show(consultation, Console(file=out, emoji=False, width=120))

    assert json.loads(json.dumps(consultation.figures()))["region"] == "us-east-1"
    assert all(c.isprintable() or c == "\n" for c in out.getvalue())
    for proposal in (outlook.proposal for outlook in consultation.outlooks if outlook.proposal):
        findings = examine(facts, proposal.asked, Occasion.BEFORE)
        assert not [f for f in findings if f.check.name in NETWORK and f.verdict is Verdict.WRONG]
        given_ = parameters_of(proposal.command("us-east-1", profile))
        assert asked_for(given_, proposal.asked.stack, account=proposal.asked.account) == proposal.asked
        assert all(re.fullmatch(PATTERNS[name], text) for name, text in given_.items() if name in PATTERNS)


def parameters_of(line: str) -> dict[str, str]:
    listed = shlex.split(line)
    return dict(word.split("=", 1) for word in listed[listed.index("--parameter-overrides") + 1 :])


@fuzzed(100)
@given(regions(), st.sampled_from(Occasion), st.data())
def test_every_check_comes_to_a_verdict_whatever_is_asked_for(
    facts: Facts, occasion: Occasion, data: st.DataObject
) -> None:
    numbers = st.lists(st.integers(0, 9), max_size=3)
    asked = asked_for(
        {
            "ExistingVpcId": data.draw(st.sampled_from([VPC, "vpc-0", ""])),
            "ExistingPublicSubnetIds": ",".join(subnet_id(n) for n in data.draw(numbers)),
            "ExistingPrivateRouteTableIds": ",".join(f"rtb-{n:017x}" for n in data.draw(numbers)),
            "PrivateCidrs": data.draw(st.sampled_from(["", "10.0.0.1/8", "10.0.0.0/16,10.4.0.0/16"])),
            "InstanceTypes": data.draw(st.sampled_from(["auto", "t9.nano", "t4g.nano,t3.nano"])),
        },
        data.draw(st.sampled_from(["", "natkeeper"])),
        account=data.draw(st.sampled_from(["", "123456789012"])),
    )
    named = {check.name for check in CHECKS if occasion in check.occasions and check.on(asked)}

    assert {finding.check.name for finding in examine(facts, asked, occasion)} == named
