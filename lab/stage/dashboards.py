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
        self._aws = aws
        self._cloudwatch, self._lambda = aws.client("cloudwatch"), aws.client("lambda")

    def widgets(self) -> Sequence[Widget]:
        """Every custom widget of every dashboard, by the dashboards' names. Raises CallError."""
        with _told():
            listed = list(self._aws.every("cloudwatch", "list_dashboards", "DashboardEntries"))
            names = [entry["DashboardName"] for entry in listed]
            bodies = {name: self._cloudwatch.get_dashboard(DashboardName=name) for name in sorted(names)}
        return [
            Widget(name, str(of.get("title", "")), of["endpoint"], of.get("params", {}))
            for name, body in bodies.items()
            for of in _custom(body["DashboardBody"])
        ]

    def call(self, endpoint: str, payload: Mapping[str, Any]) -> object:
        """What the function of that ARN answers. Raises CallError when it fails, or is not there."""
        with _told():
            done = self._lambda.invoke(FunctionName=endpoint, Payload=json.dumps(payload))
            said = done["Payload"].read()
        try:
            answer: object = json.loads(said)
        except ValueError as error:
            raise CallError(f"{endpoint} answered no JSON, but {said[:100]!r}") from error
        if done.get("FunctionError"):
            raise CallError(f"{endpoint} failed: {answer}")
        return answer


@contextmanager
def dashboards_shown(aws: LocalAws) -> Iterator[str]:
    """Shows them to a browser on this machine, at the address that it yields, until the end."""
    with Console(Dashboards(aws)) as console:
        yield console.address


def _custom(text: str) -> Iterator[Mapping[str, Any]]:
    """The properties of each custom widget with a function; whatever else a dashboard has is not shown."""
    try:
        body = json.loads(text)
    except ValueError:
        return
    widgets = body.get("widgets") if isinstance(body, dict) else None
    for widget in widgets if isinstance(widgets, list) else ():
        of = widget.get("properties") if isinstance(widget, dict) and widget.get("type") == "custom" else None
        if isinstance(of, dict) and isinstance(of.get("endpoint"), str):
            yield of


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise CallError(str(error)) from error
