"""A node's launch, in one pool, and the refusals that are final."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.error_codes import CODES
from natkeeper.core.actions import LaunchBaker, LaunchNode
from natkeeper.core.errors import AwsError, CapacityError
from natkeeper.core.judgement.market import pool
from natkeeper.core.model import InstanceId, Lifecycle, Market
from natkeeper.ports import Launched

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        AddressTypeDef,
        ImageTypeDef,
        InstanceTypeDef,
        RunInstancesRequestTypeDef,
        TagSpecificationTypeDef,
    )

_SPENT = ("IdempotentInstanceTerminated", "IdempotentParameterMismatch")
"""The token's instance is gone, or the template's image is another by now (EC2 API, error codes): refused as
often as it is tried, so only the next generation's token can launch."""
STACK, ZONE, GENERATION = "natkeeper:stack", "natkeeper:zone", "natkeeper:generation"
TEMPLATE, ROLE = "natkeeper:template", "natkeeper:role"


@dataclass(frozen=True, slots=True)
class Ec2Launch:
    """Launches from the stack's template, with its tags."""

    client: EC2Client
    stack: str
    launch_template: str
    template_version: int
    security_group: str
    extra: Mapping[str, str] = field(default_factory=dict)  # tags that the account demands, or wants

    def launch(self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str) -> Launched:
        """What one pool gives. Raises CapacityError when it has no room, UnofferedError when there is no such
        pool. A token that is spent is told as AWS tells a replayed one: without a node that lives."""
        request = self._request(action, market, instance_type)
        request["ClientToken"] = _token(request)
        try:
            of = f" from {action.image}" if action.image else ""
            with named("launching a node", f"{action.zone} as {pool(market, instance_type)}{of}"):
                instance = self.client.run_instances(**request)["Instances"][0]
                return Launched(InstanceId(instance["InstanceId"]), Lifecycle(instance["State"]["Name"]))
        except AwsError as error:
            if error.code not in _SPENT:
                raise
            return Launched(InstanceId(""), Lifecycle.TERMINATED)

    def _request(
        self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str
    ) -> RunInstancesRequestTypeDef:
        """The subnet goes into the interface: EC2 refuses one at instance level beside interfaces."""
        request: RunInstancesRequestTypeDef = {
            "MinCount": 1,
            "MaxCount": 1,
            "LaunchTemplate": {
                "LaunchTemplateId": self.launch_template,
                "Version": str(self.template_version),
            },
            "InstanceType": instance_type,  # type: ignore[typeddict-item]
            "NetworkInterfaces": [
                {
                    "DeviceIndex": 0,
                    "SubnetId": str(action.subnet),
                    "Groups": [self.security_group],
                    "AssociatePublicIpAddress": True,
                    "DeleteOnTermination": True,
                }
            ],
            "TagSpecifications": self._tags(action, market),
        }
        if isinstance(action, LaunchNode) and action.covers:
            request["NetworkInterfaces"][0]["SecondaryPrivateIpAddressCount"] = 1
        if action.image:
            request["ImageId"] = action.image
        if market is Market.SPOT:
            request["InstanceMarketOptions"] = {
                "MarketType": "spot",
                "SpotOptions": {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"},
            }
        return request

    def _tags(self, action: LaunchNode | LaunchBaker, market: Market) -> list[TagSpecificationTypeDef]:
        role = action.role if isinstance(action, LaunchBaker) else ""
        tags = {
            "Name": f"{self.stack}-{role or 'nat'}-{action.zone}",
            STACK: self.stack,
            ZONE: action.zone,
            GENERATION: str(action.generation),
            TEMPLATE: self.launch_template,
        }
        tags = {**self.extra, **tags} | ({ROLE: role} if role else {})
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        kinds = ["instance", "network-interface", "volume"]
        kinds += ["spot-instances-request"] if market is Market.SPOT else []
        return [{"ResourceType": kind, "Tags": pairs} for kind in kinds]  # type: ignore[typeddict-item]


def take_no_room_for_an_answer(response: Any, operation: Any, **_: Any) -> None:
    """Before botocore tries again: raises what EC2 said if that is that it has no room. It comes as a server
    error (EC2 API, error codes), which botocore would ask once more, of a pool that is as full as before."""
    answer: Any = response[1] if response else {}
    if CODES.get(answer.get("Error", {}).get("Code", "")) is CapacityError:
        raise ClientError(answer, operation.name)


def tags_of(thing: AddressTypeDef | InstanceTypeDef | ImageTypeDef) -> dict[str, str]:
    """The tags of an address, an instance or an image, by key."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}


def _token(request: RunInstancesRequestTypeDef) -> str:
    """The same for a repeated launch, another for the next generation or any other parameter: EC2 refuses a
    token that comes with a changed request (IdempotentParameterMismatch). 64 characters at most."""
    return "natkeeper-" + hashlib.sha256(repr(request).encode()).hexdigest()[:48]
