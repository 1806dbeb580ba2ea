"""Parameters refuse what cannot be right, one by one (patterns) and together (rules)."""

from __future__ import annotations

import re

import pytest

from tests.template.cfn import Stack, template
from tests.template.stacks import ALL, EXISTING, HUB, KEY, TUTORIAL

PARAMETERS = template()["Parameters"]
GOOD = {
    "VpcCidr": [
        "10.0.0.0/16",
        *(f"10.1.{third}.0/{size}" for size in range(17, 22) for third in range(0, 256, 2 ** (24 - size))),
    ],
    "OfficeHours": [
        "",
        "Mon-Fri 08:00-20:00 Asia/Tokyo",
        "Mon-Fri 08:00-12:00, Mon-Fri 13:00-20:00, Sat 22:00-02:00 America/Argentina/Buenos_Aires",
        "Mon-Sun 00:00-24:00 Etc/GMT+5",
    ],
    "ExistingVpcId": ["", "vpc-01234567", "vpc-0123456789abcdef0"],
    "ExistingPublicSubnetIds": [
        "",
        "subnet-01234567",
        "subnet-0123456789abcdef0,subnet-01234567",
        ",".join(["subnet-01234567"] * 6),
    ],
    "ExistingPrivateRouteTableIds": ["", "rtb-01234567", ",".join(["rtb-0123456789abcdef0"] * 50)],
    "ExistingAllocationIds": ["", "eipalloc-01234567", "eipalloc-0123456789abcdef0,eipalloc-01234567"],
    "PrivateCidrs": ["", "10.0.0.0/8", ",".join(["10.0.0.0/16"] * 5)],
    "InstanceTypes": ["auto", "t4g.nano", "c7gn.medium,t4g.micro", "u7i-6tb.112xlarge"],
    "ImageParameter": ["/aws/service/debian/release/12/latest/arm64", "/my/nat_image-1.0"],
    "EgressTargets": ["https://1.1.1.1", "http://a.example:8080/x/~y", "https://a.b,https://c.d"],
    "AdminCidr": ["", "203.0.113.7/32", "0.0.0.0/0"],
    "PortForward1": ["", "tcp/9999=10.0.1.10:22", "udp/65535=10.0.1.10:1"],
    "KeyPair": ["", "me@home", "my key-1"],
    "DiskKeyArn": [
        "",
        KEY,
        "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef",
    ],
    "TestHostPort": ["", "9999", "65535"],
    "Tags": ["", "team=net", "aws-team=a b,cost:center/x@y=,awsome=1,C.d+e-f=g_h"],
    "TestHostInstanceType": ["t4g.nano"],
    "TestHostAddress": ["", "10.0.1.10"],
    "Prices": ["{}", '{"nat_gateway_hour": 0.045}', '{"t4g.nano spot":0.0016, "t3.nano":1}'],
    "NotificationEmail": ["", "me@example.com"],
    "FleetBus": ["", HUB, "arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/a/b.c_d"],
    "PermissionsBoundaryArn": [
        "",
        "arn:aws-cn:iam::123456789012:policy/a/b",
        "arn:aws:iam::aws:policy/PowerUserAccess",
    ],
}
BAD = {
    "OfficeHours": [
        "Mon-Fri 08:00-20:00",
        "Mon-Fri 8:00-20:00 UTC",
        "Funday 08:00-20:00 UTC",
        "Mon 08:00-24:01 UTC",
        "Mon 24:00-02:00 UTC",
        "Mon 08:00-20:00,Tue 08:00-20:00 UTC",
    ],
    "VpcCidr": [
        "10.0.0.5/16",
        "10.0.1.0/16",
        *(f"10.1.{2 ** (23 - size)}.0/{size}" for size in range(17, 22)),
        "10.0.0.0",
        "10.0.0.0/22",
        "10.0.0.0/15",
        "10.0.0.256/16",
        "10.0.0.0/16,10.1.0.0/16",
    ],
    "ExistingVpcId": ["vpc-", "vpc-012345678", "my-vpc"],
    "ExistingPublicSubnetIds": ["subnet-01234567, subnet-01234568", ",".join(["subnet-01234567"] * 7)],
    "ExistingAllocationIds": [
        "203.0.113.7",
        "eipalloc-01234567,",
        "eipalloc-01234567, eipalloc-01234568",
        ",".join(["eipalloc-01234567"] * 7),
    ],
    "ExistingPrivateRouteTableIds": [",", "rtb-01234567,", ",".join(["rtb-01234567"] * 51)],
    "PrivateCidrs": ["0.0.0.0/0", "10.0.0.0/33", ",".join(["10.0.0.0/16"] * 6), "10.0.0.0/16;true"],
    "InstanceTypes": ["", "t4g", "auto,t4g.nano", "t4g.nano;t4g.micro"],
    "ImageParameter": ["ami-01234567", "aws/service", "/a b"],
    "EgressTargets": ["", "ftp://a.b", "https://a.b/?q=1", "https://a.b/$(id)", "https://a.b;id"],
    "AdminCidr": ["203.0.113.7", "2001:db8::/32", "203.0.113.7/33"],
    "PortForward1": [
        "9999",
        "tcp/0=10.0.1.10:22",
        "tcp/65536=10.0.1.10:22",
        "tcp/1=host:22",
        "icmp/1=1.1.1.1:1",
    ],
    "KeyPair": ["'", "$HOME", "a" * 256],
    "DiskKeyArn": ["alias/ebs", "arn:aws:kms:us-east-1:123456789012:alias/ebs", KEY[:-1], KEY.split("/")[1]],
    "TestHostPort": ["0", "65536", "22,23"],
    "Tags": [
        "team",
        "=net",
        "aws:team=net",
        "AWS:team=net",
        "team=net,natkeeper:stack=other",
        "Name=x",
        "a=b, c=d",
        "a=b,",
        ",".join(f"k{n}=v" for n in range(6)),
        "a" * 129 + "=b",
    ],
    "TestHostInstanceType": ["t4g"],
    "TestHostAddress": ["10.0.1", "10.0.1.256"],
    "Prices": ["", "0.045", '{"nat_gateway_hour": -1}', '{"a": "b"}', '{"a": 1,}', "{'a': 1}"],
    "FleetBus": [
        HUB.split("/")[1],
        HUB.replace("event-bus", "rule"),
        HUB.replace("events", "sns"),
        f"{HUB} ",
    ],
    "NotificationEmail": ["me", "me@example", "a@b.c d@e.f"],
    "PermissionsBoundaryArn": ["boundary", "arn:aws:iam::123456789012:role/x"],
}


