"""A wrong environment is refused whole: every mistake at once, each with name, value and cure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from natkeeper.core.intake.instance_types import ARM_TYPES, X86_TYPES
from natkeeper.environment import SettingsError
from natkeeper.picture.settings import picture_settings
from natkeeper.report.settings import report_settings
from natkeeper.settings import (
    probe_settings,
    reconcile_settings,
    teardown_settings,
)

ID = "0123456789abcdef0"
GOOD = {
    "STACK_NAME": "natkeeper",
    "TABLE_NAME": "natkeeper-table",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:natkeeper-topic",
    "PUBLIC_SUBNET_IDS": f"subnet-{ID}",
    "PRIVATE_ROUTE_TABLE_IDS": f"rtb-{ID}",
    "ALLOCATION_IDS": f"eipalloc-{ID}",
    "PRIVATE_CIDRS": "10.0.0.0/16, 100.64.0.0/10",
    "LAUNCH_TEMPLATE_ID": f"lt-{ID}",
    "LAUNCH_TEMPLATE_VERSION": "3",
    "SECURITY_GROUP_ID": f"sg-{ID}",
    "INSTANCE_TYPES": "auto",
    "IMAGE_PARAMETER": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    "REPAIR_DOCUMENT": "natkeeper-repair",
    "REPORT_QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/natkeeper-ReportQueue-0aB1",
    "PROBE_DOCUMENT": "natkeeper-probe",
    "GATEWAY_METRICS": "alarms",
    "ZONES": "2",
    "KEEP_ADDRESS": "true",
    "DASHBOARD": "true",
    "PRICE_REGION": "us-east-1",
    "PRICES": '{"nat_gateway_hour": 0.05}',
    "MAX_LIFETIME_DAYS": "30",
    "DRAIN_SECONDS": "60",
    "BOOT_SECONDS": "600",
    "MAX_LAUNCHES_PER_HOUR": "4",
    "AWAKE": "always",
    "OFFICE_HOURS": "",
    "IDLE_MINUTES": "15",
    "QUIET_MINUTES": "0",
    "SLEEP_DRAIN_MINUTES": "15",
    "SLEEP_MODE": "stop",
    "SPARE": "none",
    "STANDBY": "none",
    "LAST_RESORT": "none",
    "PEER_WATCH": "true",
    "MARKET": "on-demand",
    "OWN_IMAGE": "false",
    "TAGS": "",
}
X86_IMAGE = GOOD["IMAGE_PARAMETER"].replace("arm64", "x86_64")


def mistakes(**changes: str) -> str:
    with pytest.raises(SettingsError) as caught:
        reconcile_settings({**GOOD, **changes})
    return str(caught.value)


def test_a_good_environment_is_understood() -> None:
    told = reconcile_settings(GOOD)

    assert told.policy.template_version == 3
    assert told.policy.max_lifetime == timedelta(days=30)
    assert told.layout.public_subnets == (f"subnet-{ID}",)
    assert probe_settings(GOOD).document == "natkeeper-probe"
    assert told.layout.ranges == ("10.0.0.0/16", "100.64.0.0/10")
    assert (told.layout.template, told.layout.group) == (f"lt-{ID}", f"sg-{ID}")
    assert teardown_settings(GOOD).tables == (f"rtb-{ID}",)
    assert teardown_settings(GOOD).launch_template == f"lt-{ID}"


@pytest.mark.parametrize("ranges", ["", "10.0.0.0/33", "fd00::/8", "10.0.0.0/16,here"])
def test_the_translated_ranges_are_ipv4_ranges(ranges: str) -> None:
    assert "PRIVATE_CIDRS is" in mistakes(PRIVATE_CIDRS=ranges)


def test_a_range_may_be_written_with_an_address_of_it() -> None:
    assert reconcile_settings({**GOOD, "PRIVATE_CIDRS": "10.0.0.5/16"}).layout.ranges == ("10.0.0.5/16",)


def test_a_lifetime_of_zero_days_is_for_ever() -> None:
    assert reconcile_settings({**GOOD, "MAX_LIFETIME_DAYS": "0"}).policy.max_lifetime is None


def test_an_empty_environment_names_every_variable() -> None:
    told = ""
    for read in (reconcile_settings, probe_settings, report_settings):
        with pytest.raises(SettingsError) as caught:
            read({})
        told += str(caught.value)

    assert all(f"{name} is not set" in told for name in GOOD)


def test_every_mistake_is_reported_at_once_with_its_value() -> None:
    told = mistakes(STACK_NAME="-x", DRAIN_SECONDS="soon", PUBLIC_SUBNET_IDS="subnet-1,vpc-2", TOPIC_ARN="")

    for part in (
        "STACK_NAME is '-x'",
        "DRAIN_SECONDS is 'soon'",
        "PUBLIC_SUBNET_IDS is 'subnet-1, vpc-2'",
        "TOPIC_ARN is ''",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOOT_SECONDS", "59"),
        ("BOOT_SECONDS", "3601"),
        ("MAX_LAUNCHES_PER_HOUR", "0"),
        ("LAUNCH_TEMPLATE_VERSION", "$Latest"),
    ],
)
def test_a_number_out_of_its_bounds_is_refused(name: str, value: str) -> None:
    assert f"{name} is {value!r}: it should be a whole number from" in mistakes(**{name: value})


def test_an_id_named_twice_is_refused() -> None:
    assert "each id once" in mistakes(PRIVATE_ROUTE_TABLE_IDS=f"rtb-{ID},rtb-{ID}")


def test_addresses_must_be_none_or_one_for_each_public_subnet() -> None:
    assert "2 ids: it should be empty, or one for each of the 1 public subnets" in mistakes(
        ALLOCATION_IDS=f"eipalloc-{ID},eipalloc-0123456789abcdef1"
    )
    assert reconcile_settings({**GOOD, "ALLOCATION_IDS": ""}).layout.allocations == ()


def test_automatic_types_follow_the_images_architecture() -> None:
    assert reconcile_settings(GOOD).policy.instance_types == ARM_TYPES
    assert reconcile_settings({**GOOD, "IMAGE_PARAMETER": X86_IMAGE}).policy.instance_types == X86_TYPES


def test_only_types_that_we_chose_have_their_credits_set() -> None:
    assert reconcile_settings({**GOOD, "INSTANCE_TYPES": "auto"}).policy.sets_cpu_credits
    assert not reconcile_settings({**GOOD, "INSTANCE_TYPES": "t4g.nano"}).policy.sets_cpu_credits


def test_automatic_types_need_an_image_that_tells_its_architecture() -> None:
    assert "does not tell its architecture" in mistakes(IMAGE_PARAMETER="/golden/image")
    assert reconcile_settings({**GOOD, "IMAGE_PARAMETER": "/golden/image", "INSTANCE_TYPES": "t3.nano"})


@pytest.mark.parametrize("types", ["t3.nano", "t4g.nano,m5.large", "g4dn.xlarge"])
def test_types_that_do_not_fit_the_image_are_refused(types: str) -> None:
    assert "it should be arm64 like the image" in mistakes(INSTANCE_TYPES=types)


@pytest.mark.parametrize("types", ["t4g.nano", "c7gn.medium", "a1.medium"])
def test_graviton_types_do_not_fit_an_x86_image(types: str) -> None:
    assert "it should be x86_64" in mistakes(INSTANCE_TYPES=types, IMAGE_PARAMETER=X86_IMAGE)


def test_extra_tags_are_understood() -> None:
    text = "team=net work,aws-like=yes,cost:center/a@b=,Name2=x.y+z"
    told = reconcile_settings({**GOOD, "TAGS": text}).tags

    assert told == {"team": "net work", "aws-like": "yes", "cost:center/a@b": "", "Name2": "x.y+z"}
    assert reconcile_settings(GOOD).tags == {}


@pytest.mark.parametrize(
    "text",
    [
        "team",
        "=net",
        "team=net,",
        "aws:team=x",
        "AWS:x=y",
        "natkeeper:stack=other",
        "Name=mine",
        "a=b=c",
        "a=1\n",
    ],
)
def test_tags_that_are_none_or_not_the_users_are_refused(text: str) -> None:
    assert "TAGS is" in mistakes(TAGS=text)


def test_a_tag_is_given_once() -> None:
    assert "it should name each key once" in mistakes(TAGS="team=net,team=other")


def test_sleep_is_understood() -> None:
    hours = {"AWAKE": "on-demand-in-office-hours", "OFFICE_HOURS": "Mon-Fri 08:00-20:00 Asia/Tokyo"}
    rest = {"IDLE_MINUTES": "5", "QUIET_MINUTES": "30", "SLEEP_MODE": "terminate", "MARKET": "spot"}
    policy = reconcile_settings({**GOOD, **hours, **rest}).policy

    assert policy.on_demand
    assert policy.hours
    assert len(policy.hours.windows) == 5
    assert (policy.idle, policy.quiet) == (timedelta(minutes=5), timedelta(minutes=30))
    assert (policy.sleep_mode, policy.market) == ("terminate", "spot")


def test_every_mistake_about_sleep_is_told_at_once() -> None:
    told = mistakes(
        AWAKE="office-hours",
        OFFICE_HOURS="Mon 08:00-08:00, Tue 01:00-03:00, Tue 02:00-04:00 Mars/Olympus",
        IDLE_MINUTES="0",
        QUIET_MINUTES="-1",
        SLEEP_MODE="hibernate",
        SPARE="warm",
        STANDBY="yes",
        MARKET="futures",
    )

    for part in (
        "OFFICE_HOURS: 'Mars/Olympus' is no time zone",
        "never opens",
        "overlap",
        "IDLE_MINUTES is '0'",
        "QUIET_MINUTES is '-1'",
        "SLEEP_MODE is 'hibernate': it should be one of stop, terminate",
        "SPARE is 'warm': it should be one of none, stopped",
        "STANDBY is 'yes': it should be one of none, zone",
        "MARKET is 'futures': it should be one of on-demand, spot",
    ):
        assert part in told


@pytest.mark.parametrize("zone", ["/etc/passwd", "../localtime", "Europe", ""])
def test_a_path_is_no_time_zone(zone: str) -> None:
    assert "is no time zone" in mistakes(AWAKE="office-hours", OFFICE_HOURS=f"Mon 08:00-09:00 {zone}")


def test_office_hours_are_needed_or_forbidden_by_what_awake_says() -> None:
    assert "AWAKE is 'office-hours': it should be windows" in mistakes(AWAKE="office-hours")
    assert "it should be empty" in mistakes(OFFICE_HOURS="Mon 08:00-09:00 UTC")
    assert "AWAKE is 'sometimes'" in mistakes(AWAKE="sometimes")


def test_the_report_is_told_its_zones_and_the_users_own_prices() -> None:
    told = report_settings(GOOD)

    assert (told.shape.zones, told.shape.keeps_addresses) == (2, True)
    assert told.prices.of("nat_gateway_hour").dollars == 0.05
    assert told.overhead.dashboards == 1


def test_every_mistake_of_the_report_is_told_at_once() -> None:
    wrong = {"ZONES": "9", "KEEP_ADDRESS": "yes", "PRICE_REGION": "moon", "PRICES": '{"gateway": -1}'}
    with pytest.raises(SettingsError) as caught:
        report_settings({**GOOD, **wrong})

    for part in (
        "ZONES is '9'",
        "KEEP_ADDRESS is 'yes'",
        "PRICE_REGION is 'moon'",
        "PRICES names 'gateway'",
        "PRICES has 'gateway' as -1",
    ):
        assert part in str(caught.value)


def test_the_picture_names_every_mistake_of_all_it_is_told_once() -> None:
    with pytest.raises(SettingsError) as told:
        picture_settings({})

    lines = str(told.value).split("\n- ")
    assert lines[0] == "natkeeper cannot start:"
    for name in ("VPC_ID", "RECONCILE_FUNCTION_ARN", "AWAKE", "PRICES"):
        assert sum(line.startswith(f"{name} is not set") for line in lines) == 1
    assert len(lines) == len(set(lines))
