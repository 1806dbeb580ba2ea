"""What the picture is of."""

from __future__ import annotations

from dataclasses import dataclass

from natkeeper.core.intake.topology import Layout
from natkeeper.core.model import VpcId
from natkeeper.core.policy import Policy
from natkeeper.core.savings.overhead import Overhead
from natkeeper.core.savings.prices import Prices


@dataclass(frozen=True, slots=True)
class Subject:
    """A stack as its parameters describe it, by what it is judged and counted, and the ARNs of the functions
    that take its orders and examine it."""

    stack: str
    vpc: VpcId
    layout: Layout
    policy: Policy
    prices: Prices
    overhead: Overhead
    orders: str
    doctor: str
