"""Images of the stack's own, from which a node boots without any mirror of packages.

A *baker* is an instance of the launch template that nothing is ever routed to: when its probe passes, an
image is made of it. A *taster* is launched from that image: when its probe passes too, nodes come from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from natkeeper.core.model import ImageId, InstanceId, Unread

OLDER_KEPT = timedelta(days=3)
"""So long an older image stands by, once a newer one is proven."""
BAKER, TASTER = "baker", "taster"
"""Roles of instances that are no nodes."""


class ImageState(StrEnum):
    """What EC2 says of an image; of its other states none comes to anything (API reference, Image)."""

    PENDING = "pending"
    AVAILABLE = "available"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the stack: of which baker, from which image that was launched, and by which version of the
    launch template (0: of another template)."""

    id: ImageId
    made_at: datetime
    state: ImageState
    version: int
    baker: InstanceId | None = None
    base: ImageId | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was read of the images in this look; None: nobody asked. `base` is what the launch template's
    parameter names now."""

    images: tuple[Image, ...] | Unread | None = None
    base: ImageId | Unread | None = None


@dataclass(frozen=True, slots=True)
class Baking:
    """What is remembered of the images: the last listing, when a baker and a taster were last launched,
    whether one is there (`busy`), from which images somebody has come to work (`verified`), and which EC2
    refused, or gave somebody who did not come to work in time (`struck`). Losing it costs one more taster."""

    images: tuple[Image, ...] = ()
    listed_at: datetime | None = None
    base: ImageId | None = None
    base_read_at: datetime | None = None
    baked_at: datetime | None = None
    tasted_at: datetime | None = None
    busy: bool = False
    verified: Mapping[ImageId, datetime] = field(default_factory=dict)
    struck: Mapping[ImageId, datetime] = field(default_factory=dict)

    def of_version(self, version: int) -> tuple[Image, ...]:
        """Images that this version of the launch template may be launched with, the newest first."""
        fit = (i for i in self.images if i.version == version and i.state is not ImageState.FAILED)
        return tuple(sorted((i for i in fit if i.id not in self.struck), key=_age, reverse=True))

    def default(self, version: int) -> ImageId | None:
        """The image that nodes are launched from; None: the launch template's own."""
        good = (i.id for i in self.of_version(version) if i.state is ImageState.AVAILABLE)
        return next((name for name in good if name in self.verified), None)


def _age(image: Image) -> tuple[datetime, ImageId]:
    return image.made_at, image.id
