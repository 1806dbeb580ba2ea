"""Notices to a person, over SNS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_SUBJECT = 100  # characters; SNS refuses a longer subject


@dataclass(frozen=True, slots=True)
class SnsNotices:
    """Publishes to the stack's topic."""

    client: SNSClient
    topic: str

    def publish(self, subject: str, text: str) -> None:
        """Sends one message to the topic's subscribers."""
        with named("publishing a notice", self.topic):
            self.client.publish(TopicArn=self.topic, Subject=subject[:_SUBJECT], Message=text)
