"""Refusals that last: one call, on one thing, with one answer, for hours; and half of the time something else befalls
the zone meanwhile. Law 11: whatever is refused, only its own step waits, and what needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from natkeeper.core.model import Market
from tests.simulation.faults.fault import HOURS, MINUTES, PAUSE, Fault, strike, trouble
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.excuses import Hampers, Lasts
from tests.simulation.life.life import Life
from tests.world.gate import Trouble

DENIED, INVALID = "UnauthorizedOperation", "InvalidParameterValue"
MEANWHILE = (
    "node terminated",
    "node stopped",
    "node hangs",
    "rules flushed, guard dead",
    "route deleted",
    "route hijacked",
)
"""What may befall the zone while something is refused there."""


@dataclass(frozen=True)
class Refused:
    """Calls of a kind, on one thing of a zone, and the codes that EC2, SSM and SNS document for them."""

    apis: tuple[str, ...]
    thing: Callable[[Life, int], str]
    codes: Sequence[str]
    hampers: Hampers = Hampers.NOTHING


def _table(life: Life, zone: int) -> str:
    return life.world.layout.tables[zone]


def _address(life: Life, zone: int) -> str:
    return life.world.layout.allocations[zone]


def _zone(life: Life, zone: int) -> str:
    return life.world.zones[zone]


def _node(life: Life, zone: int) -> str:
    """The zone's oldest node; one that is not there when it has none."""
    own = [i.node for i in truth.living(life.world) if i.node.zone == life.world.zones[zone]]
    return min(own, key=lambda n: n.launched_at).id if own else "i-none"


def _interface(life: Life, zone: int) -> str:
    return _node(life, zone).replace("i-", "eni-")


REFUSED = (
    Refused(("ReplaceRoute", "CreateRoute"), _table, (DENIED, INVALID, "InvalidRouteTableID.NotFound", "RouteLimitExceeded", "RouteAlreadyExists"), Hampers.ZONE),
    Refused(("AssociateAddress",), _address, (DENIED, INVALID, "InvalidAllocationID.NotFound", "AddressLimitExceeded")),
    Refused(("RunInstances",), _zone, (DENIED, INVALID, "InvalidSubnetID.NotFound", "VcpuLimitExceeded", "InvalidAMIID.NotFound"), Hampers.LAUNCHES),
    Refused(("RunInstances", ), lambda life, zone: f"{_zone(life, zone)} as t4g.nano", (DENIED, "Unsupported", "InsufficientInstanceCapacity", "InvalidParameterCombination")),
    Refused(("SendCommand",), _node, (DENIED, INVALID, "InvalidDocument", "InvalidInstanceId")),
    Refused(("ModifyNetworkInterface",), _interface, (DENIED, INVALID, "InvalidNetworkInterfaceID.NotFound")),
    Refused(("TerminateInstances",), _node, (DENIED, INVALID, "OperationNotPermitted")),
    Refused(("StopInstances", "StartInstances"), _node, (DENIED, INVALID, "IncorrectInstanceState")),
    Refused(("ModifyInstanceCredit",), _node, (DENIED, INVALID, "InstanceCreditSpecification.NotSupported")),
    Refused(("ReceiveMessage",), lambda life, zone: "natkeeper", ("AccessDenied", "QueueDoesNotExist", "OverLimit")),
    Refused(("Publish",), lambda life, zone: "natkeeper", ("AuthorizationError", "InvalidParameter", "NotFound", "Throttling")),
)  # fmt: skip


def refuse(what: Refused, seconds: float) -> Callable[[Life, int], Lasts]:
    """One of its codes, for so long; and perhaps something befalls the zone meanwhile."""

    def strike_it(life: Life, zone: int) -> Lasts:
        random, troubles = life.world.random, life.world.gate.troubles
        refusing = Trouble(random.choice(what.codes), what.apis, on=what.thing(life, zone))
        life.diary.note("fault", f"refused: {what.apis[0]} on {refusing.on}: {refusing.code}")
        troubles.append(refusing)
        life.world.agenda.after(seconds, lambda: troubles.remove(refusing))
        if random.random() < 0.5:
            name = random.choice(MEANWHILE)
            life.world.agenda.after(10 * MINUTES, lambda: strike(life, BY_NAME[name], zone))
        return Lasts(seconds + PAUSE, what.hampers)

    return strike_it


def _new_account(life: Life, zone: int) -> Lasts:
    """A new account's quotas: five vCPUs on demand, none on spot. Two nodes run, no third."""
    quotas = life.world.instances.quotas
    quotas |= {Market.ON_DEMAND: 5, Market.SPOT: 0}
    life.world.agenda.after(3 * HOURS, quotas.clear)
    return Lasts(3 * HOURS, Hampers.LAUNCHES, in_zone=False)


def _delete_topic(life: Life, zone: int) -> Lasts:
    life.world.topic.deleted = True
    refuse(REFUSED[1], HOURS)(life, zone)  # something to be told
    strike(life, BY_NAME["address stolen"], zone)
    strike(life, BY_NAME["node terminated"], zone)

    def make_anew() -> None:
        life.world.topic.deleted = False

    life.world.agenda.after(3 * HOURS, make_anew)
    return Lasts(3 * HOURS, Hampers.NOTHING)


REFUSALS = (
    *(Fault(f"{what.apis[0]} refused on one {kind}", refuse(what, 2 * HOURS), 0.1, group="none")
      for what, kind in zip(REFUSED, ("table", "address", "zone", "type", "node for commands", "interface", "node", "node that sleeps", "credits of one node", "queue", "topic"), strict=True)),
    Fault("spot not allowed", trouble("AuthFailure.ServiceLinkedRoleCreationNotPermitted", "RunInstances", seconds=2 * HOURS, on="as spot"), 0.2, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("quotas of a new account", _new_account, 0.1, of_zone=False, group="none"),
    Fault("topic deleted", _delete_topic, 0.1, group="none"),
)  # fmt: skip
