"""The hub's page in a real browser: whole at any width, in either theme, with strangers' words as text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from selenium.webdriver import Chrome

from lab.console.browser import Theme
from natkeeper.core.fleet.hearing import OrderAnswer
from natkeeper.core.fleet.standing import Fleet, Known, rank
from natkeeper.core.fleet.state import ZoneHeal
from natkeeper.core.picture.overview import State
from natkeeper.fleet.hub import Hub
from tests.browser.dashboard import PICTURE, Account, dashboard
from tests.builders import NOW, ago
from tests.journal import Journal
from tests.unit.core.fleet_views import a_state, an_identity, known, zones
from tests.unit.core.test_fleet_page import SAVED
from tests.world.register import Register
from tests.world.timings import AT_ONCE
from tests.world.world import World

LONG = "StackSet-nat-01234567-89ab-cdef-0123-456789abcdef"
HOSTILE = OrderAnswer(
    "Failover", "refused", '<img src=x onerror="document.title=1"> ' + "x" * 200, ago(hours=1)
)


def fleet() -> Fleet:
    """A stack in each state, one with a long name, one of which nothing was heard, and a hostile answer."""
    every = [known(a_state(state, identity=an_identity(f"nat-{state.name.lower()}"))) for state in State]
    heal = ZoneHeal(zones(State.SERVED)[0].name, ago(hours=3), 12.4)
    long = known(a_state(identity=an_identity(LONG), saved=SAVED, heals=(heal,), overdue=2, refused=1))
    silent = known(a_state(identity=an_identity("silent")), ago(days=3))
    return rank((*every, replace(long, answer=HOSTILE), silent), NOW, ("1/2/3 (BadStateError: x)",))


def hub_of(seen: Fleet) -> Hub:
    register = Register(World(1, timings=AT_ONCE).gate)
    register.kept = {row.known.key: row.known for row in seen.rows}
    return Hub(register, Journal(), lambda: NOW)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_the_page_is_whole_and_the_worst_is_first(chrome: Chrome, width: int, theme: Theme) -> None:
    account = Account({PICTURE: hub_of(fleet()).answer})
    with dashboard(chrome, account) as page:
        page.open(width, theme)
        rows = page.texts(".nk-row")

        assert page.outside() == []
        assert rows[0].startswith("✕ no way out")
        assert len(rows) == len(State) + 2
        assert any(LONG in row and "<img src=x" in row for row in rows)
        assert page.chrome.title != "1"
        assert page.all(".nk-row img") == []


def test_each_row_leads_to_its_stacks_own_dashboard(chrome: Chrome) -> None:
    one: Known = known()
    with dashboard(chrome, Account({PICTURE: hub_of(rank((one,), NOW)).answer})) as page:
        page.open()
        address = page.one(".nk-row a").get_attribute("href")

        assert address
        assert address.startswith("https://eu-west-1.console.aws.amazon.com/cloudwatch/")
        assert address.endswith("#dashboards/dashboard/natkeeper")
