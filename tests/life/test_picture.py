"""A deployed stack's picture on the local AWS, in a real browser: a person watches a heal, and orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.console.browser import NoBrowserError, browser, hold
from lab.local_aws.aws import LocalAws
from lab.stage.dashboards import dashboards_shown
from lab.stage.deployment import STACK, deploy_to_rest
from lab.stage.stack_view import StackView
from tests.browser.dashboard import Dashboard
from tests.life.conftest import PARAMETERS, PATIENCE


@pytest.fixture(scope="module")
def view(aws: LocalAws, built: Path) -> StackView:
    """The template as it is, at rest."""
    return deploy_to_rest(aws, STACK, built, within=PATIENCE, **PARAMETERS)


@pytest.fixture(scope="module")
def page(aws: LocalAws, view: StackView) -> Iterator[Dashboard]:
    """The stack's dashboard, open before a person."""
    try:
        with browser() as chrome, dashboards_shown(aws) as address:
            shown = Dashboard(chrome, address, patience=PATIENCE)
            shown.open()
            yield shown
    except NoBrowserError as error:
        pytest.skip(f"no browser: {error}")


def zone(page: Dashboard, number: int) -> str:
    """A zone's card as it can be read, while it may be drawn anew."""
    cards = page.texts(".nk-card")
    return cards[number] if number < len(cards) else ""


def test_a_person_watches_a_heal_and_the_page_is_whole_all_the_time(
    aws: LocalAws, view: StackView, page: Dashboard
) -> None:
    page.wait(lambda: "2 zones served\n" in page.text())
    first, second = view.zones()
    assert first.instance in zone(page, 0)
    aws.client("ec2").terminate_instances(InstanceIds=[first.instance])

    page.wait(lambda: "· served by another zone's node" in zone(page, 0))
    assert second.instance in zone(page, 0)
    for width in (320, 1200):
        hold(page.chrome, width, "dark")
        assert page.outside() == []
    page.wait(lambda: "· served\n" in zone(page, 0))
    healed, _ = view.zones()
    assert healed.instance != first.instance
    page.wait(lambda: f"{healed.instance}: healthy, running" in zone(page, 0))
    page.wait(lambda: first.instance not in zone(page, 0))


def test_its_buttons_are_orders_that_the_deployed_function_obeys(view: StackView, page: Dashboard) -> None:
    page.wait(lambda: view.zones()[0].well)
    assert page.press("Try failover").endswith("Nothing is touched.")
    assert "dry run" in page.confirm()
    page.close()

    page.press("Pause")
    assert page.confirm().startswith("obeyed. ")
    page.close()
    page.wait(lambda: "natkeeper only watches" in page.text())

    page.press("Resume")
    assert page.confirm().startswith("obeyed. ")
    page.close()
    page.wait(lambda: "natkeeper only watches" not in page.text())


def test_the_outage_is_in_the_picture_and_so_is_what_the_doctor_finds(
    view: StackView, page: Dashboard
) -> None:
    assert "The last outages that are over" in page.text()
    assert f"{view.zones()[0].zone}: noticed " in page.text()
    page.press("Doctor")
    assert page.confirm().startswith(f"Stack {STACK} in ")
    page.close()
    page.wait(lambda: "What the doctor found at " in page.text())


def test_it_is_the_same_as_text_and_for_machines(aws: LocalAws, view: StackView) -> None:
    def said(form: str) -> Any:
        asked = json.dumps({"format": form}).encode()
        answer = aws.client("lambda").invoke(FunctionName=f"{STACK}-picture", Payload=asked)
        return json.loads(answer["Payload"].read())

    nodes = [zone.instance for zone in view.zones()]
    text, values = said("text"), said("json")
    assert text.startswith(f"{STACK}: 2 zones served\n")
    assert all(node in text for node in nodes)
    assert [node["id"] for zone in values["zones"] for node in zone["nodes"]] == nodes