def _pairs(values: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, several in values.items() for value in several]


@pytest.mark.parametrize(("name", "value"), _pairs(GOOD))
def test_a_right_value_is_taken(name: str, value: str) -> None:
    assert re.search(PARAMETERS[name]["AllowedPattern"], value)


@pytest.mark.parametrize(("name", "value"), _pairs(BAD))
def test_a_wrong_value_is_refused(name: str, value: str) -> None:
    assert not re.search(PARAMETERS[name]["AllowedPattern"], value)


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_held_and_explained(name: str) -> None:
    parameter = PARAMETERS[name]
    assert len(parameter["Description"]) <= 120
    held = parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}
    assert held, f"{name} takes anything"
    if "AllowedPattern" in held:
        pattern = parameter["AllowedPattern"]
        assert parameter["ConstraintDescription"]
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert name.startswith("PortForward") or name in GOOD.keys() & BAD.keys()


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_default_is_allowed_so_a_deployment_asks_nothing(name: str) -> None:
    parameter = PARAMETERS[name]
    default = str(parameter["Default"])
    assert re.search(parameter.get("AllowedPattern", ""), default)
    assert default in [str(v) for v in parameter.get("AllowedValues", [default])]


def test_all_port_forwards_have_one_pattern() -> None:
    patterns = {PARAMETERS[f"PortForward{i}"]["AllowedPattern"] for i in range(1, 5)}
    assert len(patterns) == 1


