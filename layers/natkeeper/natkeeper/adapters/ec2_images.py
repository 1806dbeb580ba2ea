"""The stack's own images, in EC2, and the image that its launch template's parameter names, in SSM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.ec2_launch import STACK, TEMPLATE, tags_of
from natkeeper.core.actions import CreateImage
from natkeeper.core.errors import AwsError, NotFoundError, RefusedError
from natkeeper.core.image import Image, ImageState
from natkeeper.core.model import ImageId, InstanceId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import (
        FilterTypeDef,
        ImageTypeDef,
        TagSpecificationTypeDef,
        TagTypeDef,
    )
    from mypy_boto3_ssm import SSMClient

BAKED_OF, BASE, VERSION = "natkeeper:baker", "natkeeper:base", "natkeeper:version"
DUPLICATE = "InvalidAMIName.Duplicate"
GONE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")
"""An image that is deregistered (EC2 API, error codes)."""
_DONE = ("success", "skipped")  # of a snapshot: skipped is one that another image needs
_NAME = 128  # characters of an image's name at most (API reference, CreateImage)


@dataclass(frozen=True, slots=True)
class Ec2Images:
    """Images that carry the stack's tag, and their snapshots; no other is ever touched."""

    client: EC2Client
    ssm: SSMClient
    stack: str
    launch_template: str
    parameter: str
    extra: Mapping[str, str] = field(default_factory=dict)  # tags beside our own

    def find(self) -> tuple[Image, ...]:
        """The stack's images in whatever state, in order of their ids: one call."""
        images = find_images(self.client, self.stack)
        with named("understanding the images", f"stack {self.stack}"):
            return tuple(sorted((self._image(i) for i in images), key=lambda image: image.id))

    def _image(self, image: ImageTypeDef) -> Image:
        tags = tags_of(image)
        version = tags.get(VERSION, "")
        ours = tags.get(TEMPLATE) == self.launch_template and version.isdecimal()
        return Image(
            id=ImageId(image["ImageId"]),
            made_at=datetime.fromisoformat(image["CreationDate"]),
            state=_state(image.get("State", "")),
            version=int(version) if ours else 0,
            baker=InstanceId(tags[BAKED_OF]) if BAKED_OF in tags else None,
            base=ImageId(tags[BASE]) if BASE in tags else None,
        )

    def base(self) -> ImageId:
        """What the launch template's `resolve:ssm:` would give now, read as that is (GetParameters)."""
        with named("reading the image's parameter", self.parameter):
            (found,) = self.ssm.get_parameters(Names=[self.parameter])["Parameters"]
            return ImageId(found["Value"])

    def create(self, action: CreateImage) -> None:
        """Begins an image of a running instance, which EC2 shuts down and reboots for it, so that its file
        system is at rest (API reference, CreateImage, NoReboot). The name is the baker's: a second call for
        the same one makes no second image."""
        tags = {
            "Name": f"{self.stack}-nat",
            STACK: self.stack,
            TEMPLATE: self.launch_template,
            VERSION: str(action.version),
            BAKED_OF: action.node,
        }
        tags = {**self.extra, **tags} | ({BASE: action.base} if action.base else {})
        pairs: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
        kinds: tuple[ResourceTypeType, ...] = ("image", "snapshot")
        labels: list[TagSpecificationTypeDef] = [{"ResourceType": kind, "Tags": pairs} for kind in kinds]
        try:
            with named("making an image of", action.node):
                self.client.create_image(
                    InstanceId=action.node,
                    Name=f"natkeeper {action.node} {self.stack}"[:_NAME],
                    TagSpecifications=labels,
                )
        except AwsError as error:
            if error.code != DUPLICATE:
                raise

    def drop(self, image: ImageId) -> None:
        """Takes away an image and its snapshots; one that is gone already is as good."""
        drop_image(self.client, image)


def find_images(client: EC2Client, stack: str) -> Sequence[ImageTypeDef]:
    """The stack's images that are not deregistered."""
    filters: list[FilterTypeDef] = [{"Name": f"tag:{STACK}", "Values": [stack]}]
    with named("listing the images", f"stack {stack}"):
        pages = client.get_paginator("describe_images").paginate(Owners=["self"], Filters=filters)
        return [i for page in pages for i in page["Images"] if i.get("State") != "deregistered"]


def drop_image(client: EC2Client, image: str) -> None:
    """Deregisters an image with its snapshots. Raises RefusedError when one of those was left."""
    try:
        with named("deregistering the image", image):
            answer = client.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    except AwsError as error:
        if error.code in GONE or isinstance(error, NotFoundError):
            return
        raise
    results = answer.get("DeleteSnapshotResults", [])
    left = [r for r in results if r.get("ReturnCode", _DONE[0]) not in _DONE]
    if left:
        told = ", ".join(f"{r.get('SnapshotId', 'one')} ({r.get('ReturnCode')})" for r in left)
        raise RefusedError("deleting the snapshots of", image, "DeleteSnapshotResults", f"left: {told}")


def delete_snapshots(client: EC2Client, stack: str) -> int:
    """Deletes the snapshots that carry the stack's tag, which no image needs any more; how many."""
    filters: list[FilterTypeDef] = [{"Name": f"tag:{STACK}", "Values": [stack]}]
    with named("listing the snapshots", f"stack {stack}"):
        pages = client.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
        found = [s["SnapshotId"] for page in pages for s in page["Snapshots"]]
    for snapshot in found:
        try:
            with named("deleting the snapshot", snapshot):
                client.delete_snapshot(SnapshotId=snapshot)
        except AwsError as error:
            if error.code != "InvalidSnapshot.NotFound":
                raise
    return len(found)


def _state(told: str) -> ImageState:
    """Its state: `transient` and whatever else is new comes to nothing that we could launch."""
    known = told in (ImageState.PENDING, ImageState.AVAILABLE)
    return ImageState(told) if known else ImageState.FAILED
