"""Plays one experiment on a stage, and puts together what everybody saw of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import random
from typing import Any

from lab.ec2.clock import wait_until
from lab.ec2.timings import pace
from lab.experiments.disturbance import may_be_disturbed
from lab.experiments.experiment import Before, Experiment
from lab.experiments.preconditions import Plan
from lab.experiments.watch import Watch
from lab.report.run import Flows, Kind, Moment, Outage, Run
from lab.stage.narrator import Say
from lab.stage.stage import Stage
from lab.traffic import recording
from lab.traffic.recording import Recording

CALM, AFTER = 2.0, 1.0  # seconds of traffic before it strikes, and after it was healed
DECIDED = 2.5  # seconds until every packet sent before is answered or lost
LONGEST_RETRY = 70.0  # seconds after an outage for which a long connection may wait for its next attempt
POLL = 0.5
EDGE = 0.1  # seconds between a change in the kernel and the first packet that shows it
MOVING = ("AssociateAddress", "ReplaceRoute", "CreateRoute")


@dataclass(frozen=True, slots=True)
class Course:
    """How an experiment went: when the record begins, when it struck, when it was healed (None: never), and
    the moments seen on the way."""

    before: Before
    began: float
    struck: float
    healed: float | None
    moments: list[Moment]


def play(stage: Stage, experiment: Experiment, say: Say, chance: Callable[[], float] = random) -> Run:
    """Plays an experiment from where it begins until it is healed. Returns all that is known of it; raises
    RuntimeError when the stage does not come to where it begins. `chance`: when in a minute it strikes."""
    plan = experiment.begin(stage)
    _surround(stage, experiment)
    stage.start_traffic(experiment.name)
    before, watch = _as_it_stands(stage), Watch(stage, say)
    _await(watch, plan)
    if experiment.promise.by_schedule:
        # It begins at rest, which is just after a sweep: the worst of all moments.
        time.sleep(chance() * (experiment.minute or stage.minute))
    if plan.due is None:
        stage.turn.take()
        before = _as_it_stands(stage)  # that may have taken minutes
    try:
        return _strike(stage, experiment, plan, before, watch)
    finally:
        stage.turn.give_back()


def _strike(stage: Stage, experiment: Experiment, plan: Plan, before: Before, watch: Watch) -> Run:
    struck = watch.struck = plan.due or time.time()
    what = Moment(struck, "you", experiment.trigger(stage, before))
    watch.say("you", what.text)
    over = (
        [Moment(time.time(), "you", f"{experiment.name} is over")]
        if _looked_on(stage, experiment, before, watch)
        else []
    )
    healed = time.time() if _healed(stage, experiment, before, watch) else None
    after = f"after {healed - struck:.1f} s" if healed else f"not within {experiment.deadline:.0f} s"
    watch.say("healed", after)
    if not experiment.watch:
        experiment.mend(stage, before)
    _surround(stage, None)
    time.sleep(AFTER)
    watch.look()
    began = watch.began if plan.due else struck - CALM
    moments = [*plan.moments, what, *over, *watch.moments]
    return _run(stage, experiment, Course(before, began, struck, healed, moments))


def _as_it_stands(stage: Stage) -> Before:
    zones = stage.zones()
    return Before(zones, stage.repairs(zones[0].instance))


def _surround(stage: Stage, experiment: Experiment | None) -> None:
    """How AWS is for this experiment; None: as it is for all others."""
    control = stage.aws.control
    control.minute((experiment and experiment.minute) or stage.minute)
    control.trail(experiment.trail if experiment else None)
    control.midstream(tracked=experiment is None or experiment.midstream)
    control.pace(stage.pace)
    control.timings(**(experiment.timings if experiment else {}))


def _await(watch: Watch, plan: Plan) -> None:
    """Calm traffic before it strikes; or all that happens until the clock does."""
    if plan.due is None:
        time.sleep(CALM)
        return
    watch.struck = plan.due
    while time.time() < plan.due:
        watch.look()
        time.sleep(max(min(1.0, plan.due - time.time()), 0))


def _looked_on(stage: Stage, experiment: Experiment, before: Before, watch: Watch) -> bool:
    """Returns whether there was a watch, in which nothing must be built; ends it early if something was."""
    if not experiment.watch:
        return False
    nodes = {zone.instance for zone in before.zones}
    until = time.monotonic() + experiment.watch * (experiment.minute or stage.minute)
    while time.monotonic() < until and set(stage.view.nodes_by_id()) <= nodes:
        _look(stage, experiment, watch)
        time.sleep(1)
    experiment.mend(stage, before)
    return True


def _healed(stage: Stage, experiment: Experiment, before: Before, watch: Watch) -> bool:
    def healed() -> bool:
        _look(stage, experiment, watch)
        return experiment.healed(stage, before)

    return wait_until(healed, experiment.deadline, POLL)


def _look(stage: Stage, experiment: Experiment, watch: Watch) -> None:
    watch.look()
    after = time.time() - watch.struck
    if may_be_disturbed(experiment.promise, after, lambda: stage.quiet_since(1.0), watch.moments):
        stage.turn.give_back()
    elif experiment.promise.tight:
        stage.turn.ask()


def _run(stage: Stage, experiment: Experiment, course: Course) -> Run:
    began, struck, healed = course.began, course.struck, course.healed
    ended = (healed or time.time()) + AFTER
    if not wait_until(lambda: recording.settled(stage.log) >= ended, 30, 0.5):
        said = stage.log.with_suffix(".err").read_text()[-300:]
        raise RuntimeError(f"the private host stopped talking: {said}")
    heard = recording.read(stage.log).between(began, ended)
    flows = _flows(stage, struck, ended, heard)
    moments = sorted([*course.moments, *_moments(stage, course, ended, heard)], key=lambda m: m.at)
    detection = _detection(struck, moments)
    late, outages = stage.aws.control.late(since=began), _outages(heard)
    run = Run(
        fault=experiment.name, title=experiment.title, story=experiment.story, zones=experiment.zones,
        timings=stage.pace,
        began=began, struck=struck, healed=healed, ended=ended,
        sent_udp=sum(s.udp for s in heard.seconds), sent_tcp=sum(s.tcp for s in heard.seconds),
        lost_udp=heard.lost_udp, lost_tcp=heard.lost_tcp, outages=outages, flows=flows,
        moments=tuple(moments), addresses=tuple(s.address for s in heard.addresses),
        promise=experiment.promise.words, kept=False, detection=detection,
        repair=healed - struck - (detection or 0) if healed and not experiment.watch else None,
        late=max((seconds for _, seconds in late), default=0.0), late_in_outage=late_in_outage(late, outages),
    )  # fmt: skip
    return replace(run, kept=healed is not None and experiment.promise.kept(run, pace(stage.pace)))


def _outages(heard: Recording) -> tuple[Outage, ...]:
    kinds: tuple[tuple[Kind, tuple[recording.Outage, ...]], ...] = (
        ("udp", heard.udp_outages()),
        ("tcp", heard.tcp_outages()),
    )
    return tuple(Outage(o.began, o.ended, o.lost, kind) for kind, found in kinds for o in found)


def late_in_outage(late: Iterable[tuple[float, float]], outages: Iterable[Outage]) -> float:
    """Returns the most seconds of the changes that began, lengthened or ended an outage; `late` says when the
    kernel had followed each change, and by how many seconds too late."""
    spans = [(o.began - EDGE, o.ended + EDGE) for o in outages]
    return max((seconds for at, seconds in late if any(a <= at <= b for a, b in spans)), default=0.0)


def last_retry(outages: Sequence[recording.Outage]) -> float:
    """Returns when a long connection has tried again at the latest, as `time.time()`; 0 without an outage. It
    may wait for as long as it found nobody before, in however many stretches; answered between two of them,
    three times as long, for each wait is twice the last, and a short stretch prolongs it as well."""
    answered = any(after.began - before.ended > 1 for before, after in pairwise(outages))
    silent = sum(outage.seconds for outage in outages) * (3 if answered else 1)
    return outages[-1].ended + min(silent, LONGEST_RETRY) if outages else 0.0


def _flows(stage: Stage, struck: float, ended: float, heard: Recording) -> Flows:
    judged = max(ended, last_retry(heard.udp_outages()) + DECIDED)
    wait_until(lambda: recording.settled(stage.log) >= judged, LONGEST_RETRY + 30, 0.5)
    found = recording.read(stage.log).survival(struck, judged)
    return Flows(*found.speaks, *found.listens, found.longest_silence)


def _detection(struck: float, moments: list[Moment]) -> float | None:
    """The first decision to do something, or the guard's repair."""
    return next(
        (m.at - struck for m in moments if m.at > struck and (m.lane == "decision" or "guard" in m.text)),
        None,
    )


