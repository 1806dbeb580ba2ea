"""Which instance types a launch tries: the user's list, or a cheap one that fits the image."""

from __future__ import annotations

import re

AUTO = "auto"
ARM_TYPES = ("t4g.nano", "t4g.micro", "t4g.small")
X86_TYPES = ("t3.nano", "t3a.nano", "t3.micro")
"""An account on the Free Plan is refused a nano, and gets the micro (EC2 User Guide, Free Tier)."""
_GRAVITON = re.compile(r"([a-z]+\d+g[a-z]*|a1)\.")
"""AWS's naming: the letter right after the generation tells the processor, g for Graviton (arm64)."""


def choose_types(listed: str, image: str) -> tuple[tuple[str, ...], str]:
    """The types, best first, for an image whose parameter's name may tell its architecture; and what is
    wrong with the list, empty when nothing is."""
    arm = re.search(r"arm64|aarch64", image) is not None
    x86 = re.search(r"x86_64|amd64", image) is not None
    if listed == AUTO:
        if not (arm or x86):
            return X86_TYPES, f"is 'auto', but {image!r} does not tell its architecture: list types"
        return (ARM_TYPES if arm else X86_TYPES), ""
    types = tuple(listed.split(","))
    wrong = [t for t in types if (arm or x86) and bool(_GRAVITON.match(t)) is not arm]
    if wrong:
        kind = "arm64" if arm else "x86_64"
        return types, f"has {', '.join(wrong)}: it should be {kind} like the image"
    return types, ""
