"""AWS's error codes, named once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from natkeeper.core.errors import (
    AnswerError,
    AwsError,
    CapacityError,
    DeniedError,
    NotFoundError,
    NotReadyError,
    QuotaError,
    RefusedError,
    ThrottledError,
    UnofferedError,
    UnreachableError,
)

CODES: dict[str, type[AwsError]] = {
    **dict.fromkeys(
        (
            "RequestLimitExceeded",
            "Throttling",
            "ThrottlingException",
            "EC2ThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "TransactionCanceledException",  # somebody else writes there just now
            "TransactionInProgressException",
        ),
        ThrottledError,
    ),
    **dict.fromkeys(
        (
            "UnauthorizedOperation",
            "AccessDenied",
            "AccessDeniedException",
            "AuthFailure",
            "AuthorizationError",
            "OptInRequired",
            "UnrecognizedClientException",
        ),
        DeniedError,
    ),
    **dict.fromkeys(
        (
            "InsufficientInstanceCapacity",
            "InsufficientHostCapacity",
            "InsufficientCapacity",
            "UnfulfillableCapacity",
            "SpotMaxPriceTooLow",
        ),
        CapacityError,
    ),
    **dict.fromkeys(
        (
            "Unsupported",  # "not supported in your requested Availability Zone": another type may be
            "InvalidInstanceType",
            "InstanceTypeNotSupported",
        ),
        UnofferedError,
    ),
    **dict.fromkeys(
        (
            "VcpuLimitExceeded",
            "InstanceLimitExceeded",
            "MaxSpotInstanceCountExceeded",
            "InsufficientFreeAddressesInSubnet",
            "NetworkInterfaceLimitExceeded",
            "AddressLimitExceeded",
            "VolumeLimitExceeded",
        ),
        QuotaError,
    ),
    **dict.fromkeys(
        (
            "IncorrectInstanceState",
            "IncorrectState",
            "InvalidInstanceId",
            "InvocationDoesNotExist",
            "RouteAlreadyExists",  # somebody was quicker between our look and our call
        ),
        NotReadyError,
    ),
    **dict.fromkeys(("ResourceNotFoundException", "NatGatewayNotFound"), NotFoundError),
    **dict.fromkeys(
        (  # what the stack itself names does not come back
            "InvalidAMIID.NotFound",
            "InvalidLaunchTemplateId.NotFound",
            "InvalidGroup.NotFound",
            "InvalidKeyPair.NotFound",
        ),
        RefusedError,
    ),
}
_OF_THE_TYPE = re.compile(r"(?i)\binstance ?types?\b")
"""In words only: a type that EC2 does not know, or that is not for the image's architecture, is refused with
a code that says no more than that a parameter's value is wrong (EC2 API, error codes)."""
_BROKEN = 500  # HTTP status from which on the fault is AWS's own


@contextmanager
def named(attempted: str, on: str) -> Iterator[None]:
    """Turns boto3's exceptions, and an answer's missing or unknown parts, into AwsError, saying what was
    attempted and on what."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "Unknown")
        message = error.response["Error"].get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise error_class(code, message, status)(attempted, on, code, message) from error
    except BotoCoreError as error:
        raise UnreachableError(attempted, on, type(error).__name__, str(error)) from error
    except (ResponseParserError, LookupError, ValueError) as error:
        raise AnswerError(attempted, on, type(error).__name__, str(error)) from error


def error_class(code: str, message: str, status: int) -> type[AwsError]:
    """The class for an AWS error code, with the HTTP status that it came with."""
    if code in CODES:
        return CODES[code]
    if code.endswith((".NotFound", "NotFoundException")):
        return NotFoundError
    if code == "InvalidParameterValue" and _OF_THE_TYPE.search(message):
        return UnofferedError
    if "Invalid IAM Instance Profile" in message:  # a profile takes seconds to reach EC2
        return NotReadyError
    return UnreachableError if status >= _BROKEN else RefusedError
