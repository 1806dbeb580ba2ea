"""The custom resource checks a deployment's parameters, before it does anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.reconcile.handler import handler as reconcile
from functions.teardown import handler as teardown
from natkeeper.adapters.cloudformation_reply import Request
from tests.integration.cloud import Cloud, Context, cloud
from tests.template.cfn import ROOT
from tests.unit.test_choices import choices

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud(monkeypatch, zones=1) as surroundings:
        reconcile(SCHEDULE, None)
        surroundings.world.calls.clear()
        yield surroundings


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []

    def answer(request: Request, error: str = "") -> None:
        told.append(error)

    monkeypatch.setattr(teardown, "answer", answer)
    return told


def asked(kind: str, **given: str) -> dict[str, Any]:
    """CloudFormation's request, for a stack with these parameters."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"teardown-{kind}.json").read_text())
    event["ResourceProperties"]["Choices"] = choices(given)
    return event


def test_a_sound_creation_is_answered_and_nothing_is_touched(aws: Cloud, answers: list[str]) -> None:
    teardown.handler(asked("create"), Context)

    assert answers == [""]
    assert aws.world.calls == []


@pytest.mark.parametrize("kind", ["create", "update"])
def test_a_deployment_with_mistakes_fails_with_all_of_them_and_no_function_has_failed(
    aws: Cloud, answers: list[str], kind: str
) -> None:
    hours = {"Awake": "office-hours", "OfficeHours": "Mon 08:00-20:00 Asia/Tokio"}
    teardown.handler(asked(kind, InstanceTypes="t3.nano", **hours), Context)

    (told,) = answers
    assert "InstanceTypes has t3.nano" in told
    assert "'Asia/Tokio' is no time zone" in told
    assert aws.world.calls == []


def test_a_stack_with_mistakes_can_be_deleted(aws: Cloud, answers: list[str]) -> None:
    teardown.handler(asked("delete", InstanceTypes="t3.nano"), Context)

    assert answers == [""]
    assert aws.instances() == []
