"""What a person gets from SNS: whose notice it is can be read, whatever is long."""

from __future__ import annotations

from typing import Any

import pytest

from natkeeper.adapters.sns_notices import SnsNotices


class Recorder:
    """In place of SNS: what was published last."""

    def __init__(self) -> None:
        self.published: dict[str, str] = {}

    def publish(self, **message: str) -> None:
        self.published = message


def published(subject: str, stack: str = "natkeeper") -> dict[str, str]:
    sns: Any = Recorder()
    SnsNotices(sns, "arn:aws-cn:sns:cn-north-1:123456789012:natkeeper-Topic-1:x", stack).publish(
        subject, "text"
    )
    found: dict[str, str] = sns.published
    return found


def test_a_notice_names_stack_account_and_region_and_where_to_look() -> None:
    told = published("natkeeper: goal in cn-north-1a")

    assert told["Subject"] == "natkeeper: goal in cn-north-1a (natkeeper in 123456789012, cn-north-1)"
    assert told["Message"].startswith("text\n\nStack natkeeper in 123456789012, cn-north-1.")
    assert "/aws/lambda/natkeeper-reconcile" in told["Message"]


@pytest.mark.parametrize("stack", ["natkeeper", "StackSet-nat-0123-4567", "s" * 128])
def test_a_long_subject_is_shortened_and_still_begins_with_the_news(stack: str) -> None:
    told = published("news " * 40, stack)

    assert len(told["Subject"]) <= 100
    assert told["Subject"].startswith("news " * 9)
    assert stack[:20] in told["Subject"]
