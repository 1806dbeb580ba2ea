"""The dashboards of a local AWS, for the page that shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.console.host import CallError, Console, Widget
from lab.local_aws.aws import LocalAws


class Dashboards:
    """CloudWatch's dashboards and Lambda's functions, with the account's own rights."""

    def __init__(self, aws: LocalAws) -> None:
        self._cloudwatch, self._lambda = aws.client("cloudwatch"), aws.client("lambda")

    def widgets(self) -> Sequence[Widget]:
        """Every custom widget of every dashboard, by the dashboards' names. Raises CallError."""
        with _told():
            names = [
                entry["DashboardName"] for entry in self._cloudwatch.list_dashboards()["DashboardEntries"]
            ]
            bodies = {name: self._cloudwatch.get_dashboard(DashboardName=name) for name in sorted(names)}
        return [
            Widget(name, of.get("title", ""), of["endpoint"], of.get("params", {}))
            for name, body in bodies.items()
            for of in _custom(json.loads(body["DashboardBody"]))
        ]

    def call(self, endpoint: str, payload: Mapping[str, Any]) -> object:
        """What the function of that ARN answers. Raises CallError when it fails, or is not there."""
        with _told():
            done = self._lambda.invoke(FunctionName=endpoint, Payload=json.dumps(payload))
            answer: object = json.loads(done["Payload"].read())
        if done.get("FunctionError"):
            raise CallError(f"{endpoint} failed: {answer}")
        return answer


@contextmanager
def dashboards_shown(aws: LocalAws) -> Iterator[str]:
    """Shows them to a browser on this machine, at the address that it yields, until the end."""
    with Console(Dashboards(aws)) as console:
        yield console.address


def _custom(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (widget["properties"] for widget in body["widgets"] if widget["type"] == "custom")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise CallError(str(error)) from error
