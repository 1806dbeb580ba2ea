"""What the picture is told: all that the reconciler decides by, what the report counts by, and who takes
orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from natkeeper.core.model import VpcId
from natkeeper.environment import Reader, SettingsError
from natkeeper.report.settings import ReportSettings, report_settings
from natkeeper.settings import ReconcileSettings, reconcile_settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """What `picture` is told by the template. `orders` is the ARN of the function that takes them."""

    controller: ReconcileSettings
    report: ReportSettings
    vpc: VpcId
    orders: str


def picture_settings(environment: Mapping[str, str]) -> PictureSettings:
    """The settings of `picture`. Raises SettingsError with every mistake."""
    read = Reader(environment)
    vpc = read.text("VPC_ID", r"vpc-[0-9a-f]{8,17}", "a VPC's id")
    arn = r"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+"
    orders = read.text("RECONCILE_FUNCTION_ARN", arn, "a function's ARN")
    controller, report = _part(read, reconcile_settings), _part(read, report_settings)
    read.finish()
    assert controller
    assert report
    return PictureSettings(controller, report, VpcId(vpc), orders)


def _part(read: Reader, settings: Callable[[Mapping[str, str]], T]) -> T | None:
    """The settings of another function, whose mistakes are ours, each once."""
    try:
        return settings(read.environment)
    except SettingsError as error:
        mistakes = str(error).split("\n- ")[1:]
        read.mistakes += [mistake for mistake in mistakes if mistake not in read.mistakes]
        return None
