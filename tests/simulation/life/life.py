"""A stack's life in the simulated AWS: faults strike, the controller heals, the laws are checked at every step."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from natkeeper.core.errors import AwsError
from natkeeper.core.memory import Memory
from natkeeper.core.model import UP, InstanceId, Outcome, Probe, RouteTableId, ZoneName
from natkeeper.core.policy import Policy
from natkeeper.core.ring import Said
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.availability import SILENT, Availability
from tests.simulation.ground_truth.demand import Demand
from tests.simulation.ground_truth.excuses import Excuses, Lasts
from tests.simulation.ground_truth.scaling_group import ScalingGroup
from tests.simulation.laws import catalogue
from tests.simulation.laws.bounds import DISRUPTIVE, ENDING
from tests.simulation.laws.moves import is_led_nowhere
from tests.simulation.life.calm import Calm
from tests.simulation.life.controller import Controller
from tests.simulation.life.diary import Diary, Run
from tests.simulation.life.orders import Order, Orders
from tests.simulation.life.ways import ALWAYS_ON
from tests.world.gate import Deed
from tests.world.processes import Process
from tests.world.timings import AS_PUBLISHED, Timings
from tests.world.world import World

TARGETS_DOWN = "targets down"
BLIPS = ("one read fails", "one read has no answer", "one answer of the table lost")
LINKS = ("link broken", "link broken for a moment", "link within the zone broken")
"""Nothing is to come of these, though they last."""
REST = 3 * 3600.0
"""So long after the last fault all is at rest: an open breaker takes an hour, a boot that fails ten minutes."""


class BrokenLawError(AssertionError):
    """A law was broken; the message has the timeline and the command that shows it again."""

    def __init__(self, message: str, law: str, hours: float) -> None:
        super().__init__(message)
        self.law, self.hours = law, hours


@dataclass
class Lies:
    """Who said falsely of whom that it is silent, and when last; when that moved a zone."""

    said: dict[tuple[InstanceId, InstanceId], float] = field(default_factory=dict)
    moved: dict[ZoneName, deque[float]] = field(default_factory=dict)


@dataclass
class Life:
    """One stack from its creation on."""

    zones: int = 2
    seed: int = 0
    policy: Policy = ALWAYS_ON
    timings: Timings = AS_PUBLISHED
    again: str = "(a test)"
    deeds: tuple[Callable[[Life, Deed], str | None], ...] = catalogue.DEEDS
    states: tuple[Callable[[Life], str | None], ...] = catalogue.STATES
    saves: tuple[Callable[[Life, Memory], str | None], ...] = catalogue.SAVES
    notices: tuple[Callable[[Life, str], str | None], ...] = catalogue.NOTICES
    obeying: tuple[Callable[[Life, Order, str], str | None], ...] = catalogue.OBEYING
    answering: tuple[Callable[[Life, Order], str | None], ...] = catalogue.ANSWERING
    failing: tuple[Callable[[Life, Exception | None], str | None], ...] = catalogue.FAILING
    resorts: deque[tuple[float, ZoneName]] = field(default_factory=deque)  # NAT gateways that we made
    fenced: dict[str, float] = field(
        default_factory=dict
    )  # interfaces whose check a run of ours has turned on
    bared: dict[Process, set[str]] = field(
        default_factory=dict
    )  # whose automatic public addresses a run has taken, for a move that is not over
    voids: dict[RouteTableId, float] = field(
        default_factory=dict
    )  # tables led to who has not their address yet

    def __post_init__(self) -> None:
        self.world = World(self.zones, self.seed, self.timings)
        self.stranger = self.world.add_strangers()
        self.diary = Diary(self.world.agenda)
        self.controller = Controller(self.world, self._first_policy(), self.diary)
        self.demand = Demand(self.world, lambda: self.controller.policy)
        self.excuses = Excuses(self.world.agenda, self.world.zones)
        self.availability = Availability(self.world, self.demand, self.excuses)
        self.calm = Calm(self.world, self.controller)
        self.world.gate.witness = self._witness
        self.world.gate.asked = self._asked
        self.world.gate.written = self._written
        self.world.processes.ended = self._ended
        self.world.store.saved = self._saved
        self.world.store.heard = self._heard
        self.world.store.ordered = self._ordered
        self.world.topic.heard = self._told
        if self.seed % 2:  # every other account has a trail
            self.world.bus.trail = Random(self.seed)
        self.orders = Orders(self.world.bus)
        self.remembered = Memory()
        self.told: dict[str, deque[float]] = {}
        self.tries: dict[ZoneName, deque[float]] = {zone: deque(maxlen=400) for zone in self.world.zones}
        self.jobless: dict[
            ZoneName, float
        ] = {}  # zones without a node of their own that works, and since when
        self.ongoing: Counter[str] = Counter()  # faults under way
        self.injected: Counter[str] = Counter()
        self.rival = ScalingGroup(self.zones)
        self.last_fault = 0.0
        self.only_targets_down_since: float | None = None
        self.launches: dict[ZoneName, deque[tuple[float, InstanceId]]] = {
            zone: deque(maxlen=20) for zone in self.world.zones
        }
        self.rested: set[InstanceId] = set()  # who worked and was put to sleep
        self.bare: dict[ZoneName, float] = {}  # zones without a node that runs or is to, and since when
        self.launched = 0
        self.known: set[InstanceId] = set()
        self.tasted: set[str] = set()  # images from which somebody has passed a probe
        self.disrupting: dict[Process, float] = {}
        self.proven: set[InstanceId] = set()  # who has ever passed a probe
        self.passed: dict[InstanceId, float] = {}  # when each last passed a probe
        self.passing: dict[InstanceId, float] = {}  # who has passed each probe, and since when
        self.working: dict[ZoneName, float] = {}  # zones with a node that works, and since when
        self.excused: dict[ZoneName, float] = {}  # until when nobody could know that one does not
        self.outdated: dict[ZoneName, float] = {}  # zones that an update has not reached, and since when
        self.lavish: dict[InstanceId, float] = {}  # who works with unlimited credits, and since when
        self.lies = Lies()
        self.moves: dict[str, deque[float]] = {}  # of each table, by us
        self.shaken = 0.0  # the last fault that was more than a blip
        self.renewed = 0.0  # when a spare was last being renewed
        self._struck: dict[ZoneName | None, float] = {}
        self._muffled = 0.0
        self._changed = True

    def _first_policy(self) -> Policy:
        """Every third account was set up before nodes had a second address: its first update gives them one."""
        return replace(self.policy, covers=self.zones > 1 and self.seed % 3 > 0)

    @property
    def at(self) -> float:
        """Seconds since the beginning."""
        return self.world.agenda.at

    def run(self, seconds: float) -> None:
        """Lives on for so long, and leaves out what is shown to be calm. Raises BrokenLawError."""
        until = self.at + seconds
        while self.world.agenda.step(until):
            if self._changed or self.demand.may_turn:
                self._look()
            if self._is_anything_amiss():
                self._check_states()
            if self.calm.shown:
                self.calm.skip(until)
            elif self.at - max(self.last_fault, self.calm.last) > REST and not self.ongoing:
                self.fail(f"not at rest {REST / 3600:.0f} hours after the last fault: {self._unrest()}")

    def _is_anything_amiss(self) -> bool:
        lasting = (self.availability.down, self.availability.strange)
        return any((*lasting, self.bare, self.jobless, self.outdated, self.lavish))

    def _look(self) -> None:
        turned = self.demand.look()
        if self._changed or turned:
            self._changed = False
            self.availability.look()
            self._count_launches()
            self._note_bare()

    def _note_bare(self) -> None:
        up = {i.node.zone for i in truth.living(self.world) if i.node.lifecycle in UP}
        self.bare = {zone: self.bare.get(zone, self.at) for zone in self.world.zones if zone not in up}
        at_work = {i.node.zone for i in truth.living(self.world) if truth.is_usable(self.world, i)}
        idle = [z for z in self.world.zones if z not in at_work and z in self.demand.wanted]
        self.jobless = {zone: self.jobless.get(zone, self.at) for zone in idle}
        self.working = {zone: self.working.get(zone, self.at) for zone in at_work}
        lavish = [i.node.id for i in truth.living(self.world) if truth.is_lavish(i)]
        self.lavish = {name: self.lavish.get(name, self.at) for name in lavish if name in self.passing}
        version = self.controller.policy.template_version
        old = {i.node.zone for i in truth.living(self.world) if i.node.template_version < version}
        self.outdated = {zone: self.outdated.get(zone, self.at) for zone in old}
        if truth.is_renewing_a_spare(self.world, self.policy):
            self.renewed = self.at

    def settle(self) -> None:
        """Lives on until all is calm, and as it should be. Raises BrokenLawError when it takes too long."""
        began = self.at
        self._calm_down(began)
        if self.demand.unwanted:
            self.run(self.demand.grace + 60.0)  # all that should sleep shall, before it is judged
            self._calm_down(began)  # a person may have changed their mind meanwhile
        if wrongs := truth.wrongs(self.world, self.demand):
            self.fail(f"calm, but {'; '.join(wrongs)}")

    def _calm_down(self, began: float) -> None:
        while self.ongoing or self.calm.last <= max(began, self.last_fault, self.shaken):
            self.run(60.0)

    # --- what faults do

    def struck(self, what: str) -> None:
        """A fault has struck just now."""
        self.last_fault = self.demand.disturbed = self.at
        self.world.ring.look()
        self.only_targets_down_since = None
        self.calm.disturb()
        self.diary.note("fault", what)
        self._changed = True

    def begin(self, name: str, lasts: Lasts, zone: ZoneName | None) -> None:
        """A fault that has just struck lasts for so long."""
        self.ongoing[name] += 1
        excuse = (lasts.hampers, zone if lasts.in_zone else None)
        if name != TARGETS_DOWN:
            self.excuses.active.append(excuse)
        self._watch_targets()

        def over() -> None:
            if name != TARGETS_DOWN:
                self.excuses.active.remove(excuse)
            self.excuses.hamper(*excuse)
            self.ongoing[name] -= 1
            self.ongoing += Counter()  # forgets what is over
            self.shaken = self.shaken if name in (*BLIPS, *LINKS) else self.at
            self._watch_targets()
            self.struck(f"over: {name}")

        self.world.agenda.after(lasts.seconds, over)

    @property
    def troubled(self) -> bool:
        """Whether a fault that is more than a blip is under way."""
        return any(name not in (*BLIPS, *LINKS) for name in self.ongoing)

    def _watch_targets(self) -> None:
        only = set(self.ongoing) == {TARGETS_DOWN}
        recently = self.at - max(self.excuses.acting.values(), default=0.0) < REST
        self.only_targets_down_since = self.at if only and not recently else None

    def neglect(self, table: RouteTableId) -> float:
        """See Availability."""
        self.excuses.look()
        return self.availability.neglect(table)

    def oversleep(self, zone: ZoneName) -> float:
        """For how many seconds a zone that wants a node could have had one, at least pending, and has none."""
        self.excuses.look()
        wanted, bare = self.demand.wanted.get(zone), self.bare.get(zone)
        if wanted is None or bare is None:
            return 0.0
        return max(0.0, self.at - max(wanted, bare, self.excuses.since_launching(zone)))

    def excuse_blind_spots(self, zone: ZoneName) -> None:
        """A node that is silent and does not hang is not known to be broken, and not soon succeeded."""
        self.excuses.look()
        table = self.world.layout.tables[self.world.zones.index(zone)]
        lately = self.at - self.jobless[zone] < SILENT or not truth.is_anybody_heard(self.world)
        if truth.is_blind_spot(self.world, table) and lately:
            self.excused[zone] = self.at

    def struck_in(self, zone: ZoneName) -> float:
        """When something last befell the zone, or the whole stack."""
        return max(self._struck.get(zone, 0.0), self._struck.get(None, 0.0))

    def lied(self, liar: InstanceId, about: InstanceId, said: Said, since: str = "") -> str:
        """A node says what is not so, and since when. Returns the latter."""
        self.lies.said[liar, about] = self.at
        return str(self.world.ring.say((liar, about), said, since)["detail"]["since"])  # type: ignore[index]

    def strike_in(self, zone: ZoneName | None) -> None:
        """Something befalls the zone, or the whole stack."""
        self._struck[zone] = self.at

    def muffled(self) -> float:
        """Until when nobody could be told anything."""
        troubled = any(t.concerns("Publish", "natkeeper") for t in self.world.gate.troubles)
        if self.world.topic.deleted or troubled:
            self._muffled = self.at
        return self._muffled

    def fail(self, what: str, law: str = "comes_to_rest") -> None:
        """Raises BrokenLawError with the timeline."""
        lines = "\n".join(self.diary.lines)
        story = f"{lines}\n\n{self.zones} zone(s), seed {self.seed}: {what}\nagain: {self.again}"
        raise BrokenLawError(story, law, self.at / 3600)

    # --- what is watched

    def _witness(self, deed: Deed) -> None:
        process = deed.process
        if process:
            self.diary.note(f"{process.name} {process.number}", f"{deed.api} {deed.subject} {deed.detail}")
            for law in self.deeds:
                if broken := law(self, deed):
                    self.fail(broken, law.__name__)
            self._note_rested(deed)
            self._note_fence(deed)
            if is_led_nowhere(self, deed):
                self.voids[RouteTableId(deed.subject)] = self.at
            if deed.api == "CreateNatGateway":
                self.resorts.append((self.at, ZoneName(deed.subject)))
            if deed.api in ("ReplaceRoute", "CreateRoute"):
                self.moves.setdefault(deed.subject, deque(maxlen=100)).append(self.at)
            if deed.api in DISRUPTIVE:
                self.disrupting = {p: at for p, at in self.disrupting.items() if p.alive} | {process: self.at}

    def _note_rested(self, deed: Deed) -> None:
        instance = self.world.instances.all.get(InstanceId(deed.subject))
        if instance is None or deed.api not in ENDING:
            return
        if instance.node.id in self.proven and instance.node.zone in self.demand.unwanted:
            self.rested.add(instance.node.id)

    def _asked(self, api: str, on: str) -> None:
        if api == "RunInstances" and self.world.processes.current:
            self.tries[ZoneName(on.partition(" ")[0])].append(self.at)

    def _note_fence(self, deed: Deed) -> None:
        if deed.api == "ModifyNetworkInterfaceAttribute":
            if deed.detail == "True":
                self._kill_if_asked(deed)
                self.fenced.setdefault(deed.subject, self.at)
            elif deed.detail == "False":
                self.fenced.pop(deed.subject, None)
            elif deed.detail == "public address off" and deed.process:
                self._kill_if_asked(deed)
                self.bared.setdefault(deed.process, set()).add(deed.subject)
            elif deed.detail == "public address on" and deed.process:
                self.bared.get(deed.process, set()).discard(deed.subject)

    def _kill_if_asked(self, deed: Deed) -> None:
        waits, self.controller.fatal_in_move = self.controller.fatal_in_move, None
        if waits and deed.process:
            deed.process.fatal_wait = deed.process.waits + waits

    def _saved(self, memory: Memory, epoch: int) -> None:
        self.calm.disturb()
        for law in self.saves:
            if broken := law(self, memory):
                self.fail(broken, law.__name__)
        self.remembered = memory

    def forgotten(self) -> None:
        """Rows are lost: nothing has to be remembered."""
        self.remembered = self.world.store.records.memory
        self.lies.moved.clear()
        self.resorts.clear()
        for launches in self.launches.values():
            launches.clear()

    def _told(self, subject: str, text: str) -> None:
        self.diary.note("person", text[:150])
        self.told.setdefault(subject, deque(maxlen=100)).append(self.at)
        for law in self.notices:
            if broken := law(self, subject):
                self.fail(broken, law.__name__)

    def _ordered(self, scope: str, wanted: object) -> None:
        process = self.world.processes.current
        order = self.orders.of(self.controller.runs[process].event) if process else None
        for law in self.obeying if order else ():
            assert order
            if broken := law(self, order, scope):
                self.fail(broken, law.__name__)
        if order:
            order.written.append(scope)

    def _written(self) -> None:
        self._changed = True
        self.world.ring.look()
        self.calm.disturb()

    def _heard(self, node: InstanceId, probe: Probe) -> None:
        if probe.outcome is Outcome.PASSED:
            self.passed[node] = self.at
            self._changed = self._changed or node not in self.passing
            self.proven.add(node)
            self.passing.setdefault(node, self.at)
            instance = self.world.instances.all.get(node)
            self.tasted |= {str(instance.node.image)} if instance else set()
        else:
            self.passing.pop(node, None)

    def _check_states(self) -> None:
        for law in self.states:
            if broken := law(self):
                self.fail(broken, law.__name__)

    def _count_launches(self) -> None:
        for name, instance in self.world.instances.all.items():
            if name not in self.known:
                self.known.add(name)
                if instance is not self.stranger and not instance.node.role:
                    self.launched += 1
                    self.launches[instance.node.zone].append((self.at, name))

    def _ended(self, process: Process, outcome: object) -> None:
        self.disrupting.pop(process, None)
        run = self.controller.runs.pop(process, Run())
        if process.killed or isinstance(outcome, AwsError):
            run.again()
        if process.killed:
            self.controller.killed += 1
            self.calm.disturb()
            self.excuses.hamper()
            self.last_fault = self.shaken = self.at
            self.diary.note(f"{process.name} {process.number}", "KILLED")
        elif isinstance(outcome, Exception):
            self._failed(process, outcome)
        else:
            self.calm.ended(process, str(outcome))
            if run.blind:
                self._blame(None)
            self._answered(process, run)

    def _answered(self, process: Process, run: Run) -> None:
        order = self.orders.of(run.event) if process.name == "reconcile" else None
        for law in self.answering if order else ():
            assert order
            if broken := law(self, order):
                self.fail(broken, law.__name__)

    def _failed(self, process: Process, error: Exception) -> None:
        """AWS may refuse what a function cannot do without; anything else is a mistake of ours."""
        if isinstance(error, BrokenLawError):
            raise error
        self._blame(error)
        self.excuses.hamper()
        self.diary.note(f"{process.name} {process.number}", f"FAILED: {error}")

    def _blame(self, error: Exception | None) -> None:
        for law in self.failing:
            if broken := law(self, error):
                self.fail(broken, law.__name__)

    def _unrest(self) -> str:
        return "; ".join(truth.wrongs(self.world, self.demand)) or "something is done again and again"
