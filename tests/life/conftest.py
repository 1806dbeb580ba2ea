"""One build for every file of a process, and a local AWS that makes haste."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.local_aws.aws import LocalAws
from lab.stage.deployment import build

QUICK = {
    "pending": 0.2,
    "shutting_down": 0.2,
    "interface_release": 0.5,
    "registration": 0.1,
    "boot": 0.2,
}
MINUTE = 8.0
PARAMETERS = {"DrainSeconds": "1", "MaxLaunchesPerHour": "20"}
PATIENCE = 300.0


@contextmanager
def quick_aws(logs: Path) -> Iterator[LocalAws]:
    """A local AWS in which nothing takes longer than it must. Instances are paper."""
    with LocalAws(logs, minute=MINUTE) as aws:
        aws.control.timings(**QUICK)
        yield aws


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it is, built. `NATKEEPER_BUILT` names a build that is to be used instead."""
    given = os.environ.get("NATKEEPER_BUILT")
    folder = Path(given) if given else tmp_path_factory.mktemp("built")
    if not given:
        build(folder)
    return folder


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS for the file."""
    with quick_aws(tmp_path_factory.mktemp("aws")) as made:
        yield made
