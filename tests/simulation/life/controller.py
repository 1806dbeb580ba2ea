"""The real controller in the simulated AWS: each event starts an invocation of its own, as Lambda does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from natkeeper.core.intake.triggers import parse
from natkeeper.core.policy import Policy
from natkeeper.probe import Prober
from natkeeper.reconcile.applier import Applier
from natkeeper.reconcile.clerk import Clerk
from natkeeper.reconcile.desk import Desk
from natkeeper.reconcile.hearing import Hearing
from natkeeper.reconcile.observer import Observer
from natkeeper.reconcile.reconciler import Reconciler
from tests.simulation.life.diary import Diary, Journal, Run
from tests.world.bus import Event
from tests.world.processes import Process
from tests.world.sequence import Sequence
from tests.world.table import Lease
from tests.world.workloads import Workloads
from tests.world.world import STACK, World

MINUTE = 60.0
LIMITS = {"reconcile": 60.0, "probe": 75.0}
"""The functions' time-outs (template.yaml)."""
TRIES, RETRY = 2, MINUTE
"""How often Lambda starts reconcile for one event that fails (template.yaml), and after how long again."""
SCHEDULE: Event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@dataclass
class Pass(Lease):
    """The lease of one invocation: with each acquisition a new pass begins. Who asks in vain is not at work."""

    run: Run = field(default_factory=Run)

    def acquire(self) -> int | None:
        epoch = super().acquire()
        if epoch is not None:
            self.run.begin_pass()
        return epoch

    def release(self) -> bool:
        self.run.at_work = False
        return super().release()


@dataclass
class Controller:
    """Both functions with their triggers. `kills`: so many invocations die at some call."""

    world: World
    policy: Policy
    diary: Diary
    kills: float = 0.0
    killed: int = 0
    fatal_in_move: int | None = None  # the next run that begins a planned move is killed so many waits later
    runs: dict[Process, Run] = field(default_factory=dict)
    heals: Counter[str] = field(default_factory=Counter)
    wire: Callable[[Controller, Run], Desk] = lambda controller, run: controller.desk(run)

    def __post_init__(self) -> None:
        self.world.bus.deliver = self.deliver
        for name, phase in (("reconcile", 1.0), ("probe", self.world.random.uniform(0, MINUTE))):
            self.world.agenda.after(phase, lambda name=name: self._tick(name), tick=True)  # type: ignore[misc]

    def _tick(self, name: str) -> None:
        self.world.agenda.after(MINUTE, lambda: self._tick(name), tick=True)
        if self.world.random.random() >= self.world.bus.lost:
            self.start(name, SCHEDULE)

    def deliver(self, event: Event) -> None:
        """As the rules of the template route it."""
        detail = event["detail"]
        assert isinstance(detail, dict)
        self.start("reconcile", event)
        if detail.get("state") == "running" or detail.get("document-name") == "repair":
            self.start("probe", event)

    def start(self, name: str, event: Event, tries: int = TRIES) -> None:
        """One more invocation."""
        random = self.world.random
        fatal = random.randint(1, 30) if random.random() < self.kills else None
        run = Run(event=event)
        if name == "reconcile" and tries > 1:
            run.again = lambda: self.world.agenda.after(RETRY, lambda: self.start(name, event, tries - 1))
        self.world.processes.start(name, lambda: self._run(name, event, run), LIMITS[name], fatal)

    def _run(self, name: str, event: Event, run: Run) -> str:
        process = self.world.processes.current
        assert process
        run.process, self.runs[process] = process, run
        self.world.processes.wait(self.world.timings.draw_start(self.world.random))
        trigger = parse(event, STACK, self.world.agenda())
        role = self.prober(run) if name == "probe" else self.wire(self, run)
        return role.within(lambda: process.deadline - self.world.agenda.at).handle(trigger)

    def desk(self, run: Run) -> Desk:
        """The reconciler of one invocation."""
        world = self.world
        journal = Journal(self.diary, run, self.heals)
        reconciler = Reconciler(
            observer=Observer(
                world.instances,
                world.network,
                world.layout,
                world.images,
                world.gateways,
                self._workloads(),
                last_resort=self.policy.has_last_resort,
                pool=Sequence,
            ),
            applier=Applier(
                world.instances,
                world.network,
                world.commands,
                world.topic,
                world.images,
                world.gateways,
                Sequence,
            ),
            store=world.store,
            lease=Pass(world.store, run=run),
            journal=journal,
            clock=world.agenda,
            policy=self.policy,
            hearing=Hearing(
                world.reports, world.store, journal, world.agenda, self.policy, world.processes.wait
            ),
        )
        return Desk(reconciler, Clerk(reconciler, world.bus, world.topic), world.processes.wait)

    def _workloads(self) -> Workloads | None:
        """Read only when they decide, as bootstrap wires it."""
        return self.world.workloads if self.policy.on_demand else None

    def prober(self, run: Run) -> Prober:
        """The probe of one invocation."""
        world = self.world
        return Prober(
            store=world.store,
            probing=world.commands,
            announcements=world.bus,
            journal=Journal(self.diary, run, self.heals),
            clock=world.agenda,
            sleep=world.processes.wait,
        )
