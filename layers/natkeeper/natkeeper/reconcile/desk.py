"""Where triggers arrive: a hint about a stranger ends here, a person's wish is written down before anybody
acts on it (no lease is needed to wish), then the reconciler looks at everything anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from natkeeper.core.intake.triggers import Command, Hint, Ignored, Pause, Report, SetWish, Sweep, Trigger
from natkeeper.core.model import DoomKind, InstanceId, Order
from natkeeper.core.outcome import Outcome
from natkeeper.core.render import summary
from natkeeper.ports import EVERYWHERE, Records
from natkeeper.reconcile.reconciler import Reconciler

LAG = 1.0  # seconds by which EC2's reads may lag its events (EC2 API, eventual consistency)


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes one trigger and answers with a summary for people."""

    reconciler: Reconciler
    sleep: Callable[[float], None]

    def handle(self, trigger: Trigger) -> str:  # noqa: PLR0911  # one answer a trigger is the point
        """What was done, or would be (dry run), or why nothing was."""
        match trigger:
            case Ignored(reason):
                return self._ignore(reason)
            case Sweep():
                self.reconciler.journal.began(trigger.why)
                return summary(self.reconciler.reconcile())
            case Hint():
                return self._hint(trigger)
            case Pause():
                return self._pause(trigger)
            case SetWish():
                return self._wished(trigger)
            case Command():
                return self._command(trigger)
            case Report():
                return self._ignore("a report is the report function's work")
            case _:
                assert_never(trigger)

    def _ignore(self, reason: str) -> str:
        self.reconciler.journal.ignored(reason)
        return f"ignored: {reason}"

    def _hint(self, hint: Hint) -> str:
        records = self.reconciler.store.load()
        ours = [instance for instance in hint.instances if instance in records.known()]
        stirs = hint.beginning and not ours and self._sleeps(records)
        if not ours and not stirs:
            named = (
                f"{', '.join(hint.instances)} is no node of this stack" if hint.instances else "not of a node"
            )
            return self._ignore(f"{hint.why}: {named}{', and no zone sleeps' if hint.beginning else ''}")
        for instance in ours:
            if hint.doom:
                self.reconciler.store.save_doom(instance, hint.doom)
            known = records.dooms.get(instance)
            if hint.over and known and known.kind is DoomKind.RETIREMENT:  # the others are not of AWS Health
                self.reconciler.store.forget_doom(instance)
        self.reconciler.journal.began(f"{hint.why}: {', '.join(hint.instances)}")
        outcome = self.reconciler.reconcile()
        if (hint.dying or stirs) and _is_idle(outcome, records, ours):
            self.sleep(LAG)
            outcome = self.reconciler.reconcile()
        return summary(outcome)

    def _sleeps(self, records: Records) -> bool:
        """Whether a zone sleeps that a workload may wake."""
        zones = records.memory.zones.values()
        return self.reconciler.policy.on_demand and any(zone.unwanted for zone in zones)

    def _wished(self, wished: SetWish) -> str:
        name, wish = wished.zone or EVERYWHERE, wished.wish
        if wished.dry_run:
            records = self.reconciler.store.load()
            return summary(self.reconciler.preview(replace(records, wishes={**records.wishes, name: wish})))
        self.reconciler.journal.began(f"{wish.kind} until {wish.until}" if wish.until else str(wish.kind))
        self.reconciler.store.save_wish(name, wish)
        return summary(self.reconciler.reconcile())

    def _pause(self, pause: Pause) -> str:
        if pause.dry_run:
            records = replace(self.reconciler.store.load(), paused_until=pause.until)
            return summary(self.reconciler.preview(records))
        self.reconciler.journal.began(f"pause until {pause.until}" if pause.until else "resume")
        self.reconciler.store.save_pause(pause.until)
        return summary(self.reconciler.reconcile())

    def _command(self, command: Command) -> str:
        records = self.reconciler.store.load()
        instance = self._named(command, records)
        if instance is None:
            return self._ignore(f"{command.verb}: {command.instance or command.zone} names no serving node")
        order = Order(command.verb, self.reconciler.clock())
        if command.dry_run:
            return summary(
                self.reconciler.preview(replace(records, orders={**records.orders, instance: order}))
            )
        self.reconciler.journal.began(f"{command.verb} of {instance}")
        self.reconciler.store.save_order(instance, order)
        return summary(self.reconciler.reconcile())

    def _named(self, command: Command, records: Records) -> InstanceId | None:
        """The node meant: the one named, or the zone's own one that its routes point at."""
        observed, error = self.reconciler.observer.observe(records)
        if error:
            raise error
        for zone in observed.readable():
            targets = {route.target for route in zone.routes}
            for node in zone.nodes:
                serving = zone.name == command.zone and node.interface in targets
                if node.id == command.instance or (serving and command.instance is None):
                    return node.id
        return None


def _is_idle(outcome: Outcome, records: Records, hinted: Sequence[InstanceId]) -> bool:
    """Whether nothing was done where the hint points: EC2's reads may not show yet what it announced."""
    return any(outcome.is_idle(zone) for zone in {records.zone_of(node) for node in hinted} or {None})
