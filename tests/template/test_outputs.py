"""Outputs: what others build upon, and commands that do what they say when a shell reads them."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from natkeeper.core.intake.commands import Command
from natkeeper.core.intake.triggers import parse
from tests.builders import NOW
from tests.template.cfn import Stack
from tests.template.stacks import DEFAULT, EXISTING, THREE_ZONES, TUTORIAL

SHOWN = TUTORIAL.outputs()
ORDERS = {name: command for name, command in SHOWN.items() if "put-events" in command}
CALLS = {name: command for name, command in SHOWN.items() if "--payload" in command}
ONLY_IN_THE_SECOND_CLI = ("--cli-binary-format", "--no-cli-pager", "--cli-auto-prompt")


def ordered(name: str) -> Any:
    """The event that an order or a call hands over."""
    words = shlex.split(SHOWN[name])
    if name in CALLS:
        return json.loads(words[1])
    (entry,) = json.loads(words[words.index("--entries") + 1])
    return {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }


PICTURE = "PictureCommand"


@pytest.mark.parametrize("name", [*ORDERS, *sorted(CALLS.keys() - {PICTURE})])
def test_a_command_hands_over_an_order_that_keeps_to_the_grammar(name: str) -> None:
    assert isinstance(parse(ordered(name), "natkeeper", NOW), Command)


def test_the_doctor_needs_no_order_and_answers_people_too() -> None:
    assert SHOWN["DoctorCommand"].endswith("3>&1 >/dev/null | jq -r .summary")


def test_the_picture_is_asked_for_as_text_and_needs_no_order() -> None:
    assert ordered(PICTURE) == {"format": "text"}
    assert "<PictureFunction>" in SHOWN[PICTURE]
    assert SHOWN[PICTURE].endswith("3>&1 >/dev/null | jq -r .")


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {PICTURE}))
def test_a_call_changes_nothing_and_is_answered_for_people(name: str) -> None:
    assert ordered(name)["detail"]["dry_run"] is True
    assert SHOWN[name].endswith("3>&1 >/dev/null | jq -r .summary")


@pytest.mark.parametrize("name", [name for name in SHOWN if name.endswith("Command")])
def test_a_command_is_one_line_and_needs_no_option_of_one_cli_alone(name: str) -> None:
    assert "\n" not in SHOWN[name]
    assert not [option for option in ONLY_IN_THE_SECOND_CLI if option in SHOWN[name]]


@pytest.mark.parametrize(("stack", "zones"), [(DEFAULT, 2), (THREE_ZONES, 3), (Stack({"ZoneCount": "1"}), 1)])
def test_a_new_network_is_shown_zone_by_zone(stack: Stack, zones: int) -> None:
    outputs = stack.outputs()

    assert outputs["VpcId"] == "<Vpc>"
    for kind in ("PublicSubnet", "PrivateSubnet", "PrivateRouteTable"):
        expected = [f"<{kind}{zone}>" for zone in range(1, zones + 1)]
        assert outputs[f"{kind}Ids"].split(",") == expected


def test_a_network_that_existed_is_not_shown_as_ours() -> None:
    assert not EXISTING.outputs().keys() & {"VpcId", "PublicSubnetIds", "PrivateSubnetIds"}
