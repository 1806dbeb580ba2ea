"""A person's orders, through the handler on corrected moto: late, twice, replayed, mistyped, paused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest

from functions.reconcile.handler import handler as reconcile
from tests.integration.cloud import REGION, SCHEDULE, Cloud, cloud

NUMBERS = count()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud(monkeypatch) as surroundings:
        surroundings.settle()
        yield surroundings


def event(kind: str, ago: timedelta = timedelta(0), **detail: object) -> dict[str, Any]:
    """What put-events becomes."""
    return {
        "version": "0",
        "id": f"11111111-1111-4111-8111-{next(NUMBERS):012d}",
        "source": "natkeeper",
        "detail-type": kind,
        "time": f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}",
        "account": "123456789012",
        "region": REGION,
        "resources": [],
        "detail": {"stack": "natkeeper", **detail},
    }


def answer(sent: dict[str, Any]) -> str:
    return str(reconcile(sent, None)["summary"])


def states(aws: Cloud) -> list[str]:
    return sorted(node["State"]["Name"] for node in aws.instances())


def items(aws: Cloud) -> set[str]:
    """What people have said, as the table keeps it."""
    client: Any = boto3.client("dynamodb", region_name=REGION)
    kept = [item["sk"]["S"] for item in client.scan(TableName=aws.environment["TABLE_NAME"])["Items"]]
    return {key for key in kept if key.startswith(("order#", "wish#", "pause", "obeyed#"))}


ORDERS: list[tuple[str, dict[str, object]]] = [
    ("Failover", {"zone": "us-east-1a"}),
    ("Pause", {"minutes": 600}),
    ("Resume", {}),
    ("Sleep", {}),
]


@pytest.mark.parametrize("replay", [{"replay-name": "audit"}, {}])
def test_an_order_of_nine_days_ago_is_refused_aloud(aws: Cloud, replay: dict[str, str]) -> None:
    for kind, detail in ORDERS:
        told = answer({**event(kind, timedelta(days=9), **detail), **replay})

        assert told.startswith("ignored: refused: it ")
        assert aws.notices()[-1] == (f"natkeeper: {kind} refused", told.removeprefix("ignored: refused: "))
    assert items(aws) == set()
    assert states(aws) == ["running", "running"]


def test_a_sleep_that_is_delivered_again_does_not_undo_the_wake_after_it(aws: Cloud) -> None:
    sleep, wake = event("Sleep", timedelta(minutes=2)), event("Wake", timedelta(minutes=1))
    answer(sleep)
    assert answer(wake).startswith("obeyed: ")

    assert answer(sleep).startswith("already obeyed: ")
    reconcile(SCHEDULE, None)
    assert items(aws) == {"wish#*", f"obeyed#{sleep['id']}", f"obeyed#{wake['id']}"}
    assert answer({**event("Sleep"), "time": sleep["time"]}) == "ignored: refused: a later order stands for *"


def test_a_failover_that_is_delivered_twice_is_one_move(aws: Cloud) -> None:
    failover = event("Failover", zone="us-east-1a")
    answer(failover)
    routes = aws.default_routes()
    answer(failover)

    assert aws.default_routes() == routes
    assert len([key for key in items(aws) if key.startswith("order#")]) == 1


def test_what_is_mistyped_is_refused_and_nothing_is_lost_or_done(aws: Cloud) -> None:
    before, calls = items(aws), len(aws.world.calls)
    told = answer(event("Failover", zone="us-east-1a", dryrun=True))

    assert "did you mean dry_run?" in told
    assert (items(aws), len(aws.world.calls)) == (before, calls)


def test_a_zone_and_a_node_that_are_not_the_stacks_are_refused_with_what_there_is(aws: Cloud) -> None:
    one, other = sorted(aws.instances(), key=lambda node: node["Placement"]["AvailabilityZone"])

    assert answer(event("Sleep", zone="us-east-1f")) == (
        "ignored: refused: zone us-east-1f is none of this stack's: us-east-1a, us-east-1b"
    )
    assert answer(event("Replace", zone="us-east-1a", instance=other["InstanceId"])) == (
        f"ignored: refused: instance {other['InstanceId']} is of us-east-1b, not of us-east-1a"
    )
    told = answer(event("Replace", zone="us-east-1f", instance="i-0ffffffffffffffff"))
    assert told.startswith("ignored: refused: zone us-east-1f is none of this stack's: ")
    assert f"no node of this stack: {one['InstanceId']} (us-east-1a), {other['InstanceId']}" in told
    assert items(aws) == set()


def test_an_order_during_a_pause_is_refused_and_not_kept_for_later(aws: Cloud) -> None:
    assert answer(event("Pause", minutes=5)).startswith("obeyed: ")
    for kind in ("Failover", "Replace", "Sleep", "Wake", "Automatic"):
        told = answer(event(kind, zone="us-east-1a"))
        assert told.startswith("ignored: refused: paused until ")
        assert told.endswith(": send Resume first, then this again")
        assert answer(event(kind, zone="us-east-1a", dry_run=True)).startswith("dry run: ")

    assert answer(event("Resume")).startswith("obeyed: ")
    aws.settle()
    assert states(aws) == ["running", "running"]
