"""The doctor's judgements, of facts as values: quotas, plan, key, ACLs, and a stack that runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from natkeeper.core.decision.goals import GOALS
from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.checks import examine
from natkeeper.core.doctor.facts import (
    Acl,
    AclRule,
    Block,
    Elastic,
    Facts,
    ImageKind,
    InstanceKind,
    Machine,
    Parameter,
    PlacedSubnet,
    PlacedTable,
    Vpc,
)
from natkeeper.core.doctor.findings import Finding, Occasion, Verdict
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.memory import Contest, Launch, Memory, Refusal, Unwanted, ZoneMemory
from natkeeper.core.model import (
    AllocationId,
    ImageId,
    InstanceId,
    Route,
    RouteTableId,
    SubnetId,
    Unread,
    VpcId,
    ZoneName,
)
from natkeeper.core.policy import Policy

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
VPC, A, B = VpcId("vpc-1"), ZoneName("us-east-1a"), ZoneName("us-east-1b")
PUBLIC, PRIVATE = SubnetId("subnet-public"), SubnetId("subnet-private")
OUTSIDE, INSIDE = RouteTableId("rtb-public"), RouteTableId("rtb-private")
NODE = Machine(InstanceId("i-1"), "t4g.nano", A, 2, ("eni-1",), NOW - timedelta(days=1), stack="natkeeper")
OPEN = (
    AclRule(100, egress=True, allows=True, protocol="-1", range="0.0.0.0/0"),
    AclRule(100, egress=False, allows=True, protocol="-1", range="0.0.0.0/0"),
)
ASKED = Asked(
    vpc=VPC,
    public_subnets=(PUBLIC,),
    tables=(INSIDE,),
    ranges=("10.0.0.0/16",),
    types=("t4g.nano", "t4g.micro"),
    image_parameter="/aws/image",
    stack="natkeeper",
)


def elastics(count: int) -> tuple[Elastic, ...]:
    """So many addresses that nobody uses."""
    return tuple(Elastic(AllocationId(f"eipalloc-{number}"), "us-east-1") for number in range(count))


def table(name: RouteTableId, target: str | None, subnet: SubnetId, **more: Any) -> PlacedTable:
    return PlacedTable(VPC, Table(Route(name, target, **more), (subnet,)))


HEALTHY = Facts(
    "us-east-1",
    NOW,
    vpcs=(Vpc(VPC, ("10.0.0.0/16",), resolves=True),),
    subnets={
        PUBLIC: PlacedSubnet(VPC, Subnet(A, ("10.0.0.0/24",)), 200),
        PRIVATE: PlacedSubnet(VPC, Subnet(A, ("10.0.1.0/24",)), 200),
    },
    tables=(table(OUTSIDE, "igw-1", PUBLIC), table(INSIDE, "eni-1", PRIVATE)),
    acls=(Acl("acl-1", (PUBLIC, PRIVATE), OPEN),),
    machines=(NODE,),
    addresses=(Elastic(AllocationId("eipalloc-1"), "us-east-1", "eni-1", "natkeeper"),),
    address_quota=5,
    vcpu_quota=5,
    parameter=Parameter("ami-1", "aws:ec2:image"),
    image=ImageKind(ImageId("ami-1"), "arm64"),
    kinds={name: InstanceKind(2, frozenset(("arm64",)), name == "t4g.micro") for name in ASKED.types},
    offers={A: frozenset(ASKED.types)},
    disk_key="alias/aws/ebs",
    block=Block("off"),
    plan="PAID",
    online=frozenset((NODE.id,)),
    memory=Memory(zones={A: ZoneMemory()}),
)
"""A stack of one zone that does what it should."""


def found(
    occasion: Occasion = Occasion.RUNNING, asked: Asked = ASKED, /, **changed: Any
) -> dict[str, Finding]:
    """What is not well when these facts differ from the healthy ones, by check."""
    findings = examine(replace(HEALTHY, **changed), asked, occasion)
    return {f.check.name: f for f in findings if f.verdict is not Verdict.OK}


def told(check: str, asked: Asked = ASKED, /, **changed: Any) -> str:
    """What the check alone finds wrong."""
    findings = found(Occasion.RUNNING, asked, **changed)
    assert findings.keys() == {check}
    return " ".join(mistake.what for mistake in findings[check].mistakes)


def zone(**memory: Any) -> Memory:
    return Memory(zones={A: ZoneMemory(**memory)})


@pytest.mark.parametrize("occasion", Occasion)
def test_of_a_healthy_stack_nothing_is_wrong(occasion: Occasion) -> None:
    assert found(occasion) == {}


@pytest.mark.parametrize(
    ("field", "check"),
    [("acls", "network ACLs"), ("vcpu_quota", "vCPU quota"), ("disk_key", "key for disks"),
     ("block", "block public access"), ("offers", "types in each zone"),
     ("online", "agents"), ("parameter", "image")],
)  # fmt: skip
def test_what_was_not_read_is_neither_right_nor_wrong(field: str, check: str) -> None:
    findings = found(**{field: Unread("denied")})

    assert findings.keys() == {check}
    assert (findings[check].verdict, findings[check].unread) == (Verdict.UNREAD, "denied")


def test_a_mistake_stands_though_something_else_was_not_read() -> None:
    findings = found(
        Occasion.DEPLOYMENT, replace(ASKED, types=("t9.nano",), chosen=False), image=Unread("denied")
    )

    assert findings["instance types"].verdict is Verdict.WRONG
    assert findings["instance types"].unread == "denied"


def test_of_the_types_that_auto_takes_one_is_enough() -> None:
    assert found(kinds={"t4g.micro": InstanceKind(2, frozenset(("arm64",)), True)}) == {}
    assert "t4g.nano, t4g.micro" in told("instance types", kinds={})


@pytest.mark.parametrize(
    ("vcpus", "wrong"), [((1, False), False), ((2, False), True), ((96, True), False)], ids=str
)
def test_vcpus_must_do_for_a_successor_beside_what_runs(vcpus: tuple[int, bool], wrong: bool) -> None:
    other = Machine(InstanceId("i-2"), "m5.large", A, vcpus[0], (), NOW, spot=vcpus[1])

    assert ("vCPU quota" in found(machines=(NODE, other))) is wrong


@pytest.mark.parametrize(
    "type_", ["g5.xlarge", "inf2.xlarge", "trn1.2xlarge", "p4d.24xlarge", "hpc7g.4xlarge"]
)
def test_other_families_have_quotas_of_their_own(type_: str) -> None:
    assert found(machines=(NODE, Machine(InstanceId("i-2"), type_, A, 96, (), NOW))) == {}


def test_the_vcpus_of_a_stack_that_runs_are_not_counted_twice() -> None:
    assert "4 vCPUs" in told("vCPU quota", vcpu_quota=3)
    assert found(vcpu_quota=4) == {}


def test_spot_and_what_does_not_run_count_for_nothing_in_the_quota_of_on_demand() -> None:
    theirs = Machine(InstanceId("i-2"), "m5.large", A, 2, (), NOW)

    assert "0 of the quota of 1" in told("vCPU quota", machines=(NODE, theirs), vcpu_quota=1)
    assert "vCPU quota" in found(machines=(replace(NODE, spot=True), theirs))
    assert found(machines=(NODE, replace(theirs, vcpus=96, runs=False))) == {}


@pytest.mark.parametrize(("used", "wrong"), [(4, False), (5, True)])
def test_addresses_must_do_for_one_a_zone(used: int, wrong: bool) -> None:
    assert ("address quota" in found(Occasion.BEFORE, addresses=elastics(used))) is wrong


def test_a_key_of_ones_own_for_disks_is_told_unless_the_stack_knows_it() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"

    assert key in told("key for disks", disk_key=key)
    assert found(Occasion.RUNNING, replace(ASKED, disk_key=key), disk_key=key) == {}
    assert found(disk_key="arn:aws:kms:us-east-1:123456789012:alias/aws/ebs") == {}


@pytest.mark.parametrize("mode", ["block-bidirectional", "block-ingress"])
def test_block_public_access_stops_instances_in_either_mode_but_not_what_is_excluded(mode: str) -> None:
    assert PUBLIC in told("block public access", block=Block(mode))
    assert found(block=Block(mode, frozenset((PUBLIC,)))) == {}
    assert found(block=Block(mode, frozenset((VPC,)))) == {}


def test_the_free_plan_needs_one_type_that_it_has() -> None:
    nano = replace(ASKED, types=("t4g.nano",))

    assert found(Occasion.BEFORE, plan="FREE") == {}
    (mistake,) = found(Occasion.BEFORE, nano, plan="FREE")["account plan"].mistakes
    assert mistake.what == "this account is on the Free Plan, which has none of t4g.nano"


def test_a_zone_without_any_of_the_types_is_told() -> None:
    assert A in told("types in each zone", offers={ZoneName("us-east-1b"): frozenset(ASKED.types)})
    assert A in told("types in each zone", offers={A: frozenset(("c7gn.medium",))})


def test_what_a_parameter_holds_never_comes_into_a_line_to_paste_unless_it_is_an_image() -> None:
    hostile = Parameter("ami-1; rm -rf /", "text")
    (mistake,) = found(Occasion.RUNNING, parameter=hostile)["image"].mistakes

    assert "rm -rf" not in mistake.cure
    quoted = found(
        Occasion.RUNNING, replace(ASKED, image_parameter="/own $(id)"), parameter=Parameter("ami-1", "text")
    )
    assert "--name '/own $(id)' " in quoted["image"].mistakes[0].cure


def acl(*rules: AclRule) -> tuple[Acl, ...]:
    return (Acl("acl-1", (PUBLIC,), rules),)


DENIES = AclRule(50, egress=False, allows=False, protocol="6", range="0.0.0.0/0", ports=(1, 40000))
STRANGER = AclRule(50, egress=False, allows=False, protocol="-1", range="1.1.1.0/24")


def test_the_first_rule_that_fits_decides() -> None:
    assert "answers to port 1024" in told("network ACLs", acls=acl(DENIES, *OPEN))
    assert found(acls=acl(replace(DENIES, number=200), *OPEN)) == {}


def test_an_acl_may_shut_out_a_few_and_other_protocols() -> None:
    assert found(acls=acl(STRANGER, *OPEN)) == {}
    assert found(acls=acl(replace(DENIES, protocol="17"), *OPEN)) == {}


def test_an_acl_of_other_subnets_is_not_looked_at() -> None:
    assert found(acls=(*acl(*OPEN), Acl("acl-2", (PRIVATE,), ()))) == {}


def test_private_hosts_must_reach_the_node_and_hear_from_it() -> None:
    shut = told("network ACLs", acls=acl(*[replace(r, range="8.0.0.0/8") for r in OPEN]))

    assert "TCP to port 443 from 10.0.1.0/24" in shut
    assert "answers to port 32768 of 10.0.1.0/24" in shut


@pytest.mark.parametrize(
    ("target", "state", "wrong"),
    [
        (None, {}, True),
        ("nat-1", {}, True),
        ("eni-1", {"blackhole": True}, True),
        ("nat-1", {"held": True}, False),
        ("i-1", {}, False),
    ],
)
def test_a_table_that_leads_to_no_node_is_told_unless_it_is_held(
    target: str | None, state: dict[str, bool], wrong: bool
) -> None:
    tables = (table(OUTSIDE, "igw-1", PUBLIC), table(INSIDE, target, PRIVATE, **state))

    assert ("served" in found(tables=tables)) is wrong


@pytest.mark.parametrize(
    "memory",
    [Memory(), zone(asleep_since=NOW), zone(unwanted=Unwanted("office hours", NOW))],
    ids=["not begun", "asleep", "unwanted"],
)
def test_a_stack_that_has_not_begun_and_a_zone_that_rests_owe_nothing(memory: Memory) -> None:
    tables = (table(OUTSIDE, "igw-1", PUBLIC), table(INSIDE, None, PRIVATE))

    assert found(tables=tables, machines=(), online=frozenset(), memory=memory) == {}


def test_a_young_node_may_still_be_on_its_way() -> None:
    tables = (table(OUTSIDE, "igw-1", PUBLIC), table(INSIDE, None, PRIVATE))
    young = replace(NODE, launched_at=NOW - timedelta(minutes=5))

    assert found(tables=tables, machines=(young,), online=frozenset()) == {}
    assert found(tables=tables, machines=(NODE,), online=frozenset()).keys() == {"served", "agents"}


def test_a_zone_that_the_controller_has_not_looked_at_or_launches_for_is_on_its_way() -> None:
    tables = (table(OUTSIDE, "igw-1", PUBLIC), table(INSIDE, None, PRIVATE))
    launched = Launch(NOW - timedelta(minutes=5), None)

    assert found(tables=tables, memory=Memory(zones={ZoneName("us-east-1b"): ZoneMemory()})) == {}
    assert found(tables=tables, memory=zone(launches=(launched,))) == {}
    assert found(tables=tables, memory=zone(launches=(replace(launched, at=NOW - timedelta(hours=1)),)))


def test_a_table_in_a_zone_without_nodes_is_looked_at_as_what_serves_it() -> None:
    """Such a zone is in no memory of the controller: it is not on its way for ever."""
    far = {**subnets(), SubnetId("subnet-far"): PlacedSubnet(VPC, Subnet(B, ("10.0.9.0/24",)), 200)}
    tables = (table(OUTSIDE, "igw-1", PUBLIC), table(INSIDE, None, SubnetId("subnet-far")))
    young = replace(NODE, launched_at=NOW - timedelta(minutes=5))

    assert INSIDE in told("served", subnets=far, tables=tables)
    assert found(subnets=far, tables=tables, machines=(young,)) == {}
    assert found(subnets=far, tables=tables, memory=zone(asleep_since=NOW)) == {}


def test_a_table_that_serves_no_subnet_yet_is_not_missed_by_a_young_stack() -> None:
    empty = PlacedTable(VPC, Table(Route(INSIDE, None), ()))
    tables = (table(OUTSIDE, "igw-1", PUBLIC), empty)

    assert found(tables=tables, memory=Memory()) == {}
    assert INSIDE in told("served", tables=tables)


def subnets(free: int = 200, ranges: tuple[str, ...] = ("10.0.0.0/24",)) -> dict[SubnetId, PlacedSubnet]:
    assert not isinstance(HEALTHY.subnets, Unread)
    return {**HEALTHY.subnets, PUBLIC: PlacedSubnet(VPC, Subnet(A, ranges), free)}


@pytest.mark.parametrize("occasion", Occasion)
def test_a_vpc_that_another_account_shares_has_tables_that_only_that_one_may_change(
    occasion: Occasion,
) -> None:
    asked, shared = (
        replace(ASKED, account="123456789012"),
        (Vpc(VPC, (), owner="210987654321", resolves=True),),
    )
    (mistake,) = found(occasion, asked, vpcs=shared)["VPC"].mistakes

    assert "belongs to account 210987654321" in mistake.what
    assert "VPC" not in found(occasion, replace(asked, account="210987654321"), vpcs=shared)
    assert "VPC" not in found(occasion, replace(asked, account=""), vpcs=shared)


@pytest.mark.parametrize("occasion", Occasion)
def test_a_public_subnet_with_ipv6_only_is_no_place_for_a_node(occasion: Occasion) -> None:
    (mistake,) = found(occasion, subnets=subnets(ranges=()))["way out of the public subnets"].mistakes

    assert mistake.what == f"{PUBLIC} has IPv6 only"


@pytest.mark.parametrize(
    ("free", "nodes", "wrong"),
    [(2, 0, False), (1, 0, True), (1, 1, False), (0, 1, True), (0, 2, False)],
    ids=str,
)
def test_a_public_subnet_needs_an_address_for_a_node_and_one_for_its_successor(
    free: int, nodes: int, wrong: bool
) -> None:
    def is_told(asked: Asked, nodes: int) -> bool:
        findings = found(Occasion.BEFORE, asked, subnets=subnets(free), machines=(NODE,) * nodes)
        return "room in the public subnets" in findings

    assert is_told(ASKED, nodes) is wrong
    assert is_told(replace(ASKED, nodes_per_zone=2), nodes + 1) is wrong, "a standby takes one more"


def test_a_zone_that_the_stack_has_no_more_owes_nothing_and_one_with_a_node_left_does() -> None:
    gone = Memory(zones={A: ZoneMemory(), B: ZoneMemory(goals={"served": NOW - timedelta(days=9)})})
    left = replace(NODE, id=InstanceId("i-2"), zone=B)

    assert found(memory=gone) == {}
    assert "goals" in found(memory=gone, machines=(NODE, left))


def test_a_goal_may_take_as_long_as_the_longest_boot() -> None:
    longest = Policy(1, ("t4g.nano",), boot=timedelta(seconds=3600))
    within = max(goal.within(longest) for goal in GOALS)

    assert found(memory=zone(goals={"verified": NOW - within + timedelta(seconds=1)})) == {}


def test_goals_refusals_and_contests_that_last_are_told() -> None:
    earlier, lately = NOW - timedelta(hours=2), NOW - timedelta(minutes=10)
    refusal = Refusal(earlier, NOW, 3, "UnauthorizedOperation")

    assert "'served'" in told("goals", memory=zone(goals={"served": earlier}))
    assert found(memory=zone(goals={"served": lately})) == {}
    assert "UnauthorizedOperation" in told(
        "refusals", memory=Memory(zones={A: ZoneMemory()}, refusals={"launch": refusal})
    )
    assert found(memory=Memory(zones={A: ZoneMemory()}, refusals={"launch": replace(refusal, count=2)})) == {}
    assert "nat-1" in told(
        "owners of the routes", memory=zone(contests={INSIDE: Contest((lately,), "nat-1")})
    )
    assert found(memory=zone(contests={INSIDE: Contest((earlier,), "nat-1")})) == {}


def test_a_finding_tells_machines_the_same_as_people() -> None:
    finding = found(Occasion.BEFORE, replace(ASKED, types=("t4g.nano",)), plan="FREE")["account plan"]
    figures: Any = finding.figures()

    assert (figures["check"], figures["verdict"]) == ("account plan", "wrong")
    assert figures["mistakes"] == [{"what": finding.mistakes[0].what, "what_to_do": finding.mistakes[0].cure}]
    assert figures["why_it_matters"] == finding.check.why