def _moments(stage: Stage, course: Course, ended: float, heard: Recording) -> list[Moment]:
    return [
        *_calls(stage, course.began, ended),
        *_guard(stage, course.before, course.began),
        *_deaths(heard, course.began, ended),
    ]


def _calls(stage: Stage, began: float, ended: float) -> list[Moment]:
    names = {interface: node["InstanceId"] for interface, node in stage.view.nodes().items()}
    tables = {zone.table: zone.zone for zone in stage.zones()}
    found = []
    for call in stage.aws.control.calls(since=began):
        if not call["function"] or call["time"] > ended:
            continue
        about = call["about"]
        refused = "" if call["status"] < 400 else f" (refused: {call['status']})"
        target = names.get(about.get("NetworkInterfaceId", ""), about.get("NetworkInterfaceId", ""))
        what = " ".join(str(v) for v in (*_ids(about), *([f"-> {target}"] if target else [])))
        text = f"{call['action']} {what}".strip() + refused
        found.append(Moment(call["time"], "call", text, call["ended"]))
        if call["action"] in MOVING[1:] and not refused:
            effect = call["ended"] + pace(stage.pace).propagation
            zone = tables.get(about.get("RouteTableId", ""), "")
            found.append(Moment(effect, "route", f"{zone}: 0.0.0.0/0 -> {target}"))
    return found


def _ids(about: dict[str, Any]) -> list[str]:
    listed = [about.get(name, "") for name in ("RouteTableId", "AllocationId", "InstanceId")]
    many = about.get("InstanceIds") or []
    return [str(each) for each in (*listed, *many) if each]


def _guard(stage: Stage, before: Before, began: float) -> list[Moment]:
    text = stage.run_on(before.node, "stat -c %.Y /run/natkeeper/repairs")
    repairs = stage.repairs(before.node)
    if not text or float(text) < began or repairs <= before.repairs:
        return []
    return [Moment(float(text), "node", f"the guard of {before.node} has applied its rules again")]


def _deaths(heard: Recording, began: float, ended: float) -> list[Moment]:
    found: dict[tuple[bool, str, int], list[float]] = {}
    for flow in heard.flows:
        if flow.died is not None and began <= flow.died <= ended:
            found.setdefault((flow.speaks, flow.error, int(flow.died * 4)), []).append(flow.died)
    return [
        Moment(
            min(times), "flow", f"{len(times)} whose client {'speaks' if speaks else 'listens'} died: {error}"
        )
        for (speaks, error, _), times in found.items()
    ]
