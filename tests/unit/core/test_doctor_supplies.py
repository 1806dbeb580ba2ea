"""What the doctor says of what a node is made of, and of what the account has: word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.facts import Block, ImageKind, InstanceKind, Machine, Parameter
from natkeeper.core.doctor.findings import Occasion, Verdict
from natkeeper.core.model import ImageId, InstanceId, SubnetId, Unread
from tests.unit.core.doctor_situations import Words, finding, place, with_subnets, words
from tests.unit.core.test_doctor import ASKED, NODE, NOW, PUBLIC, VPC, A, B, elastics, found

SECOND = SubnetId("subnet-2")
TWO = replace(ASKED, public_subnets=(PUBLIC, SECOND), zones=2)
ARM, X86 = frozenset(("arm64",)), frozenset(("x86_64",))
OWN = replace(ASKED, image_parameter="/own/image")


# --- the parameters themselves


def test_what_the_parameters_get_wrong_is_told_in_their_own_words() -> None:
    asked = replace(ASKED, mistakes=("OfficeHours is odd", "Tags are odd"))
    cure = "docs/parameters.md says what each parameter takes"

    assert words("parameters", asked) == [("OfficeHours is odd", cure), ("Tags are odd", cure)]


# --- the image


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"parameter": None},
            (
                "there is no SSM parameter /own/image in us-east-1",
                "look at the spelling of ImageParameter, or leave it out for Amazon Linux 2023",
            ),
        ),
        (
            {"parameter": Parameter("AMI-1", "aws:ec2:image")},
            ("SSM parameter /own/image holds 'AMI-1'", "it should hold an id like ami-0123"),
        ),
        (
            {"parameter": Parameter("ami-1", "text")},
            (
                "SSM parameter /own/image has the data type text, from which EC2 launches nothing",
                (
                    "delete it, then: aws ssm put-parameter --name /own/image --type String "
                    "--data-type aws:ec2:image --value ami-1"
                ),
            ),
        ),
        (
            {"image": None},
            (
                "image ami-1, which SSM parameter /own/image names, is not there",
                "was it deregistered, or not shared with this account? Put another into the parameter",
            ),
        ),
    ],
    ids=["no parameter", "no image's id", "text", "no image"],
)
def test_an_image_that_cannot_be_launched_is_told(changed: dict[str, Any], told: Words) -> None:
    assert words("image", OWN, **changed) == [told]


def test_a_parameter_of_ones_own_needs_the_data_type_of_an_image_and_amazons_does_not() -> None:
    assert words("image", OWN) == []
    assert words("image", parameter=Parameter("ami-1", "text")) == []
    assert words("image", replace(ASKED, image_parameter="/awsome"), parameter=Parameter("ami-1", "text"))


# --- the types


def test_types_that_the_region_does_not_have_are_told() -> None:
    listed = replace(ASKED, types=("t9.nano", "t4g.nano", "t9.micro"), chosen=False)
    cure = "look at the spelling in InstanceTypes, or leave it out: auto takes the cheapest that fit"

    assert words("instance types", listed) == [("us-east-1 has no instance type t9.nano, t9.micro", cure)]
    assert words("instance types", replace(listed, chosen=True)) == []
    none = replace(listed, types=("t9.nano",), chosen=True)
    assert words("instance types", none) == [("us-east-1 has no instance type t9.nano", cure)]


def test_types_that_cannot_run_the_image_are_told() -> None:
    kinds = {
        "t3.nano": InstanceKind(2, X86),
        "t4g.nano": InstanceKind(2, ARM),
        "t3.micro": InstanceKind(2, X86),
    }
    asked = replace(ASKED, types=("t3.nano", "t4g.nano", "t3.micro", "t9.nano"))

    assert words("instance types", asked, kinds=kinds) == [
        (
            "image ami-1 is for arm64 processors; t3.nano, t3.micro cannot run it",
            "take types of the image's processor, or an image for these types",
        )
    ]
    x86 = ImageKind(ImageId("ami-2"), "x86_64")
    assert [what for what, _ in words("instance types", asked, kinds=kinds, image=x86)] == [
        "image ami-2 is for x86_64 processors; t4g.nano cannot run it"
    ]
    assert words("instance types", asked, kinds=kinds, image=None) == []


def test_of_types_that_the_parameters_themselves_get_wrong_the_image_is_not_asked_again() -> None:
    kinds = {"t3.nano": InstanceKind(2, X86)}
    asked = replace(ASKED, types=("t3.nano",), chosen=False)

    def told(mistake: str) -> list[Words]:
        return words("instance types", replace(asked, mistakes=(mistake,)), kinds=kinds)

    assert told("InstanceTypes names t3.nano, which is no type for arm64") == []
    assert told("OfficeHours is odd, as InstanceTypes may be") != []


def test_each_zone_that_has_none_of_the_types_is_told() -> None:
    listed = with_subnets(subnet_2=place("10.0.2.0/24", zone=B))

    assert words("types in each zone", TWO, subnets=listed) == [
        (
            "zone us-east-1b has none of t4g.nano, t4g.micro",
            (
                "add a type to InstanceTypes that it has: aws ec2 describe-instance-type-offerings "
                "--location-type availability-zone --filters Name=location,Values=us-east-1b"
            ),
        )
    ]
    assert (
        words(
            "types in each zone", TWO, subnets=listed, offers=dict.fromkeys((A, B), frozenset(("t4g.micro",)))
        )
        == []
    )


def test_the_free_plan_is_told_with_all_the_types_that_it_does_not_have() -> None:
    asked = replace(ASKED, types=("t4g.nano", "t4g.small", "t9.nano"))

    assert words("account plan", asked, plan="FREE") == [
        (
            "this account is on the Free Plan, which has none of t4g.nano, t4g.small, t9.nano",
            "take t4g.micro or t3.micro into InstanceTypes, or upgrade the account to the Paid Plan",
        )
    ]
    assert words("account plan", asked, plan="PAID") == []
    assert words("account plan", asked, plan="PAID", kinds=Unread("denied")) == []


# --- quotas


def vcpus(free: str, needed: str) -> list[Words]:
    return [
        (
            f"nodes need {needed} more while one is replaced); {free} are free",
            "ask for more (Service Quotas, L-1216C47A), or end instances that nobody needs",
        )
    ]


@pytest.mark.parametrize(
    ("zones", "kinds", "quota", "needed"),
    [
        (1, {"t4g.nano": InstanceKind(2, ARM)}, 3, "4 vCPUs (2 for each of 1 zones, 2"),
        (3, {"t4g.nano": InstanceKind(2, ARM)}, 7, "8 vCPUs (2 for each of 3 zones, 2"),
        (1, {"t4g.nano": InstanceKind(1, ARM), "t4g.micro": InstanceKind(4, ARM)}, 1,
         "2 vCPUs (1 for each of 1 zones, 1"),
        (1, {"t4g.nano": InstanceKind(4, ARM)}, 7, "8 vCPUs (4 for each of 1 zones, 4"),
        (1, {"t4g.micro": InstanceKind(4, ARM)}, 3, "4 vCPUs (2 for each of 1 zones, 2"),
        (1, Unread("denied"), 3, "4 vCPUs (2 for each of 1 zones, 2"),
    ],
)  # fmt: skip
def test_nodes_need_the_vcpus_of_the_first_type_or_two(
    zones: int, kinds: Any, quota: int, needed: str
) -> None:
    asked = replace(ASKED, zones=zones)

    assert words("vCPU quota", asked, kinds=kinds, vcpu_quota=quota) == vcpus(
        f"{quota} of the quota of {quota}", needed
    )
    assert words("vCPU quota", asked, kinds=kinds, vcpu_quota=quota + 1) == []


def test_a_standby_needs_vcpus_of_its_own() -> None:
    asked = replace(ASKED, zones=2, nodes_per_zone=2)

    assert words("vCPU quota", asked, vcpu_quota=9) == vcpus(
        "9 of the quota of 9", "10 vCPUs (2 for each of 4 nodes, two a zone, 2"
    )
    assert words("vCPU quota", asked, vcpu_quota=10) == []


@pytest.mark.parametrize(("used", "free"), [(2, 3), (4, 1), (5, 0), (9, 0)])
def test_what_runs_beside_the_stack_leaves_the_rest_of_the_quota(used: int, free: int) -> None:
    theirs = Machine(InstanceId("i-2"), "m5.large", A, used, (), NOW)

    assert words("vCPU quota", machines=(NODE, theirs)) == vcpus(
        f"{free} of the quota of 5", "4 vCPUs (2 for each of 1 zones, 2"
    )


def test_before_there_is_a_stack_every_instance_counts() -> None:
    asked = replace(ASKED, stack="")

    for nodes in ((NODE,), (replace(NODE, stack=""),)):
        assert words("vCPU quota", asked, machines=nodes) == vcpus(
            "3 of the quota of 5", "4 vCPUs (2 for each of 1 zones, 2"
        )


@pytest.mark.parametrize(("zones", "used", "free"), [(2, 4, 1), (1, 5, 0), (3, 3, 2), (1, 7, 0)], ids=str)
def test_too_few_addresses_are_told_with_how_many_are_free(zones: int, used: int, free: int) -> None:
    assert words("address quota", replace(ASKED, zones=zones), addresses=elastics(used)) == [
        (
            f"{zones} elastic addresses are needed; {free} of 5 are free",
            "ask for more (Service Quotas, L-0263D0A3), release one, or deploy with KeepAddress=false",
        )
    ]


# --- the key, and the internet


def test_a_key_of_ones_own_is_told_with_what_to_do() -> None:
    assert words("key for disks", disk_key="arn:key") == [
        (
            "new disks are encrypted with arn:key, a key of your own: a node that cannot use it ends at once",
            "name its ARN in DiskKeyArn, and let the key's policy allow this account to use it by EC2",
        )
    ]


@pytest.mark.parametrize("vpc", [VPC, None])
def test_block_public_access_is_told_with_the_subnets_that_it_shuts(vpc: Any) -> None:
    asked = replace(TWO, vpc=vpc)

    def told(*spared: str) -> list[Words]:
        return words("block public access", asked, block=Block("block-ingress", frozenset(spared)))

    def shut(listed: str, first: str) -> list[Words]:
        return [
            (
                f"VPC Block Public Access is block-ingress in us-east-1: {listed} reach nothing",
                (
                    f"aws ec2 create-vpc-block-public-access-exclusion --subnet-id {first} "
                    "--internet-gateway-exclusion-mode allow-bidirectional (for each of them)"
                ),
            )
        ]

    assert told() == shut("subnet-public, subnet-2", "subnet-public")
    assert told(PUBLIC) == shut("subnet-2", "subnet-2")
    assert told(PUBLIC, SECOND) == told(VPC) == []


def test_an_own_key_and_a_free_plan_fail_no_deployment() -> None:
    assert (
        found(Occasion.DEPLOYMENT, disk_key="arn:key", plan="FREE", vcpu_quota=0, addresses=elastics(9)) == {}
    )
    assert finding("key for disks", disk_key=Unread("denied")).verdict is Verdict.UNREAD
