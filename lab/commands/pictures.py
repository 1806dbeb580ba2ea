"""Screenshots of the picture: a stack at rest, a heal, a zone asleep, light and dark, wide and narrow."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from selenium.webdriver import Chrome

from lab.commands.scenarios import terminate
from lab.commands.timelines import BUILD
from lab.console.browser import NoBrowserError, Theme, browser, hold
from lab.ec2.clock import wait_until
from lab.local_aws.aws import ROOT, LocalAws
from lab.stage.dashboards import dashboards_shown
from lab.stage.deployment import build, deploy_to_rest
from lab.stage.orders import send_order

PLACE = BUILD / "picture"
WIDTHS = (320, 1200)  # CSS pixels
PATIENCE = 120.0
LONG_BOOT = 20.0  # seconds: the heal lasts for as long as its portraits take


@dataclass(frozen=True)
class Studio:
    """A browser before the dashboards of a local AWS."""

    chrome: Chrome

    def wait(self, words: str) -> None:
        """Waits until the page says so. Raises TimeoutError with what it says instead."""
        if not wait_until(lambda: words in self._text(), PATIENCE):
            raise TimeoutError(f"the picture does not say {words!r}: {self._text()}")

    def portray(self, name: str) -> None:
        """One file for each width and theme."""
        for width in WIDTHS:
            for theme in get_args(Theme):
                hold(self.chrome, width, theme)
                hold(self.chrome, width, theme, self._height())
                self.chrome.save_screenshot(str(PLACE / f"{name}-{width}-{theme}.png"))

    def _text(self) -> str:
        return str(self.chrome.execute_script("return document.body.innerText"))

    def _height(self) -> int:
        return int(self.chrome.execute_script("return document.documentElement.scrollHeight"))


def main() -> int:
    """Takes them. Returns 2 where there is no browser."""
    PLACE.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as logs, browser() as chrome:
            build()
            with LocalAws(Path(logs), minute=10) as aws, dashboards_shown(aws) as address:
                _take(Studio(chrome), aws, address)
    except NoBrowserError as error:
        print(f"No pictures: {error}")
        return 2
    print(f"{len(list(PLACE.glob('*.png')))} screenshots in {PLACE.relative_to(ROOT)}")
    return 0


def _take(studio: Studio, aws: LocalAws, address: str) -> None:
    view = deploy_to_rest(aws, within=PATIENCE)
    studio.chrome.get(address)
    studio.wait("2 zones served")
    studio.portray("at-rest")
    aws.control.timings(boot=LONG_BOOT)
    terminate(aws, view.zones())
    studio.wait("served by another zone's node")
    studio.portray("heal")
    studio.wait("2 zones served")
    send_order(aws, "sleep")
    studio.wait("1 zone served; 1 zone asleep")
    studio.portray("asleep")
