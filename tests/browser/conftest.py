"""One browser for the file, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from selenium.webdriver import Chrome

from lab.console.browser import NoBrowserError, browser


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    """A browser without a screen. Where none can be had its tests are skipped, and the summary says why."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(browser())
        except NoBrowserError as error:
            pytest.skip(f"no browser: {error}")
        yield made
