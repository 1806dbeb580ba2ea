"""A browser without a screen, as a person would hold it: so wide, in light or dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
Theme = Literal["light", "dark"]
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container has 64 MB there
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--no-first-run",
)


class NoBrowserError(Exception):
    """This machine has no browser that starts: the text says why."""


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """Chromium, driven by its own driver, until the end. Raises NoBrowserError."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which(DRIVER)
    if not program or not driver:
        raise NoBrowserError(f"{'no chromedriver' if program else 'no Chromium'} here: install it as root")
    options = webdriver.ChromeOptions()
    options.binary_location = str(Path(program))
    for argument in ARGUMENTS:
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which root's Chromium refuses to have
    try:
        chrome = webdriver.Chrome(options, Service(driver))
    except WebDriverException as error:
        raise NoBrowserError(f"{program} does not start: {str(error.msg).splitlines()[0]}") from error
    try:
        yield chrome
    finally:
        chrome.quit()


def hold(chrome: webdriver.Chrome, width: int, theme: Theme, height: int = 900) -> None:
    """Makes the window that wide, in CSS pixels, and the system's theme that."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
