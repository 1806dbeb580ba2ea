"""Three stacks in two accounts, and a hub in the second, by the SAM CLI on the local AWS: what happens in one
is seen in the other, orders reach who takes them, lies nobody, and without the hub all goes on.

EC2 is the same for all accounts here, and its events reach the first alone; rules, buses with their policies,
roles, tables and functions are each account's own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.commands.scenarios import all_well
from lab.ec2.clock import wait_until
from lab.local_aws.aws import ACCOUNT, REGION, LocalAws
from lab.stage.deployment import build, delete, deploy, put
from lab.stage.stack_view import StackView
from tests.life.conftest import MINUTE, PARAMETERS, PATIENCE, QUICK

SECOND, STRANGER = "210987654321", "999988887777"
HUB = f"arn:aws:events:{REGION}:{SECOND}:event-bus/fleet"
STACKS = {"nat-a": ACCOUNT, "nat-b": ACCOUNT, "nat-c": SECOND}


class Watcher:
    """Who looks at the hub's page."""

    def __init__(self, aws: LocalAws) -> None:
        self.client = aws.in_account(SECOND).client("lambda")

    def ask(self, **question: str) -> Any:
        answer = self.client.invoke(FunctionName="fleet-hub", Payload=json.dumps(question))
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    def stacks(self) -> dict[str, Any]:
        return {stack["stack"]: stack for stack in self.ask(format="json")["stacks"]}

    def standing(self, stack: str) -> str:
        return str(self.stacks().get(stack, {}).get("standing"))

    def waits(self, until: Callable[[], bool]) -> None:
        assert wait_until(until, PATIENCE, 1.0), json.dumps(self.ask(format="json"), indent=1)


