"""The environment, read once and checked whole: every mistake is reported, each with name, value and cure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from natkeeper.core.intake.choices import find_mistakes
from natkeeper.core.intake.figures import GatewayMetrics
from natkeeper.core.intake.instance_types import AUTO, choose_types
from natkeeper.core.intake.topology import Layout
from natkeeper.core.model import AllocationId, Market, RouteTableId, SubnetId
from natkeeper.core.office_hours import OfficeHours, OfficeHoursError, parse
from natkeeper.core.policy import Awake, LastResort, Policy, SleepMode, Spare, Standby
from natkeeper.environment import Reader


@dataclass(frozen=True, slots=True)
class ReconcileSettings:
    """What `reconcile` is told by the template."""

    stack: str
    table: str
    topic: str
    layout: Layout
    policy: Policy
    launch_template: str
    security_group: str
    repair_document: str
    image_parameter: str
    report_queue: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """What `probe` is told by the template."""

    stack: str
    table: str
    document: str
    metrics: GatewayMetrics


@dataclass(frozen=True, slots=True)
class TeardownSettings:
    """What `teardown` is told by the template."""

    stack: str
    table: str
    tables: tuple[RouteTableId, ...]
    launch_template: str


def reconcile_settings(environment: Mapping[str, str]) -> ReconcileSettings:
    """The settings of `reconcile`. Raises SettingsError with every mistake."""
    read = Reader(environment)
    settings = ReconcileSettings(
        stack=read.stack(),
        table=read.table(),
        topic=read.topic(),
        layout=(layout := _layout(read)),
        policy=_policy(
            read,
            read.number("LAUNCH_TEMPLATE_VERSION", 1, 999_999_999),
            _gateway_prices(read),
            len(layout.allocations),
        ),
        launch_template=_launch_template(read),
        security_group=_security_group(read),
        repair_document=_document(read, "REPAIR_DOCUMENT"),
        image_parameter=read.environment.get("IMAGE_PARAMETER", ""),  # checked with the types
        report_queue=read.text("REPORT_QUEUE", r"https?://[\w.:-]+/\d{12}/[\w-]{1,80}", "an SQS queue's URL"),
        tags=read.tags("TAGS"),
    )
    read.finish()
    return settings


def _gateway_prices(read: Reader) -> tuple[float, float]:
    """Dollars of a NAT gateway's hour with its address, and of a gigabyte that it processes. The controller
    is told no prices of the user's own: its variables are 4 KB at most, and a mistake there would stop it."""
    region = read.text("PRICE_REGION", r"[a-z]{2,4}(-[a-z]+)+-\d", "a region like us-east-1")
    if read.environment.get("LAST_RESORT") == LastResort.NONE:
        return 0.0, 0.0
    from natkeeper.core.savings.prices import prices_in  # noqa: PLC0415  # a cold start does without it

    prices = prices_in(region)
    hour, address = prices.of("nat_gateway_hour"), prices.of("public_ipv4_hour")
    return hour.dollars + address.dollars, prices.of("nat_gateway_gb").dollars


def mistakes_in(chosen: Mapping[str, str]) -> list[str]:
    """What is wrong with a person's choices, by the template's names, before anything is made of them."""
    names = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): name for name in chosen}
    read = Reader({variable: chosen[name] for variable, name in names.items()})
    _policy(read, version=1, gateway=(0.0, 0.0))
    _ranges(read)
    read.tags("TAGS")
    told = [*read.mistakes, *find_mistakes(read.environment)]
    return [re.sub(r"[A-Z]+[A-Z_0-9]*", lambda m: names.get(m[0], m[0]), mistake) for mistake in told]


def probe_settings(environment: Mapping[str, str]) -> ProbeSettings:
    """The settings of `probe`. Raises SettingsError with every mistake."""
    read = Reader(environment)
    metrics = read.choice("GATEWAY_METRICS", GatewayMetrics)
    settings = ProbeSettings(read.stack(), read.table(), _document(read, "PROBE_DOCUMENT"), metrics)
    read.finish()
    return settings


def teardown_settings(environment: Mapping[str, str]) -> TeardownSettings:
    """The settings of `teardown`. Raises SettingsError with every mistake."""
    read = Reader(environment)
    tables = tuple(RouteTableId(i) for i in read.ids("PRIVATE_ROUTE_TABLE_IDS", "rtb"))
    settings = TeardownSettings(read.stack(), read.table(), tables, _launch_template(read))
    read.finish()
    return settings


def _document(read: Reader, name: str) -> str:
    return read.text(name, r"[\w.-]{3,128}", "an SSM document's name")


def _launch_template(read: Reader) -> str:
    return read.text("LAUNCH_TEMPLATE_ID", r"lt-[0-9a-f]{8,17}", "a launch template's id")


def _security_group(read: Reader) -> str:
    return read.text("SECURITY_GROUP_ID", r"sg-[0-9a-f]{8,17}", "a security group's id")


