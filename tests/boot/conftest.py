"""Nodes on demand. Where none can boot, the run ends with the reason and code 2: never a silent skip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.boot import image
from lab.boot.vpc import BootVpc
from lab.packets.corner import refusal
from tests.node.template_script import node_script

Launch = Callable[..., BootVpc]


@pytest.fixture(scope="session")
def images() -> Path:
    """Returns the folder of images."""
    if reason := image.refusal() or refusal():
        pytest.exit(f"boot-test: {reason}", returncode=2)
    try:
        return image.images()
    except image.BuildError as error:
        pytest.exit(f"boot-test: {error}", returncode=2)


@pytest.fixture
def launch(images: Path, tmp_path: Path) -> Iterator[Launch]:
    """Returns a function that makes a VPC whose node is off, with a disk of `distribution`."""
    made: list[BootVpc] = []

    def start(distribution: str, script: str | None = None) -> BootVpc:
        vpc = BootVpc(images, distribution, script or node_script(), tmp_path)
        made.append(vpc)
        vpc.trust()
        return vpc

    try:
        yield start
    finally:
        for vpc in made:
            vpc.close()
