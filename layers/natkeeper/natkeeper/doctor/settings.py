"""What the doctor's function is told by the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from natkeeper.core.doctor.asked import Asked
from natkeeper.doctor.request import account_of, asked_for
from natkeeper.environment import Reader

AS_PARAMETERS = {
    "VPC_ID": "ExistingVpcId",
    "PUBLIC_SUBNET_IDS": "ExistingPublicSubnetIds",
    "PRIVATE_ROUTE_TABLE_IDS": "ExistingPrivateRouteTableIds",
    "PRIVATE_CIDRS": "PrivateCidrs",
    "INSTANCE_TYPES": "InstanceTypes",
    "IMAGE_PARAMETER": "ImageParameter",
    "DISK_KEY_ARN": "DiskKeyArn",
    "STANDBY": "Standby",
}
"""A stack with a network of its own is looked at like one that was given it."""


@dataclass(frozen=True, slots=True)
class DoctorSettings:
    """Whom to look at, where memory is, and whom to tell."""

    table: str
    topic: str
    asked: Asked


def doctor_settings(environment: Mapping[str, str]) -> DoctorSettings:
    """The settings of `doctor`. Raises SettingsError with every mistake. What the parameters themselves get
    wrong is no such mistake: it is what the doctor is there to find."""
    read = Reader(environment)
    stack = read.stack()
    table = read.table()
    topic = read.topic()
    texts = {name: read.text(key, r"[ -~]*", f"the parameter {name}") for key, name in AS_PARAMETERS.items()}
    read.finish()
    return DoctorSettings(table, topic, asked_for(texts, stack, account=account_of(topic)))
