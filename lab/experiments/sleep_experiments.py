"""Every way in which a zone falls asleep, wakes, or loses its spot node, by name, with what is promised."""

from __future__ import annotations

from lab.ec2.timings import Timings
from lab.experiments import fault_injection, office_hours, sleep_triggers
from lab.experiments.experiment import Experiment
from lab.experiments.faults import FAULTS
from lab.experiments.preconditions import at_work, dormant
from lab.experiments.promise import SLACK, Promise, only_while_moving
from lab.experiments.recovery import asleep, awake, kept, replaced
from lab.report.parts import cause, gap
from lab.report.run import Run

ON_DEMAND = {"Awake": "on-demand", "IdleMinutes": "1"}
OFFICE_HOURS = {"Awake": "office-hours", "OfficeHours": office_hours.ALWAYS, "SleepDrainMinutes": "0"}
SPOT = {"Market": "spot"}
ORDERED, CARE = 3.0, 1.0  # seconds from the event to AWS's yes: reads, a cold start; from boot to packets


def _to_start(timings: Timings) -> float:
    return timings.starting + timings.restart


def _to_launch(timings: Timings) -> float:
    return timings.launch + timings.pending + timings.boot + timings.packages


def _answered_until_stopped(run: Run) -> bool:
    stops = [m.at for m in run.moments if m.lane == "call" and m.text.startswith("StopInstances")]
    return bool(stops) and all(at >= min(stops) for at in (*run.lost_udp, *run.lost_tcp))


def _woken(run: Run, since: float, seconds: float) -> bool:
    longest = gap(run)
    return longest is None or longest.ended - since <= seconds + ORDERED + CARE + SLACK


def falls_asleep() -> Promise:
    """Nobody is cut off before the node is stopped, and not before the grace is over."""

    def kept_(run: Run, _: Timings) -> bool:
        graced = all(at >= run.struck + 60 for at in run.lost_udp)
        return graced and _answered_until_stopped(run)

    return Promise("no packet is lost until the idle minute is over and the node is stopped", kept_)


def wakes(words: str, *, launches: bool) -> Promise:
    """The workload's packets are answered once AWS has had its time."""

    def kept_(run: Run, timings: Timings) -> bool:
        seconds = _to_launch(timings) if launches else _to_start(timings)
        return _woken(run, cause(run), seconds)

    return Promise(f"its packets are answered {ORDERED + CARE:g} s after what AWS and {words} take", kept_)


def keeps_hours() -> Promise:
    """Nobody within the office hours notices that there are others."""

    def kept_(run: Run, _: Timings) -> bool:
        closing = min(m.at for m in run.moments if m.lane == "you")
        lost = (*run.lost_udp, *run.lost_tcp)
        return _answered_until_stopped(run) and all(closing <= at < run.struck for at in lost)

    return Promise("no packet is lost before the closing minute or from the opening minute on", kept_)


def obeys() -> Promise:
    """A person's wish cuts nobody off before the node is stopped, and is taken back as fast as AWS can."""

    def kept_(run: Run, timings: Timings) -> bool:
        back = max(m.at for m in run.moments if m.lane == "you")
        return _answered_until_stopped(run) and _woken(run, back, _to_start(timings))

    words = f"lost only from the stop to {ORDERED + CARE:g} s after what AWS and the start take"
    return Promise(f"packets are {words}", kept_)


SLEEP_EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            "sleep-when-idle",
            "The last workload ends, and its zone falls asleep",
            "On demand, a minute of grace. The private host that talks is tagged `natkeeper:ignore`: it "
            "keeps no zone awake, and tells when packets end.",
            sleep_triggers.end_work,
            asleep,
            falls_asleep(),
            begin=at_work,
            parameters=ON_DEMAND,
            zones=1,
        ),
        Experiment(
            "wake-on-workload",
            "A workload starts while its zone sleeps by stop",
            "On demand. The event of the workload's `pending` state has the stopped node started; its route "
            "and address have stayed with it.",
            sleep_triggers.start_work,
            awake,
            wakes("the start", launches=False),
            begin=dormant,
            parameters=ON_DEMAND,
            zones=1,
        ),
        Experiment(
            "wake-by-launch",
            "A workload starts while its zone sleeps by terminate",
            "The same where nothing is left but the address: a node is launched and installs its software.",
            sleep_triggers.start_work,
            awake,
            wakes("the boot", launches=True),
            begin=dormant,
            parameters={**ON_DEMAND, "SleepMode": "terminate"},
            zones=1,
        ),
        Experiment(
            "office-hours",
            "The clock crosses the end and the beginning of the office hours",
            "The private host goes on talking through a night of four minutes, in true time. The node is "
            "started two minutes before the opening, which is the moment from which everything counts here.",
            office_hours.opens,
            awake,
            keeps_hours(),
            begin=office_hours.crossing,
            parameters=OFFICE_HOURS,
            zones=1,
        ),
        Experiment(
            "sleep-by-wish",
            "A person puts a zone to sleep, and takes the wish back",
            "The order sleep.json, and when it sleeps the order automatic.json; it would be awake always.",
            sleep_triggers.sleep_by_wish,
            kept,
            obeys(),
            mend=sleep_triggers.wake_by_wish,
            watch=0.05,
        ),
        FAULTS["spot-notice"],
        Experiment(
            "spot-rebalance",
            "A rebalance recommendation",
            "AWS may soon want the spot node back. A successor is built, proved, and takes over at once.",
            fault_injection.recommend_rebalance,
            replaced,
            only_while_moving(0.5),
            parameters=SPOT,
        ),
        Experiment(
            "spot-full",
            "A spot interruption warning, and spot is full",
            "No type of the list has room on spot: the successor is launched on demand.",
            fault_injection.spot_notice_without_room,
            replaced,
            only_while_moving(0.5),
            mend=fault_injection.capacity_back,
            parameters=SPOT,
        ),
    )
}
EXPERIMENTS = {**FAULTS, **SLEEP_EXPERIMENTS}
