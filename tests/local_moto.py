"""moto as the tests use it: Amazon Linux 2023 and no other image, and AWS's models parsed once a process."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
import pytest
from moto import mock_aws
from moto.ec2.models import amis

load_resource = amis.load_resource  # type: ignore[attr-defined]
create_loader = functools.cache(botocore.session.create_loader)


@functools.cache
def images(path: str) -> tuple[dict[str, Any], ...]:
    """Those of moto's images, in one of its files, that a stack launches."""
    return tuple(image for image in load_resource(path) if image["name"].startswith("al2023-ami-2023"))


@contextmanager
def local_moto() -> Iterator[None]:
    """Is moto's `mock_aws`, without 1,300 images that it makes anew and megabytes that a session reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amis, "AMIS", [])
        patch.setattr(amis, "load_resource", lambda path: copy.deepcopy(list(images(path))))
        patch.setattr(botocore.session, "create_loader", create_loader)
        with mock_aws():
            yield
