"""A pytest plugin for mutation runs: few Hypothesis examples, always the same; the quickest tests first."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("mutation", max_examples=20, deadline=None, derandomize=True, database=None)
settings.load_profile("mutation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The core's own tests before whole lives of a stack, and examples last: a mutant dies of the first."""
    items.sort(
        key=lambda item: ("/core/" not in item.nodeid, hasattr(getattr(item, "obj", None), "hypothesis"))
    )
