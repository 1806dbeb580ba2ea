"""For every test: a process parses AWS's models once, and moto has Amazon Linux 2023 and no other image."""

from __future__ import annotations

import copy
import functools
import gc
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from moto.ec2.models import amis

load_resource = amis.load_resource  # type: ignore[attr-defined]


@functools.cache
def images(path: str) -> tuple[dict[str, Any], ...]:
    """Those of moto's images, in one of its files, that a stack launches."""
    return tuple(image for image in load_resource(path) if image["name"].startswith("al2023-ami-2023"))


@pytest.fixture(scope="session", autouse=True)
def lean_moto() -> Iterator[None]:
    """Spares each test 1,300 images that moto makes anew, and megabytes of models that a session reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amis, "AMIS", [])
        patch.setattr(amis, "load_resource", lambda path: copy.deepcopy(list(images(path))))
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


def pytest_collection_finish() -> None:
    """Spares a process the search for garbage among what lives as long as itself: a tenth of its time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
