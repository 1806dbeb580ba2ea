"""What a person chose is checked whole before it is used, in the template's own names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from natkeeper.core.intake.choices import find_mistakes
from natkeeper.settings import mistakes_in
from tests.template.cfn import Stack
from tests.template.pages import read_by_settings
from tests.template.stacks import ALL

ADMIN = {"AdminCidr": "203.0.113.7/32"}
MADE = {"PUBLIC_SUBNET_IDS", "PRIVATE_ROUTE_TABLE_IDS", "ALLOCATION_IDS", "LAUNCH_TEMPLATE_ID", "TOPIC_ARN"}
MADE |= {
    "LAUNCH_TEMPLATE_VERSION",
    "SECURITY_GROUP_ID",
    "REPAIR_DOCUMENT",
    "REPORT_QUEUE",
    "STACK_NAME",
    "TABLE_NAME",
    "PRICE_REGION",
}


def choices(given: Mapping[str, str]) -> dict[str, str]:
    """What the deployment is checked for, as the custom resource is told it."""
    told = Stack(given).properties("ParametersChecked")["Choices"]
    return {name: str(value) for name, value in told.items()}


def said_of(**given: str) -> list[str]:
    return mistakes_in(choices(given))


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_a_sound_stack_has_no_mistake(stack: Stack) -> None:
    assert mistakes_in(choices(stack.given)) == []


def test_whatever_the_controller_is_told_of_a_persons_choice_is_checked_first() -> None:
    told = {name.upper() for name in (name.replace("Cidrs", "_Cidrs") for name in choices({}))}
    asked = {name.replace("_", "") for name in read_by_settings("Reconcile") - MADE}
    assert asked <= {name.replace("_", "") for name in told}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"InstanceTypes": "t3.nano"}, "InstanceTypes has t3.nano: it should be arm64 like the image"),
        (
            {"InstanceTypes": "t3.nano,t4g.nano,m5.large"},
            "InstanceTypes has t3.nano, m5.large: it should be arm64 like the image",
        ),
        (
            {"ImageParameter": "/golden/image"},
            "InstanceTypes is 'auto', but '/golden/image' does not tell its architecture: list types",
        ),
        (
            {"Spare": "stopped", "Standby": "zone"},
            "Spare is 'stopped' and Standby is 'zone': choose one; the standby serves long before a spare",
        ),
        ({"Tags": "team=a,team=b"}, "Tags is 'team=a,team=b': it should name each key once"),
        (
            {**ADMIN, "NodeSsh": "true", "PortForward3": "tcp/22=10.0.1.10:22"},
            "PortForward3 and NodeSsh take tcp/22: give one of them another port",
        ),
        (
            {**ADMIN, "PortForward1": "udp/53=10.0.1.10:53", "PortForward4": "udp/53=10.0.1.11:53"},
            "PortForward1 and PortForward4 take udp/53: give one of them another port",
        ),
        (
            {**ADMIN, "TestHost": "true", "TestHostPort": "80", "PortForward2": "tcp/80=10.0.1.11:80"},
            "PortForward2 and TestHostPort take tcp/80: give one of them another port",
        ),
    ],
)
def test_a_mistake_is_told_in_the_templates_names(given: dict[str, str], told: str) -> None:
    assert said_of(**given) == [told]


@pytest.mark.parametrize(
    "given",
    [
        {**ADMIN, "PortForward1": "tcp/53=10.0.1.10:53", "PortForward2": "udp/53=10.0.1.10:53"},
        {**ADMIN, "PortForward1": "tcp/2=10.0.1.10:22", "NodeSsh": "true"},
        {**ADMIN, "PortForward1": "tcp/22=10.0.1.10:22"},
        {"ImageParameter": "/golden/image", "InstanceTypes": "t3.nano"},
        {"Spare": "stopped", "Standby": "none"},
        {"Spare": "none", "Standby": "zone"},
    ],
)
def test_what_only_looks_like_a_mistake_is_none(given: dict[str, str]) -> None:
    assert said_of(**given) == []


def test_which_port_is_taken_stands_before_the_first_equals_sign() -> None:
    taken = {"PORT_FORWARD1": "tcp/22=10.0.1.10=22", "NODE_SSH": "true"}

    assert list(find_mistakes(taken)) == [
        "PORT_FORWARD1 and NODE_SSH take tcp/22: give one of them another port"
    ]


def test_every_mistake_is_told_at_once() -> None:
    hours = "Mon-Fri 08:00-20:00, Wed 10:00-12:00 Asia/Tokio"
    assert said_of(Awake="office-hours", OfficeHours=hours, InstanceTypes="t3.nano") == [
        "InstanceTypes has t3.nano: it should be arm64 like the image",
        "OfficeHours: 'Asia/Tokio' is no time zone: it should be one like Europe/Berlin",
        "OfficeHours: the windows at Wed 08:00 and Wed 10:00 overlap",
    ]
