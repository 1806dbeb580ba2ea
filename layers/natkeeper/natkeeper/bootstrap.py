"""The composition root: the one place that picks adapters, once for each warm process. Each function of
Lambda imports what it needs where that is put together: what others need would lengthen its cold start."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.telemetry import ApiCalls, journal

if TYPE_CHECKING:
    from natkeeper.doctor.examination import Examination
    from natkeeper.doctor.gate import Gate
    from natkeeper.doctor.survey import Survey
    from natkeeper.picture.illustrator import Illustrator
    from natkeeper.ports import Notices
    from natkeeper.probe import Prober
    from natkeeper.reconcile.applier import Applier
    from natkeeper.reconcile.desk import Desk
    from natkeeper.reconcile.observer import Observer
    from natkeeper.report.accountant import Accountant
    from natkeeper.settings import ReconcileSettings
    from natkeeper.teardown import Demolition

# The next sweep is the real retry. 2 x (2 + 7) s, and 1 s between: no call outlasts what is left of a lease
# renewed before it (adapters/dynamodb_lease.py). A `max_attempts` would count the retries only.
PATIENCE = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=7)
# Whoever looks at a picture looks again sooner than that: 2 x (2 + 3) s, within what all of it may take.
GLANCE = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=3)
PLANS_REGION = "us-east-1"
"""The one endpoint of the Free Tier API (AWS General Reference)."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def time_left(context: Any) -> Callable[[], float]:
    """The seconds that Lambda leaves this invocation, whenever asked; without a context for ever."""
    return lambda: math.inf if context is None else context.get_remaining_time_in_millis() / 1000


def prepare(build: Callable[[], object]) -> None:
    """Builds at once in Lambda: its init has a whole processor, an invocation of 256 MB a seventh of one."""
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        build()


