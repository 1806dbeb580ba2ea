"""The survivors that no test can kill, each with its reason: `explained.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutation.mutants import Change

LIST = Path(__file__).parent / "explained.toml"


def explanations(text: str) -> Mapping[Change, str]:
    """Why each of these changes survives. Raises ValueError for one explained twice or without a reason."""
    found: dict[Change, str] = {}
    for entry in tomllib.loads(text).get("survivor", []):
        change = Change(entry["module"], entry["function"], entry["was"], entry["becomes"])
        why = entry["why"].strip()
        if change in found or not why:
            raise ValueError(f"{change.module}.{change.function}: {change.was}: explain it, and once")
        found[change] = why
    return found


def complaints(
    survivors: Iterable[Change], explained: Mapping[Change, str], modules: Iterable[str]
) -> list[str]:
    """What is wrong: survivors nobody explained, and explanations of these modules that explain nothing."""
    seen, judged = set(survivors), set(modules)
    unexplained = [f"survives unexplained: {_shown(c)}" for c in sorted(seen - explained.keys(), key=_shown)]
    stale = [c for c in explained if c.module in judged and c not in seen]
    return unexplained + [f"explained, but does not survive: {_shown(c)}" for c in stale]


def _shown(change: Change) -> str:
    return f"{change.module}.{change.function}\n    - {change.was}\n    + {change.becomes}"