def _ranges(read: Reader) -> tuple[str, ...]:
    text = read.environment.get("PRIVATE_CIDRS", "")
    ranges = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in ranges if not _is_range(part)]
    if wrong or not ranges:
        state = f"is {', '.join(wrong)!r}" if "PRIVATE_CIDRS" in read.environment else "is not set"
        read.mistakes.append(f"PRIVATE_CIDRS {state}: it should be ranges like 10.0.0.0/16")
    return () if wrong else ranges


def _is_range(text: str) -> bool:
    try:
        return ip_network(text, strict=False).version == 4
    except ValueError:
        return False


def _layout(read: Reader) -> Layout:
    subnets = read.ids("PUBLIC_SUBNET_IDS", "subnet")
    tables = read.ids("PRIVATE_ROUTE_TABLE_IDS", "rtb")
    allocations = read.ids("ALLOCATION_IDS", "eipalloc", may_be_empty=True)
    if allocations and len(allocations) != len(subnets):
        right = f"empty, or one for each of the {len(subnets)} public subnets"
        read.mistakes.append(f"ALLOCATION_IDS has {len(allocations)} ids: it should be {right}")
    return Layout(
        tuple(SubnetId(i) for i in subnets),
        tuple(RouteTableId(i) for i in tables),
        tuple(AllocationId(i) for i in allocations),
        ranges=_ranges(read),
        template=read.environment.get("LAUNCH_TEMPLATE_ID", ""),
        group=read.environment.get("SECURITY_GROUP_ID", ""),
    )


def _policy(read: Reader, version: int, gateway: tuple[float, float], addresses: int = 0) -> Policy:
    days = read.number("MAX_LIFETIME_DAYS", 0, 3650)
    awake = read.choice("AWAKE", Awake)
    quiet = read.number("QUIET_MINUTES", 0, 1440)
    return Policy(
        template_version=version,
        instance_types=_instance_types(read),
        boot=timedelta(seconds=read.number("BOOT_SECONDS", 60, 3600)),
        drain=timedelta(seconds=read.number("DRAIN_SECONDS", 0, 3600)),
        max_lifetime=timedelta(days=days) if days else None,
        launches_per_hour=read.number("MAX_LAUNCHES_PER_HOUR", 1, 20),
        awake=awake,
        hours=_office_hours(read, awake),
        idle=timedelta(minutes=read.number("IDLE_MINUTES", 1, 1440)),
        quiet=timedelta(minutes=quiet) if quiet else None,
        sleep_drain=timedelta(minutes=read.number("SLEEP_DRAIN_MINUTES", 0, 1440)),
        sleep_mode=read.choice("SLEEP_MODE", SleepMode),
        market=read.choice("MARKET", Market),
        spare=read.choice("SPARE", Spare),
        standby=read.choice("STANDBY", Standby),
        sets_cpu_credits=read.environment.get("INSTANCE_TYPES") == AUTO,
        own_image=read.flag("OWN_IMAGE"),
        peer_watch=read.flag("PEER_WATCH"),
        covers=addresses > 1,
        last_resort=read.choice("LAST_RESORT", LastResort),
        gateway_hour=gateway[0],
        gateway_gb=gateway[1],
    )


def _office_hours(read: Reader, awake: Awake) -> OfficeHours | None:
    text = read.environment.get("OFFICE_HOURS")
    needed = awake in (Awake.OFFICE_HOURS, Awake.ON_DEMAND_IN_OFFICE_HOURS)
    right = "windows and a time zone like Mon-Fri 08:00-20:00 Asia/Tokyo"
    if text is None:
        read.mistakes.append(f"OFFICE_HOURS is not set: it should be {right}, or empty")
    elif needed and not text:
        read.mistakes.append(f"OFFICE_HOURS is '', but AWAKE is {awake.value!r}: it should be {right}")
    elif text and not needed:
        read.mistakes.append(f"OFFICE_HOURS is {text!r}, but AWAKE is {awake.value!r}: it should be empty")
    if not text:
        return None
    try:
        return parse(text, _zone)
    except OfficeHoursError as error:
        read.mistakes += [f"OFFICE_HOURS: {mistake}" for mistake in error.mistakes]
        return None


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # no such file, a folder, or a path that leads away
        return None


def _instance_types(read: Reader) -> tuple[str, ...]:
    image = read.text("IMAGE_PARAMETER", r"/[\w./-]{1,1000}", "the name of an image's SSM parameter")
    right = r"auto|[a-z0-9-]+\.[a-z0-9-]+(,[a-z0-9-]+\.[a-z0-9-]+)*"
    types, wrong = choose_types(read.text("INSTANCE_TYPES", right, "auto or types"), image)
    if wrong:
        read.mistakes.append(f"INSTANCE_TYPES {wrong}")
    return types
