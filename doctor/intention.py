"""The parameters that a person means to deploy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.intake.instance_types import AUTO, choose_types
from natkeeper.doctor.request import asked_for

LIKE = ("InstanceTypes", "ImageParameter")


@dataclass(frozen=True, slots=True)
class Intention:
    """Parameters by their names in the template; one that is missing has the template's default."""

    parameters: Mapping[str, str]
    stack: str = ""
    """The stack that they are for, whether it is there or not."""

    @property
    def model(self) -> Asked:
        """What any stack would be like that is proposed beside: its types and its image."""
        return asked_for({name: self.parameters.get(name, "") for name in LIKE})

    @property
    def asked(self) -> Asked:
        """What the stack would be."""
        return asked_for({"ZoneCount": "2", **self.parameters}, self.stack)

    @property
    def vpcs(self) -> tuple[str, ...]:
        """The VPC that is named, if one is."""
        return (self.asked.vpc,) if self.asked.vpc else ()

    @property
    def needless(self) -> tuple[str, ...]:
        """The checks, by name, of what the stack would not need."""
        return ("address quota",) if self.parameters.get("KeepAddress") == "false" else ()

    def misfits(self) -> str:
        """What nothing can be judged by: types that do not fit the image, ranges that are none. Empty if all
        is well."""
        types = choose_types(self.parameters.get("InstanceTypes") or AUTO, self.model.image_parameter)[1]
        strange = [text for text in self.asked.ranges if not _is_range(text)]
        told = (
            f"InstanceTypes {types} (--types, --image)" if types else "",
            f"PrivateCidrs has {', '.join(strange)}: it should be ranges like 10.0.0.0/16" if strange else "",
        )
        return "; ".join(filter(None, told))


def _is_range(text: str) -> bool:
    try:
        IPv4Network(text, strict=False)
    except ValueError:
        return False
    return True
