"""A pytest plugin for mutation runs: few Hypothesis examples, and always the same ones."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("mutation", max_examples=20, deadline=None, derandomize=True, database=None)
settings.load_profile("mutation")
