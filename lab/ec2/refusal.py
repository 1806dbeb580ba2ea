"""AWS's refusals, with AWS's codes."""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError
from moto.ssm.exceptions import SSMException


def refusal(code: str, message: str) -> EC2ClientError:
    """Returns an EC2 error to raise."""
    return EC2ClientError(code, message)


def wrong_state(instance_id: str, purpose: str) -> EC2ClientError:
    """Returns IncorrectInstanceState, EC2's answer to work on an instance that is not up to it."""
    return refusal(
        "IncorrectInstanceState",
        f"The instance '{instance_id}' is not in a state from which it can be {purpose}.",
    )


def no_room(instance_type: str) -> EC2ClientError:
    """Returns InsufficientInstanceCapacity, which a launch and a start may meet."""
    return refusal(
        "InsufficientInstanceCapacity",
        f"We currently do not have sufficient {instance_type} capacity in the Availability Zone "
        "you requested.",
    )


def not_eligible() -> EC2ClientError:
    """Returns what a Free Plan account is told of a type that is not for it (seen in public issues)."""
    return refusal(
        "InvalidParameterCombination",
        "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, "
        "run 'describe-instance-types' with the filter 'free-tier-eligible=true'.",
    )


def no_spot_room() -> EC2ClientError:
    """Returns InsufficientInstanceCapacity as a spot launch meets it."""
    return refusal(
        "InsufficientInstanceCapacity",
        "There is no Spot capacity available that matches your request.",
    )


def ssm_refusal(code: str, message: str) -> SSMException:
    """Returns an SSM error to raise."""
    return SSMException(code, message)
