"""What EC2 says of instances beside their description: status checks and scheduled events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.model import Doom, DoomKind

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceStatusTypeDef

_RETIRING = frozenset(
    {
        "instance-retirement",
        "instance-stop",
        "instance-reboot",
        "system-reboot",
        "system-maintenance",
    }
)


def read_statuses(client: EC2Client, ids: Sequence[str]) -> Mapping[str, InstanceStatusTypeDef]:
    """By id, of instances in whatever state; of none without a call. Raises NotFoundError when EC2 does not
    know one of them."""
    if not ids:
        return {}
    with named("reading status checks", ", ".join(ids)):
        pages = client.get_paginator("describe_instance_status").paginate(
            InstanceIds=ids, IncludeAllInstances=True
        )
        return {s["InstanceId"]: s for page in pages for s in page["InstanceStatuses"]}


def impaired_since(status: InstanceStatusTypeDef) -> datetime | None:
    """Since when the first of the three status checks has been impaired."""
    checks = (
        status.get("InstanceStatus", {}),
        status.get("SystemStatus", {}),
        status.get("AttachedEbsStatus", {}),
    )
    since = [
        detail["ImpairedSince"]
        for check in checks
        if check.get("Status") == "impaired"
        for detail in check.get("Details", [])
        if "ImpairedSince" in detail
    ]
    return min(since, default=None)


def retirement(status: InstanceStatusTypeDef) -> Doom | None:
    """A scheduled event; EC2 leaves past ones in the list with their description marked."""
    for event in status.get("Events", []):
        over = event.get("Description", "").startswith(("[Completed]", "[Canceled]"))
        if event.get("Code") in _RETIRING and not over and "NotBefore" in event:
            return Doom(DoomKind.RETIREMENT, event["NotBefore"])
    return None
