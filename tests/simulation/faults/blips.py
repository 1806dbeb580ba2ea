"""Single blips: one signal is wrong once, one answer leaves one thing out, one call fails. Nothing is to come of any."""

from __future__ import annotations

from collections.abc import Callable

from natkeeper.core.model import SubnetId
from tests.simulation.faults.fault import HOURS, MINUTES, Fault, serving, strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.ground_truth.excuses import Hampers, Lasts
from tests.simulation.life.life import Life
from tests.world.gate import ANSWER_LOST, UNREACHABLE, Trouble
from tests.world.guest import report
from tests.world.instances import Instance

NO_EGRESS = report(rules=True, forwarding=True, guard=True, egress=False)
NO_RULES = report(rules=False, forwarding=True, guard=True, egress=False)


def _says_once(said: str | None) -> Callable[[Life, int], None]:
    """The zone's node answers so once."""

    def strike_it(life: Life, zone: int) -> None:
        if instance := serving(life, zone):
            life.world.commands.slips[instance.node.id] = said

    return strike_it


def _impaired_for_a_moment(life: Life, zone: int) -> None:
    if instance := serving(life, zone):
        life.world.instances.write(instance, impaired_since=life.world.agenda())
        life.world.agenda.after(50.0, lambda: _recovered(life, instance))


def _recovered(life: Life, instance: Instance) -> None:
    if not instance.guest.hung:
        life.world.instances.write(instance, impaired_since=None)


def _left_out(thing: Callable[[Life, int], str]) -> Callable[[Life, int], None]:
    """One answer does not list it, though it is there."""

    def strike_it(life: Life, zone: int) -> None:
        life.world.gate.omitted[thing(life, zone)] = 1
        life.world.agenda.after(120.0, life.world.gate.omitted.clear)

    return strike_it


def _subnet(life: Life, zone: int) -> SubnetId:
    life.world.network.forget_subnets()
    return life.world.layout.public_subnets[zone]


def _node(life: Life, zone: int) -> str:
    instance = serving(life, zone)
    return instance.node.id if instance else ""


def _fails_once(code: str, *apis: str) -> Callable[[Life, int], Lasts]:
    """One call fails, once."""

    def strike_it(life: Life, zone: int) -> Lasts:
        troubles, random = life.world.gate.troubles, life.world.random
        failing = Trouble(code, (random.choice(apis),))
        troubles.append(failing)
        life.world.agenda.after(60.0, lambda: troubles.remove(failing))
        return Lasts(61.0, Hampers.ALL, in_zone=False)

    return strike_it


def _four_blips_then_a_death(life: Life, zone: int) -> None:
    """Each blip is nothing; and when the node dies after them there is a launch left for it."""
    agenda = life.world.agenda
    for number in range(4):
        agenda.after(number * 4 * MINUTES, lambda: _says_once(NO_EGRESS)(life, zone))
    agenda.after(30 * MINUTES, lambda: strike(life, BY_NAME["node terminated"], zone))


def _mute(life: Life, zone: int) -> Lasts:
    """Every agent is mute for hours, and all go on forwarding."""
    life.world.commands.down = True

    def speak() -> None:
        life.world.commands.down = False

    life.world.agenda.after(4 * HOURS, speak)
    return Lasts(4 * HOURS, Hampers.ALL, in_zone=False)


READS = ("DescribeInstances", "DescribeInstanceStatus", "DescribeRouteTables", "DescribeAddresses", "TableQuery", "TableUpdate", "DescribeNetworkInterfaces")  # fmt: skip
BLIPS = (
    Fault("one probe without a way out", _says_once(NO_EGRESS), 1.0, group="none", blip=True),
    Fault("one probe without rules", _says_once(NO_RULES), 0.5, group="none", blip=True),
    Fault("one probe silent", _says_once(None), 0.5, group="none", blip=True),
    Fault("one probe that is nonsense", _says_once("nonsense"), 0.25, group="none", blip=True),
    Fault("impaired for a moment", _impaired_for_a_moment, 0.5, group="none", blip=True),
    Fault("four blips, then a death", _four_blips_then_a_death, 0.2, group="sees"),
    Fault("node left out of an answer", _left_out(_node), 0.5, group="none", blip=True),
    Fault("table left out of an answer", _left_out(lambda life, zone: life.world.layout.tables[zone]), 0.5, group="none", blip=True),
    Fault("address left out of an answer", _left_out(lambda life, zone: life.world.layout.allocations[zone]), 0.5, group="none", blip=True),
    Fault("subnet left out of an answer", _left_out(_subnet), 0.5, group="none", blip=True),
    Fault("one read fails", _fails_once("RequestLimitExceeded", *READS), 2.0, of_zone=False, group="none", blip=True),
    Fault("one read has no answer", _fails_once(UNREACHABLE, *READS), 0.5, of_zone=False, group="none", blip=True),
    Fault("one answer of the table lost", _fails_once(ANSWER_LOST, "TableUpdate", "TableWrite"), 0.5, of_zone=False, group="none", blip=True),
    Fault("mute agents for hours", _mute, 0.1, of_zone=False, group="none"),
)  # fmt: skip
