"""Calm: a sweep and a probe have just shown that they change nothing. Then time may jump, to the next thing that
is due or the next moment at which a remembered time crosses a threshold, never further.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from natkeeper.core.decision.render import NOTHING
from natkeeper.core.intake.evidence import KEPT as PROBES_KEPT
from natkeeper.core.model import Outcome
from tests.simulation.life.controller import MINUTE, Controller
from tests.simulation.life.horizon import horizon
from tests.world.past import KEPT
from tests.world.processes import Process
from tests.world.world import World

SETTLED = KEPT
"""Seconds without any change, after which no read can lag behind one."""


@dataclass
class Calm:
    """`last` is when all was last shown to be calm."""

    world: World
    controller: Controller
    last: float = -1.0
    shown: bool = False
    skipped_minutes: int = 0
    skipped_calls: Counter[str] = field(default_factory=Counter)
    disturbed: float = 0.0  # the last time when anything changed
    _quiet_probe: float = -1.0
    _quiet_sweep: float = -1.0

    def disturb(self) -> None:
        """Something has changed, or may have."""
        self.disturbed = self.world.agenda.at
        self.shown = False

    def ended(self, process: Process, outcome: str) -> None:
        """An invocation has ended by itself."""
        if process.name == "probe":
            quiet = outcome.splitlines()[-1:] == ["1 round(s)"]
            steady = quiet and self._is_steady()
            if steady and self._quiet_probe < 0:
                self._quiet_sweep = (
                    -1.0
                )  # what is remembered of the nodes has just become the same: look at it
            self._quiet_probe = process.started if steady else -1.0
        else:
            self._quiet_sweep = process.started if outcome == NOTHING else -1.0
        settled = self.disturbed + (SETTLED if self.world.timings.lagging else 0.0)
        proved = min(self._quiet_probe, self._quiet_sweep) > settled
        alone = len(self.world.processes.running) == 0
        if proved and alone:
            self.shown, self.last = True, self.world.agenda.at

    def _is_steady(self) -> bool:
        """Whether every node has said the same for as long as is remembered of it."""
        evidence = self.world.store.records.evidence
        roster = self.world.store.records.memory.roster
        histories = [evidence.get(node, ()) for node in roster]
        return all(len({(p.outcome, p.failing) for p in probes}) == 1 for probes in histories) and not any(
            probes[-1].outcome in (Outcome.FAILED, Outcome.UNREADY) for probes in histories
        )

    def skip(self, until: float) -> None:
        """Leaves out whole minutes, and counts what would have been called in them."""
        self.shown = False
        world = self.world
        agenda, records = world.agenda, world.store.records
        nodes = [i.node for i in world.instances.all.values()]
        limit = agenda.when(horizon(records, nodes, self.controller.policy, agenda()))
        minutes = int((min(limit, agenda.next(), until) - agenda.at - 1) // MINUTE)
        if minutes < 1:
            return
        agenda.jump(minutes * MINUTE)
        world.ring.age(minutes * MINUTE)
        self.skipped_minutes += minutes
        nodes_probed = bool(records.memory.roster)
        calls = ("DescribeInstances", "DescribeInstanceStatus", "DescribeRouteTables", "DescribeAddresses")
        resorts = (
            ("DescribeNatGateways", "DescribeAddresses") if self.controller.policy.has_last_resort else ()
        )
        probing = ("SendCommand", "ListCommandInvocations") if nodes_probed else ()
        for api in (*calls, *resorts, *probing):
            self.skipped_calls[api] += minutes
        self._age_evidence(minutes)
        self._quiet_probe = self._quiet_sweep = -1.0
        self.last = agenda.at

    def _age_evidence(self, minutes: int) -> None:
        """The probes that would have been made meanwhile, all the same as the last."""
        records = self.world.store.records
        evidence = dict(records.evidence)
        for node in records.memory.roster:
            last = evidence[node][-1]
            times = (
                last.at + timedelta(minutes=n) for n in range(max(1, minutes - PROBES_KEPT + 1), minutes + 1)
            )
            fresh = tuple(replace(last, at=at) for at in times)
            evidence[node] = (*evidence[node], *fresh)[-PROBES_KEPT:]
        self.world.store.records = replace(records, evidence=evidence)
