"""A stack of an older template is updated, not rebuilt: what it has keeps its logical id, its type and what
cannot change without a replacement. An address under another id would be released."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.template.cfn import Stack
from tests.template.stacks import EXISTING

RELEASED: Mapping[str, Mapping[str, Any]] = json.loads(Path(__file__).with_name("released.json").read_text())
"""Of the template of 0.2.0: the type of each logical id, which ids a stack had, and properties that stay."""
KEPT = (
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCGatewayAttachment",
)
"""Types that traffic passes, or that the world knows: no property of theirs is another."""
STACKS: Mapping[str, Mapping[str, str]] = {
    "one zone": {"ZoneCount": "1"},
    "two zones": {},
    "three zones": {"ZoneCount": "3"},
    "existing": EXISTING.given,
    "existing, three zones": {
        **EXISTING.given,
        "ExistingPublicSubnetIds": ",".join(f"subnet-0123456789abcdef{n}" for n in range(3)),
    },
    "no address kept": {"KeepAddress": "false"},
    "a test host": {"TestHost": "true", "TestHostPort": "9999", "AdminCidr": "203.0.113.7/32"},
}


@pytest.mark.parametrize("name", STACKS)
def test_whatever_a_released_stack_has_stays_under_its_id(name: str) -> None:
    now = Stack(STACKS[name]).resources()

    assert {i: now[i]["Type"] for i in RELEASED["stacks"][name]} == {
        i: RELEASED["types"][i] for i in RELEASED["stacks"][name]
    }


@pytest.mark.parametrize("name", STACKS)
def test_its_network_and_its_addresses_are_the_same_to_the_last_property(name: str) -> None:
    now = {i: r["Properties"] for i, r in Stack(STACKS[name]).resources().items() if r["Type"] in KEPT}

    assert now == {
        i: RELEASED["properties"][i] for i in RELEASED["stacks"][name] if i in RELEASED["properties"]
    }


def test_what_is_held_is_a_network_of_three_zones() -> None:
    assert {f"{kind}{n}" for kind in ("PublicSubnet", "PrivateSubnet", "Address") for n in (1, 2, 3)} <= (
        RELEASED["properties"].keys()
    )
