"""What EC2 can launch here: types, where they are, and images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.doctor.facts import ImageKind, InstanceKind
from natkeeper.core.model import ImageId, ZoneName

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

_TYPE = "instance-type"


@dataclass(frozen=True, slots=True)
class Ec2Offers:
    """Asked by filter: what is not there is left out, and no error."""

    client: EC2Client

    def kinds(self, names: Sequence[str]) -> Mapping[str, InstanceKind]:
        """Those of the types that the region has."""
        with named("reading instance types", ", ".join(names)):
            pages = self.client.get_paginator("describe_instance_types").paginate(
                Filters=[{"Name": _TYPE, "Values": list(names)}]
            )
            return {
                kind["InstanceType"]: InstanceKind(
                    kind["VCpuInfo"]["DefaultVCpus"],
                    frozenset(kind["ProcessorInfo"]["SupportedArchitectures"]),
                    kind.get("FreeTierEligible", False),
                )
                for page in pages
                for kind in page["InstanceTypes"]
            }

    def zones(self, names: Sequence[str]) -> Mapping[ZoneName, frozenset[str]]:
        """Those of the types that each zone has."""
        found: dict[ZoneName, set[str]] = {}
        with named("reading in which zones there are", ", ".join(names)):
            pages = self.client.get_paginator("describe_instance_type_offerings").paginate(
                LocationType="availability-zone", Filters=[{"Name": _TYPE, "Values": list(names)}]
            )
            for offer in (o for page in pages for o in page["InstanceTypeOfferings"]):
                found.setdefault(ZoneName(offer["Location"]), set()).add(offer["InstanceType"])
        return {zone: frozenset(types) for zone, types in found.items()}

    def image(self, name: str) -> ImageKind | None:
        """The image, if it is there and can be launched, as one that is deprecated still can."""
        with named("reading the image", name):
            filters: list[FilterTypeDef] = [{"Name": "image-id", "Values": [name]}]
            images = self.client.describe_images(Filters=filters, IncludeDeprecated=True)["Images"]
        there = [i for i in images if i.get("State") == "available"]
        return ImageKind(ImageId(name), there[0].get("Architecture", "")) if there else None
