"""The events that EC2, SSM and AWS Health send to EventBridge, in AWS's shapes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """One EventBridge event before it is on a bus."""

    source: str
    detail_type: str
    detail: dict[str, Any]
    resources: tuple[str, ...] = ()
    region: str = "us-east-1"
    account: str = "123456789012"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    time: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def envelope(self) -> dict[str, Any]:
        """Returns the event as EventBridge delivers it."""
        return {
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": self.account,
            "time": self.time,
            "region": self.region,
            "resources": list(self.resources),
            "detail": self.detail,
        }


def state_change(instance_id: str, state: str, region: str, account: str) -> Event:
    """Returns `EC2 Instance State-change Notification`: an id and a state, and nothing else."""
    detail = {"instance-id": instance_id, "state": state}
    place = f"{region}:{account}:"
    return _of_instance("EC2 Instance State-change Notification", detail, place, region, account)


def interruption_warning(instance_id: str, zone: str, region: str, account: str) -> Event:
    """Returns `EC2 Spot Instance Interruption Warning`. Its ARN is of the zone and of no account."""
    detail = {"instance-id": instance_id, "instance-action": "terminate"}
    return _of_instance("EC2 Spot Instance Interruption Warning", detail, f"{zone}:", region, account)


def rebalance_recommendation(instance_id: str, zone: str, region: str, account: str) -> Event:
    """Returns `EC2 Instance Rebalance Recommendation`. Its ARN is of the zone and of no account."""
    detail = {"instance-id": instance_id}
    return _of_instance("EC2 Instance Rebalance Recommendation", detail, f"{zone}:", region, account)


def _of_instance(kind: str, detail: dict[str, Any], place: str, region: str, account: str) -> Event:
    arn = f"arn:aws:ec2:{place}instance/{detail['instance-id']}"
    return Event("aws.ec2", kind, detail, (arn,), region, account)


def invocation_change(
    command_id: str, document: str, instance_id: str, requested: datetime, status: str
) -> Event:
    """Returns `EC2 Command Invocation Status-change Notification`."""
    return Event(
        source="aws.ssm",
        detail_type="EC2 Command Invocation Status-change Notification",
        detail={
            "command-id": command_id,
            "document-name": document,
            "instance-id": instance_id,
            "requested-date-time": requested.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": status,
        },
    )
