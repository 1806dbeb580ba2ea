"""A stack's life on the local AWS, by the SAM CLI alone, in the order of a life: each test goes on from the
one before."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.local_aws.aws import LocalAws
from lab.stage.deployment import STACK, delete, deploy
from lab.stage.stack_view import StackView
from tests.life.account import Inventory, inventory, leftovers
from tests.life.conftest import PARAMETERS, PATIENCE
from tests.life.watch import Watch, watched


@dataclass
class Life:
    """The account, what it held before, and the stack's parameters now."""

    aws: LocalAws
    built: Path
    before: Inventory
    parameters: dict[str, str]

    def update(self, **parameters: str) -> None:
        """Deploys with these parameters changed."""
        self.parameters |= parameters
        deploy(self.aws, STACK, self.built, **self.parameters)

    @property
    def view(self) -> StackView:
        return StackView(self.aws, STACK)

    def tables(self) -> list[str]:
        return [table for _, table in self.view.tables]

    def at_rest(self) -> bool:
        """Whether every zone has one node of its own that works, and there is no other."""
        zones = self.view.zones()
        return all(zone.well for zone in zones) and len(self.view.nodes()) == len(zones)

    def rest(self) -> None:
        assert wait_until(self.at_rest, PATIENCE, 0.3), self.unrest()

    def unrest(self) -> str:
        """What does not rest, and what was decided last."""
        decided = [line for line in self.view.decisions() if line["message"] == "decision"]
        words = [f"{d['timestamp']} {d['action']} {d['zone']}: {d['reason']}" for d in decided[-20:]]
        nodes = [f"{name} {node['State']['Name']}" for name, node in self.view.nodes().items()]
        return "\n".join((*map(repr, self.view.zones()), *nodes, *words))

    def settle_on(self, version: str) -> None:
        """Waits until every node, and only such, is of this version of the launch template."""
        assert wait_until(lambda: self.versions() == {version} and self.at_rest(), PATIENCE, 0.3), (
            self.versions()
        )

    def versions(self) -> set[str]:
        """The launch template versions of the nodes."""
        tags = [{t["Key"]: t["Value"] for t in node["Tags"]} for node in self.view.nodes().values()]
        return {tag["aws:ec2launchtemplate:version"] for tag in tags}

    def function(self, name: str) -> Any:
        return self.aws.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{name}")

    def status(self) -> str:
        stacks = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return str(stacks[0]["StackStatus"])


@pytest.fixture(scope="module")
def life(aws: LocalAws, built: Path) -> Life:
    own = built.with_name(f"{built.name}-changed")  # one test changes the code; beside it, for relative paths
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(built, own)
    # A list from the beginning: from `auto` to a list, burstable credits leave the launch template too.
    return Life(aws, own, inventory(aws), {**PARAMETERS, "InstanceTypes": "t4g.nano"})


def one_by_one(watch: Watch, tables: list[str]) -> bool:
    """Whether each table went over once, and all the moves of one zone came before the next's."""
    order = [name for _, name in watch.moved[len(tables) :]]
    return sorted(order) == sorted(tables)


def test_creation_gives_every_zone_a_node_that_works(life: Life) -> None:
    life.update()
    life.rest()
    assert len(life.view.zones()) == 2


def test_deploying_the_same_again_touches_nothing(life: Life) -> None:
    before, version = inventory(life.aws), life.function("reconcile")["LastModified"]
    life.update()

    assert leftovers(before, inventory(life.aws)) == {}
    assert life.function("reconcile")["LastModified"] == version


def test_a_changed_port_forward_succeeds_the_nodes_one_zone_after_the_other_and_no_way_is_ever_cut(
    life: Life,
) -> None:
    nodes, tables = set(life.view.nodes_by_id()), life.tables()
    with watched(life.aws, tables) as watch:
        life.update(PortForward1="tcp/9999=10.0.1.10:22", AdminCidr="198.51.100.0/24")
        life.settle_on("2")

    assert not nodes & set(life.view.nodes_by_id())
    assert watch.cut == []
    assert watch.looks > 20
    assert one_by_one(watch, tables), watch.moved
    group = life.aws.client("ec2").describe_security_groups(
        Filters=[{"Name": "ip-permission.from-port", "Values": ["9999"]}]
    )
    assert len(group["SecurityGroups"]) == 1


def test_new_code_changes_the_function_and_no_node(life: Life) -> None:
    nodes, before = life.view.nodes_by_id(), life.function("reconcile")["CodeSha256"]
    with (life.built / "ReconcileFunction" / "handler.py").open("a") as code:
        code.write("\n# newer\n")
    life.update()
    life.rest()

    assert life.function("reconcile")["CodeSha256"] != before
    assert life.view.nodes_by_id() == nodes


