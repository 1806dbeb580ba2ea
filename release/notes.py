"""The text of a release: `python -m release.notes v0.2.0` prints the changelog's section of it."""

from __future__ import annotations

import re
import sys

from release.version import ROOT, version


def notes(changelog: str, tag: str) -> str:
    """Returns what the changelog says of the version that a tag such as v0.2.0 names. Raises ValueError when
    the tag is not of the checked-out version, and when that has no section."""
    if tag != f"v{version()}":
        raise ValueError(
            f"tag {tag} is not of version {version()}, which pyproject.toml names: tag v{version()}"
        )
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title.strip() == version():
            return text.strip()
    raise ValueError(f"CHANGELOG.md has no section '## {version()}': write it, then tag again")


if __name__ == "__main__":
    print(notes((ROOT / "CHANGELOG.md").read_text(), sys.argv[1]))
