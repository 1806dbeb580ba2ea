"""A deployed stack's picture on the local AWS, in a real browser: a person watches a heal, and orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.commands.scenarios import all_well
from lab.console.browser import NoBrowserError, browser, hold
from lab.ec2.clock import wait_until
from lab.local_aws.aws import LocalAws
from lab.stage.dashboards import dashboards_shown
from lab.stage.deployment import STACK, deploy
from lab.stage.stack_view import StackView
from tests.browser.dashboard import Dashboard
from tests.life.conftest import PARAMETERS, PATIENCE


@pytest.fixture(scope="module")
def view(aws: LocalAws, built: Path) -> StackView:
    """The template as it is, at rest."""
    made = deploy(aws, STACK, built, **PARAMETERS)
    assert wait_until(lambda: all_well([], made.zones()), PATIENCE)
    return made


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
    assert '"summary": "obeyed: ' in page.confirm()
    page.close()
    page.wait(lambda: "natkeeper only watches" in page.text())

    page.press("Resume")
    assert '"summary": "obeyed: ' in page.confirm()
    page.close()
    page.wait(lambda: "natkeeper only watches" not in page.text())
