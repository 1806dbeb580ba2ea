"""What AWS answers: it refuses, throttles, fails, or is not heard."""

from __future__ import annotations

from tests.simulation.faults.fault import HOURS, MINUTES, Fault, switch, trouble
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life
from tests.world.gate import ANSWER_LOST, UNREACHABLE

WRITES = ("ReplaceRoute", "CreateRoute", "AssociateAddress", "TerminateInstances", "ModifyNetworkInterface")


def _drain(life: Life, share: float) -> None:
    life.world.gate.buckets.drained = share


ANSWERS = (
    Fault("vCPU quota reached", trouble("VcpuLimitExceeded", "RunInstances", seconds=2 * HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("subnet full", trouble("InsufficientFreeAddressesInSubnet", "RunInstances", seconds=2 * HOURS), 0.2, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("launches fail for hours", trouble("InternalError", "RunInstances", seconds=8 * HOURS, chance=0.95), 0.2, of_zone=False, group="none", source="us-east-1, October 2025: about 15 h, once", hampers=Hampers.LAUNCHES),
    Fault("writes denied", trouble("UnauthorizedOperation", *WRITES, seconds=20 * MINUTES), 0.3, of_zone=False, group="none"),
    Fault("CPU credits denied", trouble("UnauthorizedOperation", "ModifyInstanceCreditSpecification", seconds=6 * HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("reads denied", trouble("UnauthorizedOperation", "Describe", seconds=20 * MINUTES), 0.3, of_zone=False, group="none"),
    Fault("all throttled", switch(lambda life, zone: _drain(life, 0.8), lambda life, zone: _drain(life, 0.0), 15 * MINUTES), 2.0, of_zone=False, group="none"),
    Fault("AWS out of reach", trouble(UNREACHABLE, seconds=10 * MINUTES, chance=0.5), 0.5, of_zone=False, group="none"),
    Fault("answers lost", trouble(ANSWER_LOST, "RunInstances", *WRITES, seconds=15 * MINUTES, chance=0.5), 0.5, of_zone=False, group="none"),
    Fault("table throttled", trouble("ProvisionedThroughputExceededException", "Table", seconds=10 * MINUTES, chance=0.5), 0.5, of_zone=False, group="none"),
    Fault("table denied", trouble("AccessDeniedException", "Table", seconds=10 * MINUTES), 0.2, of_zone=False, group="none"),
)  # fmt: skip
