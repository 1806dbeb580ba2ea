"""For every test."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

# The same examples every time, whoever runs them; FUZZ asks for others, and a mutation run has its own few.
if "FUZZ" not in os.environ and settings.get_current_profile_name() == "default":
    settings.load_profile("ci")


def pytest_collection_finish() -> None:
    """Spares a process the search for garbage among what lives as long as itself: a tenth of its time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
