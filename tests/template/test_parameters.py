"""Rules of the template refuse what cannot be right together. What each parameter takes: test_values.py."""

from __future__ import annotations

import pytest

from tests.template.cfn import Stack
from tests.template.stacks import ALL, EXISTING, TUTORIAL


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