@lru_cache(maxsize=1)
def desk() -> Desk:
    """The reconciler. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.dynamodb_lease import DynamoDbLease
    from natkeeper.adapters.eventbridge_announcements import EventBridgeAnnouncements
    from natkeeper.adapters.sns_notices import SnsNotices
    from natkeeper.adapters.sqs_reports import SqsReports
    from natkeeper.reconcile.clerk import Clerk
    from natkeeper.reconcile.desk import Desk
    from natkeeper.reconcile.hearing import Hearing
    from natkeeper.reconcile.reconciler import Reconciler
    from natkeeper.settings import reconcile_settings

    told, calls = reconcile_settings(os.environ), ApiCalls()
    notices = SnsNotices(boto3.client("sns", config=PATIENCE), told.topic, told.stack)
    replies = EventBridgeAnnouncements(boto3.client("events", config=PATIENCE), told.stack)
    dynamodb = boto3.client("dynamodb", config=PATIENCE)
    store = DynamoDbStore(dynamodb, told.table, utc_now)
    reports = SqsReports(boto3.client("sqs", config=PATIENCE), told.report_queue, told.stack)
    reconciler = Reconciler(
        *_observer_and_applier(told, notices, calls),
        store=store,
        lease=DynamoDbLease(dynamodb, told.table, utc_now),
        journal=journal(calls),
        clock=utc_now,
        policy=told.policy,
        hearing=Hearing(reports, store, journal(calls), utc_now, told.policy, time.sleep),
    )
    return Desk(reconciler, Clerk(reconciler, replies, notices), time.sleep)


def _observer_and_applier(
    told: ReconcileSettings, notices: Notices, calls: ApiCalls
) -> tuple[Observer, Applier]:
    """What reads EC2, and what writes to it; their calls are counted."""
    from natkeeper.adapters.ec2_gateways import Ec2Gateways
    from natkeeper.adapters.ec2_images import Ec2Images
    from natkeeper.adapters.ec2_launch import take_no_room_for_an_answer
    from natkeeper.adapters.ec2_network import Ec2Network
    from natkeeper.adapters.ec2_nodes import Ec2Nodes
    from natkeeper.adapters.ec2_workloads import Ec2Workloads
    from natkeeper.adapters.ssm_commands import SsmRepairs
    from natkeeper.reconcile.applier import Applier
    from natkeeper.reconcile.observer import Observer
    from natkeeper.reconcile.pace import SIDE_BY_SIDE

    ec2, ssm = boto3.client("ec2", config=PATIENCE), boto3.client("ssm", config=PATIENCE)
    for client in (ec2, ssm):
        client.meta.events.register("before-call", calls.saw)
    ec2.meta.events.register_first("needs-retry.ec2", take_no_room_for_an_answer)
    version, wants = told.policy.template_version, told.policy.has_last_resort
    nodes = Ec2Nodes(ec2, told.stack, told.launch_template, version, told.security_group, told.tags)
    images = Ec2Images(ec2, ssm, told.stack, told.launch_template, told.image_parameter, told.tags)
    network, gateways = Ec2Network(ec2), Ec2Gateways(ec2, told.stack, told.tags)
    workloads = Ec2Workloads(ec2) if told.policy.on_demand else None
    movers, repairs = partial(ThreadPoolExecutor, SIDE_BY_SIDE), SsmRepairs(ssm, told.repair_document)
    observer = Observer(nodes, network, told.layout, images, gateways, workloads, last_resort=wants)
    return observer, Applier(nodes, network, repairs, notices, images, gateways, movers)


@lru_cache(maxsize=1)
def prober() -> Prober:
    """The probe. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.eventbridge_announcements import EventBridgeAnnouncements
    from natkeeper.adapters.ssm_commands import SsmProbing
    from natkeeper.probe import Prober
    from natkeeper.settings import probe_settings

    told = probe_settings(os.environ)
    ssm = boto3.client("ssm", config=PATIENCE)
    return Prober(
        store=DynamoDbStore(boto3.client("dynamodb", config=PATIENCE), told.table, utc_now),
        probing=SsmProbing(ssm, told.document, time.sleep),
        announcements=EventBridgeAnnouncements(boto3.client("events", config=PATIENCE), told.stack),
        journal=journal(ApiCalls(), told.metrics.names()),
        clock=utc_now,
        sleep=time.sleep,
    )


@lru_cache(maxsize=1)
def accountant() -> Accountant:
    """The report. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.dynamodb_books import DynamoDbBooks
    from natkeeper.adapters.sns_notices import SnsNotices
    from natkeeper.report.accountant import Accountant
    from natkeeper.report.settings import report_settings

    told = report_settings(os.environ)
    dynamodb = boto3.client("dynamodb", config=PATIENCE)
    return Accountant(
        stack=told.stack,
        shape=told.shape,
        prices=told.prices,
        overhead=told.overhead,
        store=DynamoDbStore(dynamodb, told.table, utc_now),
        books=DynamoDbBooks(dynamodb, told.table),
        notices=SnsNotices(boto3.client("sns", config=PATIENCE), told.topic, told.stack),
        journal=journal(ApiCalls()),
        clock=utc_now,
    )


@lru_cache(maxsize=1)
def illustrator() -> Illustrator:
    """The picture. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.dynamodb_books import DynamoDbBooks
    from natkeeper.adapters.dynamodb_findings import DynamoDbFindings
    from natkeeper.adapters.ec2_network import Ec2Network
    from natkeeper.adapters.ec2_nodes import Ec2Nodes
    from natkeeper.picture.illustrator import Illustrator
    from natkeeper.picture.settings import picture_settings

    told = picture_settings(os.environ)
    own = told.controller
    ec2, dynamodb = boto3.client("ec2", config=GLANCE), boto3.client("dynamodb", config=GLANCE)
    version = own.policy.template_version
    return Illustrator(
        subject=told.subject(),
        nodes=Ec2Nodes(ec2, own.stack, own.launch_template, version, own.security_group, own.tags),
        network=Ec2Network(ec2),
        store=DynamoDbStore(dynamodb, own.table, utc_now),
        books=DynamoDbBooks(dynamodb, own.table),
        findings=DynamoDbFindings(dynamodb, own.table),
        journal=journal(ApiCalls()),
        clock=utc_now,
    )


