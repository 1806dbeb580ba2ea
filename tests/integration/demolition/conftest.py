"""The site of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.cloud import cloud
from tests.integration.demolition.site import Site


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with cloud(monkeypatch) as aws:
        yield Site(aws)
