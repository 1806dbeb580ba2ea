"""What a node's report must be like to be a word."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from natkeeper.core.intake.peers import BadReport
from natkeeper.core.intake.triggers import Ignored, parse
from natkeeper.core.ring import Said, Word
from tests.builders import NOW, ago

ARN = "arn:aws:ec2:eu-west-1:123456789012:instance"
OLD = "2026-03-14T10:00:00Z"
REPORTER, ABOUT, THIRD = "i-0b1234567890abcde", "i-0a1234567890abcde", "i-0c1234567890abcde"


def report(changes: dict[str, Any] | None = None, **detail: Any) -> dict[str, Any]:
    said = {
        "stack": "nat",
        "about": ABOUT,
        "word": "silent",
        "since": "2026-03-14T11:59:59.123Z",
        "hears": [],
    }
    event = {
        "source": f"natkeeper.node/{ARN}/{REPORTER}",
        "detail-type": "Peer Report",
        "time": "2026-03-14T11:59:59Z",
        "detail": {**said, **detail},
    }
    return {**event, **(changes or {})}


def refusal(event: object) -> str:
    bad = parse(event, "nat", NOW)
    assert isinstance(bad, BadReport)
    return bad.reason


def test_a_report_is_a_word_of_who_signed_it() -> None:
    since = datetime(2026, 3, 14, 11, 59, 59, 123000, UTC)

    assert parse(report(), "nat", NOW) == Word(REPORTER, ABOUT, Said.SILENT, ago(seconds=1), since)  # type: ignore[arg-type]


def test_a_doubt_is_dated_by_when_it_is_read() -> None:
    since = datetime(2026, 3, 14, 11, 59, 59, 123000, UTC)

    assert parse(report(word="unsure"), "nat", NOW) == Word(REPORTER, ABOUT, Said.UNSURE, NOW, since)  # type: ignore[arg-type]


def test_it_may_say_who_is_heard() -> None:
    word = parse(report(word="heard", hears=[ABOUT, THIRD]), "nat", NOW)

    assert isinstance(word, Word)
    assert (word.said, word.hears) == (Said.HEARD, (ABOUT, THIRD))


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_any_partition_will_do(partition: str) -> None:
    source = f"natkeeper.node/arn:{partition}:ec2:us-east-1:123456789012:instance/i-01234567"

    assert isinstance(parse(report({"source": source}), "nat", NOW), Word)


@pytest.mark.parametrize(
    ("sent", "good"),
    [
        ("2026-03-14T11:59:00Z", True),
        ("2026-03-14T11:58:59Z", False),
        ("2026-03-14T12:01:00Z", True),
        ("2026-03-14T12:01:01Z", False),
    ],
)
def test_it_is_neither_older_than_a_minute_nor_of_the_future(sent: str, good: bool) -> None:
    assert isinstance(parse(report({"time": sent}), "nat", NOW), Word) is good


def test_where_the_machine_stands_changes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        word, old = parse(report({"time": "2026-03-14T11:59:59"}), "nat", NOW), refusal(report({"time": OLD}))
    time.tzset()

    assert isinstance(word, Word)
    assert word.at == ago(seconds=1)
    assert "it was sent at 2026-03-14 10:00:00, and it is 2026-03-14 12:00:00 (UTC)" in old


def test_a_clock_that_is_ahead_makes_no_word_of_the_future() -> None:
    word = parse(report({"time": "2026-03-14T12:00:59Z"}), "nat", NOW)

    assert isinstance(word, Word)
    assert word.at == NOW


@pytest.mark.parametrize("sent", ["2026-03-14T13:59:59+02:00", "2026-03-14T06:59:59-05:00"])
def test_its_time_may_be_of_any_zone(sent: str) -> None:
    word = parse(report({"time": sent}), "nat", NOW)

    assert isinstance(word, Word)
    assert word.at == ago(seconds=1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source": "natkeeper.node"}, "source 'natkeeper.node' names no instance"),
        ({"source": "natkeeper.node/i-0b1234567890abcde"}, "names no instance"),
        ({"source": f"natkeeper.node/{ARN}/{REPORTER}/x"}, "names no instance"),
        ({"source": f"natkeeper.node/x{ARN}/{REPORTER}"}, "names no instance"),
        ({"time": None}, "time None is no time"),
        ({"time": "soon"}, "time 'soon' is no time"),
        ({"time": "2026-03-14T10:00:00Z"}, "it was sent at 2026-03-14 10:00:00, and it is 2026-03-14 12:"),
    ],
)  # fmt: skip
def test_where_it_comes_from_is_looked_at(changes: dict[str, Any], reason: str) -> None:
    assert reason in refusal(report(changes))


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ({"stack": "other"}, "stack 'other' should be 'nat'"),
        ({"about": "i-1"}, "about 'i-1' is no instance id"),
        ({"about": 7}, "about 7 is no instance id"),
        ({"about": REPORTER}, f"{REPORTER} speaks about itself"),
        ({"word": "dead"}, "word 'dead' should be silent or heard or unsure"),
        ({"word": ["silent"]}, "word list should be silent or heard or unsure"),
        ({"since": "2026-03-14T11:59:59Z"}, "should be like 2026-11-29T05:01:02.123Z"),
        ({"since": "2026-02-30T11:59:59.123Z"}, "should be like 2026-11-29T05:01:02.123Z"),
        ({"since": 1.5}, "since 1.5 should be like"),
        ({"hears": THIRD}, "hears should be at most 2 instance ids"),
        ({"hears": [THIRD, ABOUT, THIRD]}, "hears should be at most 2 instance ids"),
        ({"hears": ["me"]}, "hears should be at most 2 instance ids"),
        ({"hears": [None]}, "hears should be at most 2 instance ids"),
        ({"more": 1}, "its keys should be about, hears, since, stack, word"),
    ],
)
def test_what_it_says_is_looked_at(detail: dict[str, Any], reason: str) -> None:
    assert reason in refusal(report(**detail))


def test_every_mistake_is_named_in_one_sentence() -> None:
    reason = refusal(report({"time": 5, "source": "natkeeper.node/x"}, word="dead", hears=0))

    assert reason.startswith(
        "a node's report: source 'natkeeper.node/x' names no instance; time 5 is no time"
    )
    assert "; word 'dead' should be silent or heard or unsure; hears should be" in reason


def test_a_detail_without_its_keys_is_no_word() -> None:
    assert "its keys should be" in refusal(report({"detail": {}}))
    assert isinstance(parse(report({"detail": "x"}), "nat", NOW), Ignored)


def test_another_kind_of_event_from_a_node_means_nothing() -> None:
    assert isinstance(parse(report({"detail-type": "Failover"}), "nat", NOW), Ignored)


def test_a_family_of_sources_is_no_way_into_another() -> None:
    for source in ("natkeeper/x", "aws.events/x"):
        detail = {"stack": "nat", "zone": "eu-west-1a"}
        event = {"source": source, "detail-type": "Failover", "detail": detail}
        assert isinstance(parse(event, "nat", NOW), Ignored)
