"""AWS's refusals, and what botocore raises in their place, named once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionError,  # noqa: A004  # botocore's, no OSError
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PaginationError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from natkeeper.adapters.error_codes import CODES
from natkeeper.core.errors import (
    AnswerError,
    AwsError,
    DeniedError,
    ExpiredError,
    NotFoundError,
    NotReadyError,
    RefusedError,
    UnofferedError,
    UnreachableError,
)

_OF_THE_TYPE = re.compile(r"(?i)\binstance ?types?\b")
"""In words only: a type that EC2 does not know, or that is not for the image's architecture, is refused with
a code that says no more than that a parameter's value is wrong (EC2 API, error codes)."""
_WORDS = ("InvalidParameterValue", "InvalidParameterCombination", "UnsupportedOperation")
_CLOCK = re.compile(r"Signature (expired|not yet current)")
"""A clock that is wrong, or a run that was frozen before it sent what it had signed, is told as a wrong
signature (AWS General Reference, Signature Version 4, troubleshooting)."""
_LOST = (
    HTTPClientError,
    ConnectionError,
    IncompleteReadError,
    ChecksumError,
    FlexibleChecksumError,
    CredentialRetrievalError,
)
"""On the way to AWS or back: the next run's connection is another."""
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
        raise local_class(error)(attempted, on, type(error).__name__, str(error)) from error
    except (ResponseParserError, LookupError, ValueError) as error:
        raise AnswerError(attempted, on, type(error).__name__, str(error)) from error


def error_class(code: str, message: str, status: int = 200) -> type[AwsError]:
    """The class for an AWS error code, with the HTTP status that it came with. A code that nobody knows is
    told, unless the status says that AWS itself is broken."""
    if _CLOCK.search(message):
        return ExpiredError
    if code in CODES:
        return CODES[code]
    if code.endswith((".NotFound", "NotFoundException")):
        return NotFoundError
    if code in _WORDS and _OF_THE_TYPE.search(message):
        return UnofferedError
    if "Invalid IAM Instance Profile" in message:  # a profile takes seconds to reach EC2
        return NotReadyError
    return UnreachableError if status >= _BROKEN else RefusedError


def local_class(error: BotoCoreError) -> type[AwsError]:
    """The class for what botocore raises without an answer of AWS: lost on the way, or refused before it was
    sent, which no repetition mends."""
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return DeniedError
        case PaginationError():
            return AnswerError
        case _:
            return UnreachableError if isinstance(error, _LOST) else RefusedError
