"""What people do: to the table and its rows, to routes and addresses again and again, to tags; and what they order,
rightly or wrongly, twice, late, or against each other."""

from __future__ import annotations

from collections.abc import Callable

from natkeeper.core.intake.routing import DEFAULT
from natkeeper.core.model import InterfaceId
from tests.simulation.faults.fault import HOURS, MINUTES, PAUSE, Fault, serving, setting, strike, switch
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.excuses import Hampers, Lasts
from tests.simulation.life.life import Life
from tests.world.world import SOMEBODYS, STACK, STRANGER

# --- rows


def _row(lose: Callable[[Life], None]) -> Callable[[Life, int], Lasts]:
    """Somebody deletes a row of the table."""

    def strike_it(life: Life, zone: int) -> Lasts:
        lose(life)
        life.forgotten()
        return Lasts(MINUTES, Hampers.ALL, in_zone=False)

    return strike_it


# --- wars


def _again_and_again(take: Callable[[Life, int], None]) -> Callable[[Life, int], Lasts]:
    """Somebody takes it whenever it is ours, each minute and a half, for two hours."""

    def strike_it(life: Life, zone: int) -> Lasts:
        until = life.at + 2 * HOURS

        def once() -> None:
            if life.at < until:
                take(life, zone)
                life.world.agenda.after(90.0, once)

        once()
        return Lasts(2 * HOURS + PAUSE, Hampers.ZONE)

    return strike_it


def _take_route(life: Life, zone: int) -> None:
    table = life.world.layout.tables[zone]
    if truth.target(life.world, table):
        life.world.network.change_route(table, target=SOMEBODYS, blackhole=False)
        life.world.bus.tell_of("ReplaceRoute", destinationCidrBlock=DEFAULT)


def _take_address(life: Life, zone: int) -> None:
    thief = InterfaceId(str(life.stranger.node.interface))
    life.world.network.give_address(life.world.layout.allocations[zone], thief)
    life.world.bus.tell_of("AssociateAddress")


def _clone(life: Life, zone: int) -> None:
    """Somebody launches an instance of their own with all tags of a node of ours copied to it."""
    if instance := serving(life, zone):
        node = instance.node
        life.world.instances.create(node.zone, node.instance_type, node.generation, stack=STRANGER, tag=STACK)


# --- many wishes


def _four_times(what: str, minutes: float) -> Callable[[Life, int], None]:
    """Four planned replacements in an hour, and then the node dies: it has launches left all the same."""

    def strike_it(life: Life, zone: int) -> None:
        for number in range(4):
            life.world.agenda.after(number * minutes * MINUTES, lambda: strike(life, BY_NAME[what], zone))
        seconds = (4 * minutes + 2) * MINUTES
        life.world.agenda.after(seconds, lambda: strike(life, BY_NAME["node terminated"], zone))

    return strike_it


# --- orders


def _order(kind: str, good: bool = True, **detail: object) -> Callable[[Life, int], None]:
    def strike_it(life: Life, zone: int) -> None:
        names = {"zone": life.world.zones[zone], "other": life.world.zones[(zone + 1) % life.zones]}
        told = {
            key: value.format(**names) if isinstance(value, str) else value for key, value in detail.items()
        }
        life.orders.give(kind, {"stack": STACK, **told}, good=good)
        life.shaken = life.at  # also one that somebody gives hours after the fault it belongs to

    return strike_it


WRONG: tuple[tuple[str, dict[str, object]], ...] = (
    ("Failover", {"zone": "{zone}", "dryrun": True}),
    ("Replace", {"zone": "{zone}", "dry-run": "yes"}),
    ("Sleep", {"zones": "{zone}"}),
    ("Sleep", {"zone": "eu-west-1x"}),
    ("Sleep", {"zone": "{zone}", "minutes": 30}),
    ("Wake", {"zone": "{zone}", "minutes": "soon"}),
    ("Replace", {"zone": "{zone}", "instance": "i-0ffffffffffffffff"}),
    ("Pause", {"zone": "{zone}", "minutes": 10}),
    ("Wake", {"zone": "{zone}", "minute": 5}),
    ("Wake", {"zone": "{zone}", "minutes": -5}),
    ("Failover", {}),
)
"""Typos, unknown zones, wrong types: none of it is to be obeyed, and a person hears of each."""


