"""Corrected moto in this process with a corner under it, one for each module."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator

import boto3
import pytest
from moto.ec2.models import ec2_backends

from lab.ec2.corrected import corrected
from lab.ec2.event_bus.events import Event
from lab.ec2.timings import Timings
from lab.ec2.world import World
from lab.packets.corner import refusal
from lab.packets.underlay import Underlay
from tests.local_moto import local_moto
from tests.resources import intel_image

from .region import Region, StoppableClock

ACCOUNT, PLACE = "123456789012", "us-east-1"
QUICK = Timings(pending=0.02, shutting_down=0.1, stopping=0.1, interface_release=0.1, registration=0.1,
                boot=0.02, delivery=0.02, gateway=0.2, gateway_deletion=0.2)  # fmt: skip

cached_refusal = functools.cache(refusal)


@functools.cache
def session() -> boto3.Session:
    return boto3.Session(region_name=PLACE)


@pytest.fixture(scope="session")
def granted() -> None:
    """Skips, with the reason, where the kernel grants no corner."""
    if reason := cached_refusal():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def region(granted: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    """A VPC with packets. It is the module's: leave it as it was found."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        underlay = Underlay(tmp_path_factory.mktemp("packets"))
        clock = StoppableClock()
        events: list[Event] = []
        world = World(events.append, clock, underlay.guest, copy.copy(QUICK))
        try:
            with corrected(world), local_moto():
                underlay.follow(world, ec2_backends[ACCOUNT][PLACE])
                ec2 = session().client("ec2")
                image = intel_image(ec2)
                made = Region(ec2, session().client("ssm"), world, underlay, image, events)
                made.build()
                yield made
                for each in made.conversations:
                    each.close()
                clock.ended = True
        finally:
            underlay.close()
