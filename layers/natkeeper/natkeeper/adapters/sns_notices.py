"""Notices to a person, over SNS. A person with many stacks must know which one speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_SUBJECT, _NEWS = 100, 45  # characters; SNS refuses a longer subject, and the news keep at least so many


@dataclass(frozen=True, slots=True)
class SnsNotices:
    """Publishes to the stack's topic, and says of which stack, account and region each notice is."""

    client: SNSClient
    topic: str
    """Its ARN, which holds region and account: arn:partition:sns:region:account:name."""
    stack: str

    def publish(self, subject: str, text: str) -> None:
        """Sends one message to the topic's subscribers."""
        _, _, _, region, account, _ = self.topic.split(":", 5)
        whose = f"{self.stack} in {account}, {region}"
        room = max(_NEWS, _SUBJECT - len(f" ({whose})"))
        with named("publishing a notice", self.topic):
            self.client.publish(
                TopicArn=self.topic,
                Subject=f"{subject[:room]} ({whose})"[:_SUBJECT],
                Message=f"{text}\n\nStack {whose}. Log: /aws/lambda/{self.stack}-reconcile."
                " What to do: docs/operations.md.",
            )
