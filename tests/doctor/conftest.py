"""A healthy VPC in a region of moto's, nothing of an earlier test's session, and a wide terminal."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.doctor.region import Built, build_vpc, region


@pytest.fixture
def vpc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    with region(monkeypatch) as ec2:
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield build_vpc(ec2)
