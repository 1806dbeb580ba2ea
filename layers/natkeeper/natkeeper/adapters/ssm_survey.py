"""What Systems Manager knows for the doctor: the image's parameter, and who is online."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.doctor.facts import Parameter
from natkeeper.core.model import InstanceId

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, slots=True)
class SsmSurvey:
    """Reading calls of SSM."""

    client: SSMClient

    def parameter(self, name: str) -> Parameter | None:
        """The parameter; None when there is none of this name."""
        with named("reading the image's parameter", name):
            found = self.client.get_parameters(Names=[name])["Parameters"]
        return Parameter(found[0].get("Value", ""), found[0].get("DataType", "text")) if found else None

    def online(self, nodes: Sequence[InstanceId]) -> frozenset[InstanceId]:
        """Those of the nodes whose agent SSM hears from."""
        if not nodes:
            return frozenset()
        with named("asking who is online", ", ".join(nodes)):
            pages = self.client.get_paginator("describe_instance_information").paginate(
                Filters=[{"Key": "InstanceIds", "Values": list(nodes)}]
            )
            listed = [i for page in pages for i in page["InstanceInformationList"]]
        return frozenset(InstanceId(i["InstanceId"]) for i in listed if i.get("PingStatus") == "Online")
