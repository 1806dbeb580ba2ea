"""What the picture is told: all that the reconciler decides by, what the report counts by, and who takes
orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from natkeeper.core.model import VpcId
from natkeeper.environment import Reader
from natkeeper.settings import ReconcileSettings, ReportSettings, reconcile_settings, report_settings


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """What `picture` is told by the template. `orders` is the ARN of the function that takes them."""

    controller: ReconcileSettings
    report: ReportSettings
    vpc: VpcId
    orders: str


def picture_settings(environment: Mapping[str, str]) -> PictureSettings:
    """The settings of `picture`. Raises SettingsError with every mistake of one of its three parts."""
    read = Reader(environment)
    vpc = read.text("VPC_ID", r"vpc-[0-9a-f]{8,17}", "a VPC's id")
    arn = r"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+"
    orders = read.text("RECONCILE_FUNCTION_ARN", arn, "a function's ARN")
    read.finish()
    return PictureSettings(reconcile_settings(environment), report_settings(environment), VpcId(vpc), orders)
