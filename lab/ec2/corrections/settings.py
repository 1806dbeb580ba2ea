"""What an account has set for a region, as it is in a new one: moto does not know these settings."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.settings import Settings

from lab.ec2.corrections.correction import corrects
from lab.ec2.world import current


@corrects(Settings, "get_ebs_default_kms_key_id")
def get_ebs_default_kms_key_id(*_: Any) -> ActionResult:
    """AWS's own key."""
    return ActionResult({"KmsKeyId": "alias/aws/ebs"})


@corrects(Settings, "describe_vpc_block_public_access_options")
def describe_vpc_block_public_access_options(*_: Any) -> ActionResult:
    """As the world has it. The lab's packets do not obey it."""
    options = {"State": "update-complete", "InternetGatewayBlockMode": current().internet_block}
    return ActionResult({"VpcBlockPublicAccessOptions": options})


@corrects(Settings, "describe_vpc_block_public_access_exclusions")
def describe_vpc_block_public_access_exclusions(*_: Any) -> ActionResult:
    """None."""
    return ActionResult({"VpcBlockPublicAccessExclusions": []})
