"""Rounds of experiments: which of them one stack can play, and how it plays them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from lab.experiments.execution import play
from lab.experiments.sleep_experiments import EXPERIMENTS, SLEEP_EXPERIMENTS
from lab.report.duration import since_fault
from lab.report.parts import parts
from lab.report.run import Run
from lab.stage.narrator import Say
from lab.stage.stage import Stage, staged
from lab.stage.turn import Turn

A_STAGE = 10  # experiments on one stack: to deploy one takes as long as half of them
AGAIN = 2  # times that a run which the lab spoilt is repeated


def known(names: Iterable[str]) -> list[str]:
    """Returns the names. Raises ValueError naming every one that is no experiment's."""
    wanted = list(names)
    unknown = sorted(set(wanted) - set(EXPERIMENTS))
    if unknown:
        raise ValueError(f"unknown fault {', '.join(unknown)}: one of {', '.join(EXPERIMENTS)}")
    return wanted


def by_stage(names: Iterable[str]) -> list[list[str]]:
    """Returns experiments in groups that one stage can play: equally many zones, the same parameters, and
    not too many for one stack. Raises ValueError naming every unknown one."""
    groups: dict[tuple[int, str], list[str]] = {}
    for name in known(names):
        experiment = EXPERIMENTS[name]
        groups.setdefault((experiment.zones, str(experiment.parameters)), []).append(name)
    return [group[at : at + A_STAGE] for group in groups.values() for at in range(0, len(group), A_STAGE)]


def play_round(
    names: list[str], say: Say, *, pace: str, minute: float, logs: Path, again: int = AGAIN
) -> Iterator[Run]:
    """Plays experiments of one group of `by_stage` on one fresh stage. Yields each run when it is over;
    raises RuntimeError when the stage does not come to rest, or the kernel did not follow the API."""
    first = EXPERIMENTS[names[0]]
    with ExitStack() as stack:
        # To deploy takes both cores.
        with Turn().held():
            fresh = staged(logs, say, zones=first.zones, pace=pace, minute=minute, **first.parameters)
            stage = stack.enter_context(fresh)
        for name in names:
            say("", f"\n== {EXPERIMENTS[name].title}  [{name}]")
            yield in_time(partial(_play_one, stage, name, say), say, again)
        refused = stage.aws.control.refusals()
        if refused:
            raise RuntimeError(f"the kernel did not follow the API: {refused}")


def _play_one(stage: Stage, name: str, say: Say) -> Run:
    run = play(stage, EXPERIMENTS[name], say)
    say("packets", summary(run))
    for part in parts(run) if name in SLEEP_EXPERIMENTS else []:
        say("part", f"{since_fault(part.after):>16}  {part.what}")
    return run


def in_time(play_it: Callable[[], Run], say: Say, again: int = AGAIN) -> Run:
    """Plays, and `again` so often while the lab itself was too late for its figures to be AWS's. Returns the
    last."""
    run = play_it()
    for _ in range(again):
        if not run.spoilt:
            break
        say("lab", f"the kernel was {run.late:.2f} s late, this machine is busy: once more")
        run = play_it()
    return run


def summary(run: Run) -> str:
    """Returns a run in one line."""
    flows = run.flows
    return (
        f"{run.lost} of {run.sent_udp} packets lost, {run.failed} of {run.sent_tcp} new connections failed, "
        f"{run.outage_seconds:.2f} s without an answer; of the long connections {flows.speaks_alive} of "
        f"{flows.speaks} that speak and {flows.listens_alive} of {flows.listens} that listen live; "
        f"seen as {', '.join(dict.fromkeys(run.addresses))}; promise "
        f"({run.promise}) {'kept' if run.kept else 'BROKEN'}"
    )