def _wrong(life: Life, zone: int) -> None:
    kind, detail = life.world.random.choice(WRONG)
    _order(kind, good=False, **detail)(life, zone)


def _delivered_again(life: Life, zone: int) -> None:
    """Wake after Sleep; then the old Sleep comes once more."""
    _order("Sleep", zone="{zone}")(life, zone)
    life.world.agenda.after(5 * MINUTES, lambda: _order("Wake", zone="{zone}", minutes=120)(life, zone))
    life.world.agenda.after(12 * MINUTES, lambda: life.orders.replay(2))


def _resumed_and_paused_again(life: Life, zone: int) -> Lasts:
    """The Pause is delivered again after the Resume, which a person repeats until it was heard."""
    _order("Pause", minutes=60)(life, zone)
    paused = life.orders.given[-1]

    def resume() -> None:
        _order("Resume")(life, zone)
        resumed = life.orders.given[-1]
        life.world.agenda.after(MINUTES, lambda: again() if resumed.written else resume())

    def again() -> None:
        life.world.agenda.after(6 * MINUTES, lambda: life.world.bus.send(paused.event))

    life.world.agenda.after(3 * MINUTES, resume)
    return Lasts(4 * MINUTES, Hampers.ALL, in_zone=False)


def _replayed(life: Life, zone: int) -> None:
    """A replay of the archive: the last orders once more, hours later."""
    for back in (3, 2, 1):
        life.orders.replay(back)


def _contradicts(life: Life, zone: int) -> None:
    """The newer one holds; hours later somebody finds the zone asleep."""
    _order("Sleep", zone="{zone}")(life, zone)
    _order("Wake", minutes=60)(life, zone)
    life.world.agenda.after(6 * HOURS, lambda: _order("Automatic", zone="{zone}")(life, zone))


def _killed_in_a_move(life: Life, zone: int) -> None:
    """A planned move, and the run that makes it is killed before, in or after its middle."""
    strike(life, BY_NAME["replace ordered"], zone)
    life.controller.fatal_in_move = life.world.random.randint(1, 6)


def _held_and_updated(life: Life, zone: int) -> Lasts:
    """A person holds one zone's table for an afternoon, and the stack is updated meanwhile."""
    seconds = BY_NAME["table held with a gateway"].strike(life, zone)
    assert isinstance(seconds, float)
    life.world.agenda.after(10 * MINUTES, lambda: strike(life, BY_NAME["template updated"], zone))
    return Lasts(seconds, Hampers.ZONE)


HANDS = (
    Fault("lease row deleted", _row(lambda life: life.world.store.lose_lease()), 0.2, of_zone=False, group="none"),
    Fault("memory row deleted", _row(lambda life: life.world.store.lose_memory()), 0.1, of_zone=False, group="none"),
    Fault("evidence deleted", _row(lambda life: life.world.store.lose_evidence()), 0.1, of_zone=False, group="none"),
    Fault("route taken again and again", _again_and_again(_take_route), 0.05, group="none"),
    Fault("address taken again and again", _again_and_again(_take_address), 0.05, group="none"),
    Fault("four deploys, then a death", _four_times("template updated", 4), 0.1, group="sees"),
    Fault("four orders, then a death", _four_times("replace ordered", 4), 0.1, group="sees"),
    Fault("held, and an update", _held_and_updated, 0.1, group="none"),
    Fault("wrong order", _wrong, 1.0, group="none"),
    Fault("one run killed in a move", _killed_in_a_move, 0.5, group="none"),
    Fault("AWS slow", switch(setting(lambda life: life.world.gate, slowness=25.0), setting(lambda life: life.world.gate, slowness=1.0), 20 * MINUTES), 0.3, of_zone=False, group="none"),
    Fault("instance with our tags copied", _clone, 0.1, group="none"),
    Fault("order delivered again", _delivered_again, 0.2, group="none"),
    Fault("pause delivered again", _resumed_and_paused_again, 0.1, of_zone=False, group="none"),
    Fault("orders replayed", _replayed, 0.2, of_zone=False, group="none"),
    Fault("orders against each other", _contradicts, 0.2, group="none"),
)  # fmt: skip
