"""What of the stack's own images is read in a look: seldom anything, and never more than one call.

In a calm look it is read instead of the workloads, so that no sweep makes more calls than any other.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from natkeeper.core.image import Baking
from natkeeper.core.policy import Policy


class Reading(StrEnum):
    """What to ask AWS."""

    NOTHING = "nothing"
    IMAGES = "images"
    BASE = "base"


def due_reading(baking: Baking, policy: Policy, now: datetime) -> Reading:
    """The images in each look while one is made, else once a day, and so what the launch template's parameter
    names. Who wants no image asks only as long as there may be one to take away."""
    if not policy.own_image and not (baking.images or baking.busy):
        return Reading.NOTHING
    if baking.busy or baking.listed_at is None or now - baking.listed_at >= policy.image_look:
        return Reading.IMAGES
    last = baking.base_read_at
    base = policy.own_image and (last is None or now - last >= policy.base_look)
    return Reading.BASE if base else Reading.NOTHING
