"""No error of AWS stops the controller, is repeated for ever in silence, or is told although it passes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import exceptions, xform_name
from botocore.retries import standard

import natkeeper.adapters
from natkeeper.adapters.aws_errors import error_class, named
from natkeeper.adapters.error_codes import CODES
from natkeeper.adapters.eventbridge_announcements import EventBridgeAnnouncements
from natkeeper.adapters.sns_notices import SnsNotices
from natkeeper.core import errors
from natkeeper.core.errors import (
    PASSING,
    AnswerError,
    AwsError,
    DeniedError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnreachableError,
)
from natkeeper.core.model import InstanceId
from tests.contract.documented_errors import SOURCES, TABLE, Row
from tests.contract.recorded import Reply, client

CASES = [
    (service, row, code) for service, rows in TABLE.items() for row in rows for code in row.codes.split()
]
SERVICES = {"ec2": "ec2", "dynamodb": "dynamodb", "ssm": "ssm", "sns": "sns", "eventbridge": "events"}
"""The first word of an adapter's file, and botocore's name of its service."""
_CALL = re.compile(r'client\.(?!get_paginator)(\w+)\(|get_paginator\("(\w+)"\)')


def documented(service: str) -> set[str]:
    return {code for of, _, code in CASES if of == service}


def our_calls() -> Iterator[tuple[str, str]]:
    """Service and method of every call in the adapters."""
    for path in Path(next(iter(natkeeper.adapters.__path__))).glob("*.py"):
        service = SERVICES.get(path.stem.partition("_")[0])
        for names in _CALL.findall(path.read_text()):
            if service:
                yield service, "".join(names)


def said_by_the_model(service: str, method: str) -> set[str]:
    """The codes with which botocore's model says that the call may fail. EC2's says nothing."""
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name): name for name in model.operation_names}
    shapes: list[Any] = model.operation_model(operations[method]).error_shapes
    return {shape.error_code for shape in shapes}


@pytest.mark.parametrize(
    ("service", "row", "code"), CASES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_documented_error_is_of_the_class_that_is_safe(service: str, row: Row, code: str) -> None:
    assert error_class(code, row.words, 400) is row.means, row.why


@pytest.mark.parametrize(("service", "method"), sorted(set(our_calls())))
def test_no_error_that_botocores_model_names_for_our_calls_is_left_out(service: str, method: str) -> None:
    assert said_by_the_model(service, method) <= documented(service)


def test_the_calls_are_found() -> None:
    assert {service for service, _ in our_calls()} == set(SERVICES.values())
    assert {("ec2", "run_instances"), ("ec2", "describe_instances"), ("sns", "publish")} <= set(our_calls())


def test_no_code_is_mapped_that_nobody_has_published() -> None:
    assert set(CODES) <= {code for _, _, code in CASES}
    assert SOURCES.keys() == TABLE.keys()


def test_what_botocore_repeats_by_itself_passes() -> None:
    throttled = vars(standard.ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
    transient = vars(standard.TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"]

    assert {error_class(code, "", 400) for code in throttled} == {ThrottledError}
    assert {error_class(code, "", 400) for code in transient} <= {ThrottledError, UnreachableError}


def test_every_class_passes_by_itself_or_is_told_and_only_what_is_gone_is_neither() -> None:
    classes = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, AwsError)} - {
        AwsError
    }

    assert {c for c in classes if c.needs_person == issubclass(c, PASSING)} == {NotFoundError}


@pytest.mark.parametrize(
    ("code", "status", "means"),
    [
        ("SomethingNew", 400, RefusedError),
        ("SomethingNew", 0, RefusedError),
        ("404", 404, RefusedError),
        ("SomethingNew", 500, UnreachableError),
        ("503", 503, UnreachableError),
        ("InvalidSomething.NotFound", 400, NotFoundError),
        ("", 400, RefusedError),
    ],
)
def test_a_code_that_nobody_knows_is_told_unless_aws_is_broken(
    code: str, status: int, means: type[AwsError]
) -> None:
    assert error_class(code, "", status) is means


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (exceptions.ConnectTimeoutError(endpoint_url="u"), UnreachableError),
        (exceptions.ReadTimeoutError(endpoint_url="u"), UnreachableError),
        (exceptions.EndpointConnectionError(endpoint_url="u", error="e"), UnreachableError),
        (exceptions.ConnectionClosedError(endpoint_url="u"), UnreachableError),
        (exceptions.ProxyConnectionError(proxy_url="u"), UnreachableError),
        (exceptions.SSLError(endpoint_url="u", error=OSError("e")), UnreachableError),
        (exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), UnreachableError),
        (exceptions.ResponseStreamingError(error="e"), UnreachableError),
        (exceptions.FlexibleChecksumError(error_msg="e"), UnreachableError),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="e"), UnreachableError),
        (exceptions.NoCredentialsError(), DeniedError),
        (exceptions.PartialCredentialsError(provider="p", cred_var="v"), DeniedError),
        (exceptions.PaginationError(message="the same next token was received twice"), AnswerError),
        (exceptions.ParamValidationError(report="r"), RefusedError),
        (exceptions.UnknownServiceError(service_name="s", known_service_names="k"), RefusedError),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_botocore_raises_by_itself_passes_only_if_another_connection_may_mend_it(
    error: Exception, means: type[AwsError]
) -> None:
    def call() -> None:
        with named("asking", "something"):
            raise error

    assert type(raised(call)) is means


def raised(act: Callable[[], object]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize(
    ("row", "code"), [(row, code) for service, row, code in CASES if service == "events"], ids=str
)
def test_an_event_that_the_bus_did_not_take_is_of_the_same_classes(row: Row, code: str) -> None:
    body = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]}
    bus, _ = client("events", PutEvents=Reply(200, json.dumps(body)))
    announcements = EventBridgeAnnouncements(bus, "natkeeper")

    assert type(raised(lambda: announcements.announce([InstanceId("i-1")]))) is row.means


def test_a_topic_that_is_gone_is_refused_once_a_call() -> None:
    gone = Reply(
        404,
        '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
        "<Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>r</RequestId>"
        "</ErrorResponse>",
    )
    sns, wire = client("sns", Publish=gone)
    notices: Any = SnsNotices(sns, "arn:aws:sns:us-east-1:123456789012:natkeeper", "natkeeper")
    error = raised(lambda: notices.publish("subject", "text"))

    assert (type(error), error.code, len(wire.asked)) == (RefusedError, "NotFound", 1)
