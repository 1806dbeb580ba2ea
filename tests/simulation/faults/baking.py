"""What befalls a stack that makes an image of its own, beside all else."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.model import ImageId
from tests.simulation.faults.catalogue import ALL_FAULTS
from tests.simulation.faults.fault import HOURS, Fault, setting, switch, trouble
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life


def _lose_images(life: Life, zone: int) -> None:
    """Somebody deregisters what they do not know."""
    for image in life.world.images.there():
        life.world.images.lose(image.id)


def _end_bakers(life: Life, zone: int) -> None:
    for instance in list(truth.bakers(life.world)):
        life.world.instances.end(instance)


def _newer_base(life: Life, zone: int) -> None:
    life.world.instances.stock = ImageId(f"ami-stock-{life.at:.0f}")


_STRUCK = (
    Fault("mirror of packages down", switch(setting(lambda life: life.world.instances, mirror_down=True), setting(lambda life: life.world.instances, mirror_down=False), 6 * HOURS), 2.0, hampers=Hampers.LAUNCHES),
    Fault("images deregistered", _lose_images, 2.0, hampers=Hampers.NOTHING),
    Fault("bakers ended", _end_bakers, 20.0, hampers=Hampers.NOTHING),
    Fault("newer base", _newer_base, 26.0, source="Amazon Linux 2023: every two weeks", hampers=Hampers.NOTHING),
    Fault("images are made that do not work", switch(setting(lambda life: life.world.images, spoiling=True), setting(lambda life: life.world.images, spoiling=False), 30 * HOURS), 4.0, hampers=Hampers.NOTHING),
    Fault("images come to nothing", switch(setting(lambda life: life.world.images, failing=True), setting(lambda life: life.world.images, failing=False), 30 * HOURS), 4.0, hampers=Hampers.NOTHING),
    Fault("CreateImage denied", trouble("UnauthorizedOperation", "CreateImage", seconds=30 * HOURS), 4.0, hampers=Hampers.NOTHING),
    Fault("images cannot be read or dropped", trouble("UnauthorizedOperation", "DescribeImages", "DeregisterImage", seconds=30 * HOURS), 2.0, hampers=Hampers.NOTHING),
)  # fmt: skip
BAKING_FAULTS = tuple(replace(fault, of_zone=False, group="none") for fault in _STRUCK)
ALL_AND_BAKING = (*ALL_FAULTS, *BAKING_FAULTS)
BAKING_BY_NAME = {fault.name: fault for fault in BAKING_FAULTS}
