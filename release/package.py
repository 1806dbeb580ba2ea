"""The files of a release, from what `sam build` made."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from release.archive import archive
from release.processed_template import folders, processed
from release.version import version

PREFIX = "natkeeper"
"""The folder of the bucket that all files lie in."""
SUMS = "SHA256SUMS"


def template_name() -> str:
    """Returns the file name of the processed template."""
    return f"natkeeper-{version()}.json"


def package(build: Path) -> dict[str, bytes]:
    """Returns each file of a release by its name: the processed template, a zip for each function and the
    layer, and the checksums in the form that `sha256sum --check` reads. A zip's name holds its checksum: so
    releases lie side by side in one bucket, and changed code is a changed key. Raises OSError when there is
    nothing built."""
    template = yaml_parse((build / "template.yaml").read_text())
    zips = {name: archive(build / folder) for name, folder in folders(template).items()}
    names = {name: f"{name}-{_checksum(content)[:16]}.zip" for name, content in zips.items()}
    made = processed(template, {name: f"{PREFIX}/{zipped}" for name, zipped in names.items()})
    files = {names[name]: content for name, content in zips.items()}
    files[template_name()] = (json.dumps(made, indent=1) + "\n").encode()
    return files | {SUMS: "".join(f"{_checksum(files[name])}  {name}\n" for name in sorted(files)).encode()}


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