def test_another_list_of_instance_types_leaves_the_nodes_alone_and_is_for_the_next_one(life: Life) -> None:
    nodes = life.view.nodes_by_id()
    life.update(InstanceTypes="t4g.micro,t4g.small")
    life.rest()
    assert life.view.nodes_by_id() == nodes

    life.aws.client("ec2").terminate_instances(InstanceIds=[nodes[0]])
    assert wait_until(lambda: nodes[0] not in life.view.nodes_by_id() and life.at_rest(), PATIENCE, 0.3)
    kinds = {node["InstanceId"]: node["InstanceType"] for node in life.view.nodes().values()}
    assert sorted(kinds.values()) == ["t4g.micro", "t4g.nano"]


def test_another_key_pair_makes_a_test_host_beside_the_one_that_goes(life: Life) -> None:
    nodes = life.view.nodes_by_id()
    life.update(TestHost="true", LogRetentionDays="14")  # ministack sees no change in a condition alone
    before = life.view.test_host()
    ec2 = life.aws.client("ec2")
    ec2.create_key_pair(KeyName="another")
    life.update(KeyPair="another")

    assert life.status() == "UPDATE_COMPLETE"
    assert life.view.test_host() != before
    found = ec2.describe_instances(InstanceIds=[before])["Reservations"]
    assert not found or found[0]["Instances"][0]["State"]["Name"] == "terminated"
    life.update(TestHost="false", KeyPair="", LogRetentionDays="30")
    ec2.delete_key_pair(KeyName="another")
    assert life.view.nodes_by_id() == nodes


def test_a_zone_more_is_served_and_the_others_are_not_touched(life: Life) -> None:
    nodes, tables = set(life.view.nodes_by_id()), life.tables()
    with watched(life.aws, tables) as watch:
        life.update(ZoneCount="3")
        life.rest()

    assert watch.cut == []
    assert len(life.view.zones()) == 3
    assert nodes < set(life.view.nodes_by_id())


def test_a_zone_less_leaves_nothing_of_it_and_the_others_are_not_touched(life: Life) -> None:
    life.update(ZoneCount="2")
    life.rest()
    ec2 = life.aws.client("ec2")
    listed = life.aws.every(
        "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=STACK
    )
    names = {resource["LogicalResourceId"] for resource in listed}

    assert len(life.view.zones()) == 2
    assert len(ec2.describe_addresses()["Addresses"]) == 2
    assert not [
        name for name in names if re.fullmatch(r"[A-Za-z]+3", name)
    ]  # a layer's has a hash at its end
    assert not ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": [f"{STACK}-*-3"]}])["Subnets"]


def test_an_update_with_mistakes_tells_them_and_is_rolled_back_and_no_node_is_touched(life: Life) -> None:
    nodes, before = life.view.nodes_by_id(), life.function("reconcile")["Environment"]
    wrong = {"Awake": "office-hours", "OfficeHours": "Mon-Fri 08:00-20:00 Asia/Tokio"}
    with pytest.raises(Exception, match="deploy"):
        deploy(life.aws, STACK, life.built, **{**life.parameters, **wrong})

    assert life.status() == "UPDATE_ROLLBACK_COMPLETE"
    said = life.aws.every("cloudformation", "describe_stack_events", "StackEvents", StackName=STACK)
    assert any("'Asia/Tokio' is no time zone" in e.get("ResourceStatusReason", "") for e in said)
    assert life.function("reconcile")["Environment"] == before
    assert life.view.nodes_by_id() == nodes


def test_an_update_that_fails_late_is_rolled_back_and_no_way_is_ever_cut(life: Life) -> None:
    life.aws.control.refuse("Teardown")  # the last that changes: all else has changed before it
    tables = life.tables()
    with watched(life.aws, tables) as watch:
        with pytest.raises(Exception, match="deploy"):
            deploy(
                life.aws,
                STACK,
                life.built,
                **{
                    **life.parameters,
                    "ZoneCount": "3",
                    "PortForward2": "tcp/80=10.0.1.10:80",
                    "AdminCidr": "198.51.100.0/24",
                },
            )
        life.rest()

    assert life.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert watch.cut == []
    assert life.tables() == tables
    assert len(life.aws.client("ec2").describe_addresses()["Addresses"]) == 2


def test_addresses_that_are_no_longer_kept_are_given_back(life: Life) -> None:
    life.update(KeepAddress="false")

    assert life.aws.client("ec2").describe_addresses()["Addresses"] == []
    assert all(zone.state == "active" for zone in life.view.zones())


def test_deletion_with_running_nodes_leaves_the_account_as_it_was(life: Life) -> None:
    life.update(KeepAddress="true")
    life.rest()
    delete(life.aws)

    assert leftovers(life.before, inventory(life.aws)) == {}