@pytest.fixture(scope="module")
def watcher(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Watcher:
    """The hub, deployed."""
    given = os.environ.get("NATKEEPER_BUILT_FLEET")
    folder = Path(given) if given else tmp_path_factory.mktemp("fleet")
    if not given:
        build(folder, "fleet.yaml")
    put(aws.in_account(SECOND), "fleet", folder, Accounts=f"{ACCOUNT},{SECOND}")
    return Watcher(aws)


@pytest.fixture(scope="module")
def views(aws: LocalAws, built: Path, watcher: Watcher) -> dict[str, StackView]:
    """The stacks, at rest; the first takes orders from the hub's account."""
    found = {}
    for name, account in STACKS.items():
        orders = {"FleetOrders": "true"} if name == "nat-a" else {}
        own = aws.in_account(account) if account != ACCOUNT else aws
        found[name] = deploy(own, name, built, ZoneCount="1", FleetBus=HUB, **orders, **PARAMETERS)
    assert all(wait_until(partial(well, view), PATIENCE) for view in found.values())
    return found


def well(view: StackView) -> bool:
    """Whether each zone has its own node, verified."""
    return all_well([], view.zones())


def order(aws: LocalAws, kind: str, stack: str, **detail: Any) -> None:
    """By somebody in the hub's account, on the bus of the first."""
    entry = {
        "EventBusName": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
        "Source": "natkeeper",
        "DetailType": kind,
        "Detail": json.dumps({"stack": stack, **detail}),
    }
    aws.in_account(SECOND).client("events").put_events(Entries=[entry])


def say(aws: LocalAws, account: str, detail: dict[str, Any]) -> None:
    """Somebody in an account says how a stack stands, on the hub's bus."""
    entry = {"EventBusName": HUB, "Source": "natkeeper", "DetailType": "Stack State"}
    client = aws.in_account(account).client("events")
    client.put_events(Entries=[{**entry, "Detail": json.dumps(detail)}])


def test_the_hub_sees_three_stacks_in_two_accounts(watcher: Watcher, views: dict[str, StackView]) -> None:
    watcher.waits(lambda: [watcher.standing(name) for name in STACKS] == ["served"] * 3)
    stacks = watcher.stacks()

    assert {name: stack["account"] for name, stack in stacks.items()} == STACKS
    assert [stacks[name].get("takes_orders", False) for name in STACKS] == [True, False, False]
    assert watcher.ask(format="text")["summary"].startswith("3 stacks in 2 accounts: 3 served")
    assert "3 stacks in 2 accounts: 3 served" in watcher.ask()


def test_a_node_that_dies_in_another_account_is_seen_and_so_is_its_heal(
    aws: LocalAws, watcher: Watcher, views: dict[str, StackView]
) -> None:
    before = watcher.stacks()["nat-b"].get("heals", [])
    (zone,) = views["nat-b"].zones()
    aws.client("ec2").terminate_instances(InstanceIds=[zone.instance])

    watcher.waits(lambda: watcher.stacks()["nat-b"].get("heals", []) != before)
    watcher.waits(lambda: watcher.standing("nat-b") == "served")
    assert views["nat-b"].zones()[0].instance != zone.instance


def test_an_order_of_the_hubs_account_is_obeyed_where_that_is_wanted_and_answered(
    aws: LocalAws, watcher: Watcher, views: dict[str, StackView]
) -> None:
    order(aws, "Pause", "nat-b", minutes=30)  # the bus is open, for the other stack: this one's rule is not
    order(aws, "Pause", "nat-a", minutes=30)

    watcher.waits(lambda: watcher.stacks()["nat-a"].get("answer", {}).get("reply") == "obeyed")
    watcher.waits(lambda: watcher.standing("nat-a") == "paused")
    order(aws, "Resume", "nat-a")
    watcher.waits(lambda: watcher.standing("nat-a") == "served")
    assert "answer" not in watcher.stacks()["nat-b"]
    assert "paused_until" not in watcher.stacks()["nat-b"]


def test_a_lie_about_another_accounts_stack_is_ignored_and_a_stranger_is_not_let_in(
    aws: LocalAws, watcher: Watcher, views: dict[str, StackView]
) -> None:
    told = watcher.stacks()["nat-a"]
    lie = {key: told[key] for key in ("stack", "id", "version", "at")}
    lie |= {
        "at": told["at"].replace("+00:00", "999+00:00"),
        "zones": [{"name": f"{REGION}a", "state": "broken"}],
    }
    say(aws, SECOND, lie)
    with pytest.raises(ClientError, match="AccessDenied"):
        say(aws, STRANGER, {**lie, "id": lie["id"].replace(ACCOUNT, STRANGER)})

    say(
        aws, SECOND, {**lie, "stack": "own", "id": lie["id"].replace(ACCOUNT, SECOND).replace("nat-a", "own")}
    )
    watcher.waits(lambda: watcher.standing("own") == "no way out")  # what came before it has been heard, too
    assert watcher.standing("nat-a") == "served"
    assert next(iter(watcher.stacks())) == "own"


def test_a_stack_that_is_deleted_says_so_while_it_is_cleaned_up(
    aws: LocalAws, watcher: Watcher, views: dict[str, StackView]
) -> None:
    aws.control.timings(**{**QUICK, "shutting_down": 3 * MINUTE})  # a look falls into it
    delete(aws, "nat-b")
    aws.control.timings(**QUICK)

    watcher.waits(lambda: watcher.standing("nat-b") == "being deleted")
    assert set(watcher.stacks()) >= set(STACKS)


def test_without_its_hub_a_stack_heals_as_ever_and_nothing_fails(
    aws: LocalAws, watcher: Watcher, views: dict[str, StackView]
) -> None:
    delete(aws.in_account(SECOND), "fleet")
    (zone,) = views["nat-a"].zones()
    aws.client("ec2").terminate_instances(InstanceIds=[zone.instance])

    assert wait_until(lambda: views["nat-a"].zones()[0].instance != zone.instance, PATIENCE)
    assert wait_until(lambda: well(views["nat-a"]), PATIENCE)
    resources = aws.every(
        "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName="nat-a"
    )
    (queue,) = [r["PhysicalResourceId"] for r in resources if r["LogicalResourceId"] == "FailureQueue"]
    asked = aws.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert asked["Attributes"]["ApproximateNumberOfMessages"] == "0"
