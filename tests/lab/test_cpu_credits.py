"""CPU credits are as the launch or the last call chose, and only burstable instances have any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Cloud

UNLIMITED: Any = {"CpuCredits": "unlimited"}


def credits_of(cloud: Cloud, *nodes: str) -> dict[str, str]:
    told = cloud.ec2.describe_instance_credit_specifications(InstanceIds=nodes)
    return {each["InstanceId"]: each["CpuCredits"] for each in told["InstanceCreditSpecifications"]}


def choose(cloud: Cloud, node: str, mode: str) -> Any:
    asked: Any = [{"InstanceId": node, "CpuCredits": mode}]
    return cloud.ec2.modify_instance_credit_specification(InstanceCreditSpecifications=asked)


def test_where_nobody_has_chosen_they_are_unlimited(cloud: Cloud) -> None:
    node = cloud.running()

    assert credits_of(cloud, node) == {node: "unlimited"}


def test_a_launch_chooses(cloud: Cloud) -> None:
    standard, unlimited = cloud.running(CreditSpecification={"CpuCredits": "standard"}), cloud.running()

    assert credits_of(cloud, standard, unlimited) == {standard: "standard", unlimited: "unlimited"}


def test_a_choice_may_change_while_it_runs_and_while_it_is_stopped(cloud: Cloud) -> None:
    node = cloud.running()
    choose(cloud, node, "standard")
    assert credits_of(cloud, node) == {node: "standard"}
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    choose(cloud, node, "unlimited")

    assert credits_of(cloud, node) == {node: "unlimited"}


def test_a_refusal_is_told_beside_the_answer(cloud: Cloud) -> None:
    node = cloud.launch()
    (refused,) = choose(cloud, node, "standard")["UnsuccessfulInstanceCreditSpecifications"]

    assert refused["InstanceId"] == node
    assert refused["Error"]["Code"] == "IncorrectInstanceState"


def test_a_type_without_credits_is_not_launched_with_a_choice(
    cloud: Cloud, refused: Callable[[str], Any]
) -> None:
    with refused("InstanceCreditSpecification.NotSupported"):
        cloud.launch(InstanceType="c7g.medium", CreditSpecification=UNLIMITED)
    assert credits_of(cloud, cloud.running(InstanceType="c7g.medium")) == {}
