"""The files of a release, from what `sam build` made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from release.archive import archive
from release.processed_template import folders, processed
from release.version import version

PREFIX = "natkeeper"
"""The folder of the bucket that all files lie in."""
SUMS = "SHA256SUMS"


STACK, FLEET = "natkeeper", "natkeeper-fleet"
"""What a release holds: template.yaml and fleet.yaml, processed."""


def template_name(of: str = STACK) -> str:
    """Returns the file name of a processed template."""
    return f"{of}-{version()}.json"


def package(builds: Mapping[str, Path]) -> dict[str, bytes]:
    """Returns each file of a release by its name: the processed templates, a zip for each function and the
    layer, and the checksums in the form that `sha256sum --check` reads. `builds` is what `sam build` made of
    each template, by its name. Raises OSError when there is nothing built."""
    files = {name: content for of, build in builds.items() for name, content in _files(of, build).items()}
    return files | {SUMS: "".join(f"{_checksum(files[name])}  {name}\n" for name in sorted(files)).encode()}


def _files(of: str, build: Path) -> dict[str, bytes]:
    """A zip's name holds its checksum: so releases lie side by side in one bucket, changed code is a changed
    key, and what two templates have in common is there once."""
    template = yaml_parse((build / "template.yaml").read_text())
    zips = {name: archive(build / folder) for name, folder in folders(template).items()}
    names = {name: f"{name}-{_checksum(content)[:16]}.zip" for name, content in zips.items()}
    made = processed(template, {name: f"{PREFIX}/{zipped}" for name, zipped in names.items()})
    files = {names[name]: content for name, content in zips.items()}
    return files | {template_name(of): (json.dumps(made, indent=1) + "\n").encode()}


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
