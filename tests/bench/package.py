"""Size of the built layer and functions, zipped as SAM uploads them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

BUILD = Path(".aws-sam/build")
PARTS = ("NatkeeperLayer", "ReconcileFunction", "ProbeFunction", "TeardownFunction")


def zipped(folder: Path) -> int:
    """Bytes of the folder as a deflated zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return len(buffer.getvalue())


def rows() -> dict[str, int]:
    """Bytes by part."""
    return {part: zipped(BUILD / part) for part in PARTS}
