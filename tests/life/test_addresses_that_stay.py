"""docs/adopt.md, "Addresses that outlive the stack": those that a stack made with `RetainAddresses` stay when
it is deleted, and another stack is seen by them. Each test goes on from the one before."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.local_aws.aws import LocalAws
from lab.stage.deployment import come_to_rest, delete, deploy
from lab.stage.stack_view import StackView
from tests.doctor.region import Built, build_vpc
from tests.life.account import Inventory, inventory, leftovers
from tests.life.conftest import PARAMETERS, PATIENCE
from tests.life.test_adopt import PAGE, STACK
from tests.life.test_bad_input import refused
from tests.template.aws_cli import commands, read

HEADING = "Addresses that outlive the stack"
STAYS = {"RetainAddresses": "true"}


@dataclass
class Site:
    """A VPC of two zones, the account before any stack, and the addresses that the first stack made."""

    aws: LocalAws
    built: Path
    vpc: Built
    before: Inventory
    made: list[str] = field(default_factory=list)

    def parameters(self, **changed: str) -> dict[str, str]:
        return {**PARAMETERS, "NetworkMode": "existing", **self.vpc.parameters(), **changed}

    def deploy(self, stack: str, **changed: str) -> StackView:
        deploy(self.aws, stack, self.built, **self.parameters(**changed))
        view = StackView(self.aws, stack, self.vpc.tables)
        come_to_rest(view, PATIENCE)
        return view

    def outputs(self, stack: str) -> dict[str, str]:
        (told,) = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in told["Outputs"]}

    def holders(self) -> list[str]:
        """Who has each of the addresses that the first stack made; empty: nobody."""
        listed = self.vpc.ec2.describe_addresses(AllocationIds=self.made)["Addresses"]
        having = {a["AllocationId"]: str(a.get("NetworkInterfaceId", "")) for a in listed}
        return [having[name] for name in self.made]

    def found(self) -> set[str]:
        """The addresses that the page's command finds."""
        (command,) = [c for c in commands(PAGE, HEADING) if "natkeeper:retained" in c]
        return set(read(command, {}).on(self.vpc.ec2))


@pytest.fixture(scope="module")
def site(aws: LocalAws, built: Path) -> Site:
    vpc = build_vpc(aws.client("ec2"))
    return Site(aws, built, vpc, inventory(aws))


def serving(view: StackView) -> list[str]:
    return [zone.target for zone in view.zones()]


def test_of_a_creation_that_fails_no_address_stays(site: Site) -> None:
    site.aws.control.refuse("ProbeSchedulePermission")
    with pytest.raises(subprocess.CalledProcessError):
        deploy(site.aws, "unlucky", site.built, **site.parameters(**STAYS))
    stack = site.aws.client("cloudformation").describe_stacks(StackName="unlucky")["Stacks"][0]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    delete(site.aws, "unlucky")

    assert leftovers(site.before, inventory(site.aws)) == {}


def test_a_stack_that_goes_with_its_addresses_does_not_lose_them_for_that_they_shall_stay(site: Site) -> None:
    view = site.deploy("fleeting")
    was = serving(view), site.vpc.ec2.describe_addresses()["Addresses"]
    said = refused(site.aws, "fleeting", site.built, site.parameters(**STAYS))

    assert "was made without RetainAddresses" in said
    assert (serving(view), site.vpc.ec2.describe_addresses()["Addresses"]) == was
    delete(site.aws, "fleeting")
    assert leftovers(site.before, inventory(site.aws)) == {}


def test_a_stack_names_the_addresses_that_will_stay(site: Site) -> None:
    view = site.deploy(STACK, **STAYS)
    site.made = site.outputs(STACK)["RetainedAddresses"].split(",")

    assert len(site.made) == 2
    assert site.found() == set(site.made)
    assert site.holders() == serving(view)


def test_it_does_not_change_them_for_that_they_need_not_stay(site: Site) -> None:
    view = StackView(site.aws, STACK, site.vpc.tables)
    said = refused(site.aws, STACK, site.built, site.parameters(RetainAddresses="false"))

    assert all(f"put {name} into ExistingAllocationIds" in said for name in site.made)
    assert site.holders() == serving(view)
    assert site.found() == set(site.made)


def test_they_stay_when_it_is_deleted_and_nothing_else_does(site: Site) -> None:
    delete(site.aws, STACK)

    assert site.holders() == ["", ""]
    assert site.found() == set(site.made)
    left = leftovers(site.before, inventory(site.aws))
    assert left.keys() == {"addresses"}
    assert left["addresses"] == {f"{name} None" for name in site.made}


def test_another_stack_is_seen_by_them(site: Site) -> None:
    view = site.deploy("another", ExistingAllocationIds=",".join(site.made))

    assert site.holders() == serving(view)
    assert not any(
        name.startswith(("EgressAddress", "RetainedAddresses")) for name in site.outputs("another")
    )
    delete(site.aws, "another")
    assert site.holders() == ["", ""], "and outlive that one too"


def test_a_stack_that_runs_hands_its_own_over_and_no_zone_notices(site: Site) -> None:
    for name in site.made:
        site.vpc.ec2.release_address(AllocationId=name)
    view = site.deploy(STACK, **STAYS)
    site.made = site.outputs(STACK)["RetainedAddresses"].split(",")
    was = serving(view)
    site.deploy(STACK, RetainAddresses="false", ExistingAllocationIds=",".join(site.made))

    assert site.holders() == serving(view) == was
    assert "RetainedAddresses" not in site.outputs(STACK)


def test_nor_does_it_release_them_when_it_keeps_none_any_more(site: Site) -> None:
    deploy(site.aws, STACK, site.built, **site.parameters(KeepAddress="false", ExistingAllocationIds=""))
    assert site.found() == set(site.made)
    delete(site.aws, STACK)

    assert site.holders() == ["", ""]
    left = leftovers(site.before, inventory(site.aws))
    assert left == {"addresses": {f"{name} None" for name in site.made}}