def test_no_parameter_uses_a_type_that_refuses_to_be_empty() -> None:
    assert {p["Type"] for p in PARAMETERS.values()} <= {"String", "Number"}


def test_every_parameter_is_in_one_group_of_the_console() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS)


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_a_sound_stack_breaks_no_rule(stack: Stack) -> None:
    assert stack.broken_rules() == []


@pytest.mark.parametrize(
    "missing", ["ExistingVpcId", "ExistingPublicSubnetIds", "ExistingPrivateRouteTableIds", "PrivateCidrs"]
)
def test_an_existing_network_must_be_named_whole(missing: str) -> None:
    (said,) = Stack({**EXISTING.given, missing: ""}).broken_rules()
    assert missing in said


def test_all_that_is_missing_is_said_at_once() -> None:
    assert len(Stack({"NetworkMode": "existing"}).broken_rules()) == 4


def test_a_new_network_takes_no_existing_ids() -> None:
    (said,) = Stack({"ExistingVpcId": "vpc-01234567"}).broken_rules()
    assert "leave it empty" in said


@pytest.mark.parametrize("name", ["PortForward1", "PortForward2", "PortForward3", "PortForward4"])
def test_a_port_forward_needs_an_admin_range(name: str) -> None:
    (said,) = Stack({name: "tcp/9999=10.0.1.10:22"}).broken_rules()
    assert "AdminCidr" in said


def test_ssh_to_the_node_needs_an_admin_range() -> None:
    (said,) = Stack({"NodeSsh": "true"}).broken_rules()
    assert "AdminCidr" in said


def test_addresses_brought_along_are_kept() -> None:
    brought = {"ExistingAllocationIds": "eipalloc-01234567"}
    (said,) = Stack({**brought, "KeepAddress": "false"}).broken_rules()
    assert "KeepAddress true" in said
    assert Stack(brought).broken_rules() == []


def test_addresses_that_stay_are_kept() -> None:
    (said,) = Stack({"RetainAddresses": "true", "KeepAddress": "false"}).broken_rules()
    assert "KeepAddress true" in said
    assert Stack({"RetainAddresses": "true"}).broken_rules() == []


def test_the_test_host_is_for_a_new_network() -> None:
    (said,) = Stack({**EXISTING.given, "TestHost": "true"}).broken_rules()
    assert "TestHost" in said


def test_the_test_hosts_port_needs_a_test_host_and_an_admin_range() -> None:
    host, admin = Stack({"TestHostPort": "9999"}).broken_rules()
    assert "TestHost=true" in host
    assert "AdminCidr" in admin


def test_the_tutorial_needs_parameters_only() -> None:
    assert TUTORIAL.broken_rules() == []


def test_orders_from_a_hub_need_a_hub() -> None:
    (said,) = Stack({"FleetOrders": "true"}).broken_rules()
    assert "needs FleetBus" in said


@pytest.mark.parametrize("awake", ["office-hours", "on-demand-in-office-hours"])
def test_office_hours_must_be_given_where_they_decide(awake: str) -> None:
    (said,) = Stack({"Awake": awake}).broken_rules()
    assert "needs OfficeHours" in said
    assert Stack({"Awake": awake, "OfficeHours": "Mon 08:00-09:00 UTC"}).broken_rules() == []


@pytest.mark.parametrize("awake", ["always", "on-demand"])
def test_office_hours_are_refused_where_they_mean_nothing(awake: str) -> None:
    (said,) = Stack({"Awake": awake, "OfficeHours": "Mon 08:00-09:00 UTC"}).broken_rules()
    assert "leave them empty" in said
