"""A folder as a zip that depends on nothing but its files' names and bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
UNIX, READABLE = 3, 0o100644


def archive(folder: Path) -> bytes:
    """Returns the folder's files as a zip, without the bytecode that somebody's Python left beside them.
    Stored, not deflated: compressors differ between machines."""
    buffer = io.BytesIO()
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    files = {file.relative_to(folder).as_posix(): file for file in found}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = UNIX, READABLE << 16
            target.writestr(entry, files[name].read_bytes())
    return buffer.getvalue()
