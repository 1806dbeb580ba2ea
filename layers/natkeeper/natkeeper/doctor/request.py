"""From the stack's parameters to what is asked for, and to what they get wrong by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.intake.instance_types import AUTO, choose_types
from natkeeper.core.model import RouteTableId, SubnetId, VpcId
from natkeeper.core.office_hours import OfficeHoursError, parse
from natkeeper.settings import time_zone

DEFAULT_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
_HOURS = "OfficeHours should be like Mon-Fri 08:00-20:00 Asia/Tokyo"


def asked_for(parameters: Mapping[str, str], stack: str = "") -> Asked:
    """What the parameters ask for, by their names in the template. One that is missing is as if empty."""
    subnets = tuple(SubnetId(name) for name in _listed(parameters, "ExistingPublicSubnetIds"))
    image = parameters.get("ImageParameter") or DEFAULT_IMAGE
    listed = parameters.get("InstanceTypes") or AUTO
    types, wrong = choose_types(listed, image)
    return Asked(
        vpc=VpcId(parameters["ExistingVpcId"]) if parameters.get("ExistingVpcId") else None,
        public_subnets=subnets,
        tables=tuple(RouteTableId(name) for name in _listed(parameters, "ExistingPrivateRouteTableIds")),
        ranges=_listed(parameters, "PrivateCidrs"),
        zones=max(len(subnets), 1),
        keeps_addresses=parameters.get("KeepAddress", "true") == "true",
        types=types,
        chosen=listed == AUTO,
        image_parameter=image,
        disk_key=parameters.get("DiskKeyArn", ""),
        stack=stack,
        mistakes=(*_hours(parameters.get("OfficeHours", "")), *_unchosen(listed, wrong)),
    )


def _listed(parameters: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in parameters.get(name, "").split(",") if part.strip())


def _hours(text: str) -> tuple[tuple[str, str], ...]:
    try:
        if text:
            parse(text, time_zone)
    except OfficeHoursError as error:
        return tuple((f"OfficeHours: {mistake}", _HOURS) for mistake in error.mistakes)
    return ()


def _unchosen(listed: str, wrong: str) -> tuple[tuple[str, str], ...]:
    """A list that does not fit the image is found by the types and the image themselves."""
    if listed != AUTO or not wrong:
        return ()
    return ((f"InstanceTypes {wrong}", "list types that fit the image in InstanceTypes"),)
