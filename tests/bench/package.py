"""Size of the built layer and functions: zipped as SAM uploads them, and unpacked as Lambda runs them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(".aws-sam/build")
LAYER = "NatkeeperLayer"
PARTS = (LAYER, "ReconcileFunction", "ProbeFunction", "ReportFunction", "PictureFunction", "TeardownFunction")


@dataclass(frozen=True)
class Size:
    """Bytes."""

    zipped: int
    unpacked: int


def size(folder: Path) -> Size:
    """The folder's as a deflated zip, and the sum of its files'."""
    buffer = io.BytesIO()
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(folder))
    return Size(len(buffer.getvalue()), sum(file.stat().st_size for file in files))


def rows() -> dict[str, Size]:
    """By part."""
    return {part: size(BUILD / part) for part in PARTS}