@lru_cache(maxsize=1)
def demolition() -> Demolition:
    """The teardown. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.dynamodb_lease import DynamoDbLease
    from natkeeper.adapters.ec2_removal import Ec2Removal
    from natkeeper.settings import teardown_settings
    from natkeeper.teardown import Demolition

    told = teardown_settings(os.environ)
    ec2, dynamodb = boto3.client("ec2", config=PATIENCE), boto3.client("dynamodb", config=PATIENCE)
    return Demolition(
        store=DynamoDbStore(dynamodb, told.table, utc_now),
        lease=DynamoDbLease(dynamodb, told.table, utc_now),
        removal=Ec2Removal(ec2, told.stack, told.launch_template),
        journal=journal(ApiCalls()),
        tables=told.tables,
        clock=utc_now,
        sleep=time.sleep,
    )


@lru_cache(maxsize=1)
def examination() -> Examination:
    """The doctor of a stack that runs. Raises SettingsError when the environment is wrong."""
    from natkeeper.adapters.dynamodb_findings import DynamoDbFindings
    from natkeeper.adapters.sns_notices import SnsNotices
    from natkeeper.doctor.examination import Examination
    from natkeeper.doctor.settings import doctor_settings

    told = doctor_settings(os.environ)
    dynamodb = boto3.client("dynamodb", config=PATIENCE)
    store, kept = DynamoDbStore(dynamodb, told.table, utc_now), DynamoDbFindings(dynamodb, told.table)
    notices = SnsNotices(boto3.client("sns", config=PATIENCE), told.topic, told.asked.stack)
    looking = replace(survey(), memory=lambda: store.load().memory)
    return Examination(told.asked, looking, notices, journal(ApiCalls()), kept, utc_now)


@lru_cache(maxsize=1)
def gate() -> Gate:
    """The check of a deployment, which has its parameters from CloudFormation."""
    from natkeeper.adapters.cloudformation_stacks import CloudFormationStacks
    from natkeeper.doctor.gate import Gate

    stacks = CloudFormationStacks(boto3.client("cloudformation", config=PATIENCE))
    return Gate(survey(), stacks, journal(ApiCalls()), time.sleep)


def survey() -> Survey:
    """What the doctor reads with, in the region and with the rights of whoever runs it."""
    from natkeeper.adapters.cloudwatch_traffic import CloudWatchTraffic
    from natkeeper.adapters.ec2_offers import Ec2Offers
    from natkeeper.adapters.ec2_survey import Ec2Survey
    from natkeeper.adapters.freetier_plan import FreeTierPlan
    from natkeeper.adapters.servicequotas_limits import ServiceQuotas
    from natkeeper.adapters.ssm_survey import SsmSurvey
    from natkeeper.adapters.sts_identity import StsIdentity
    from natkeeper.doctor.survey import Survey

    ec2, ssm = boto3.client("ec2", config=PATIENCE), boto3.client("ssm", config=PATIENCE)
    plans: Any = boto3.client("freetier", region_name=PLANS_REGION, config=PATIENCE)
    return Survey(
        name=ec2.meta.region_name,
        region=Ec2Survey(ec2),
        offers=Ec2Offers(ec2),
        systems=SsmSurvey(ssm),
        quotas=ServiceQuotas(boto3.client("service-quotas", config=PATIENCE)),
        plans=FreeTierPlan(plans),
        identity=StsIdentity(boto3.client("sts", config=PATIENCE)),
        traffic=CloudWatchTraffic(boto3.client("cloudwatch", config=PATIENCE)),
        clock=utc_now,
    )
