"""What a run of sleeping and waking is made of, when its promise is kept, and its page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from lab.commands.rounds import by_stage
from lab.ec2.timings import Timings
from lab.experiments.sleep_experiments import EXPERIMENTS, SLEEP_EXPERIMENTS
from lab.report.parts import answered_after, cause, parts
from lab.report.run import Lane, Moment, Outage, Run
from lab.report.sleep import markdown
from tests.lab.runs import CALM, NASTY, STRUCK

WORKLOAD, NODE = "i-0000000000000000a", "i-0000000000000000b"
STATE = "EC2 Instance State-change Notification"
QUICK = Timings(pending=5, starting=5, restart=10, launch=1, boot=20, packages=15)


def moments(*told: tuple[float, Lane, str]) -> tuple[Moment, ...]:
    return tuple(Moment(STRUCK + at, lane, text) for at, lane, text in told)


def silent(began: float, ended: float) -> dict[str, Any]:
    """No answer to a packet between these seconds after the trigger."""
    lost = tuple(STRUCK + began + n / 100 for n in range(round((ended - began) * 100)))
    return {"lost_udp": lost, "outages": (Outage(STRUCK + began, STRUCK + ended, len(lost), "udp"),)}


WOKEN = replace(
    CALM,
    fault="wake-on-workload",
    lost_tcp=(),
    moments=moments(
        (0, "you", f"ec2 run-instances: the workload {WORKLOAD}"),
        (1.7, "aws", f"{STATE}: {WORKLOAD} pending"),
        (2.5, "decision", f"StartNode {NODE} in us-east-1a: in its private subnets: {WORKLOAD}"),
        (2.6, "call", f"StartInstances {NODE}"),
        (2.9, "aws", f"{STATE}: {NODE} pending"),
        (7.1, "aws", f"{STATE}: {WORKLOAD} running"),
        (8.3, "aws", f"{STATE}: {NODE} running"),
        (18.0, "node", f"{NODE} boots"),
    ),
    **silent(7.2, 18.5),
)
SLEPT = replace(
    CALM,
    fault="sleep-when-idle",
    lost_tcp=(),
    ended=STRUCK + 90,
    moments=moments(
        (0, "you", f"ec2 terminate-instances {WORKLOAD}, the last workload"),
        (0.3, "aws", f"{STATE}: {WORKLOAD} shutting-down"),
        (75, "decision", f"StopNode {NODE} in us-east-1a: nothing in its private subnets needs a way out"),
        (75.2, "call", f"StopInstances {NODE}"),
        (86, "aws", f"{STATE}: {NODE} stopped"),
    ),
    **silent(75.4, 90),
)
NIGHT = replace(
    CALM,
    fault="office-hours",
    lost_tcp=(),
    moments=moments(
        (-240, "you", "08:00 UTC, your office hours end"),
        (-200, "call", f"StopInstances {NODE}"),
        (-119, "call", f"StartInstances {NODE}"),
        (0, "you", "08:04 UTC, your office hours begin"),
    ),
    **silent(-199.8, -100),
)
WISHED = replace(
    CALM,
    fault="sleep-by-wish",
    lost_tcp=(),
    moments=moments(
        (0, "you", "sleep.json"), (1, "call", f"StopInstances {NODE}"), (12, "you", "sleep-by-wish is over")
    ),
    **silent(1.1, 29),
)


def kept(run: Run, timings: Timings = QUICK) -> bool:
    return SLEEP_EXPERIMENTS[run.fault].promise.kept(run, timings)


def test_a_wake_counts_from_the_event_of_the_workload() -> None:
    assert cause(WOKEN) == pytest.approx(STRUCK + 1.7)
    assert answered_after(WOKEN) == pytest.approx(16.8)


def test_a_wake_is_told_in_its_parts_and_the_workload_is_not_taken_for_the_node() -> None:
    told = [(round(part.after, 1), part.what) for part in parts(WOKEN)]

    assert [after for after, _ in told] == [-1.7, 0, 0.8, 0.9, 5.4, 5.5, 6.6, 16.3, 16.8]
    assert told[0][1] == "ec2 run-instances: the workload i-…"
    assert told[6][1] == "the node is `running`"
    assert told[-1][1] == "packets are answered"


def test_where_a_zone_stays_asleep_nothing_is_answered_again() -> None:
    assert answered_after(SLEPT) is None
    assert [part.what for part in parts(SLEPT)][-2:] == [
        "the first packet has no answer",
        "the node is `stopped`",
    ]


def test_a_night_is_over_before_the_opening() -> None:
    assert answered_after(NIGHT) == pytest.approx(-100)


@pytest.mark.parametrize("run", [WOKEN, SLEPT, NIGHT, WISHED], ids=lambda run: run.fault)
def test_what_went_well_keeps_its_promise(run: Run) -> None:
    assert kept(run)


@pytest.mark.parametrize(
    "run",
    [
        replace(WOKEN, **silent(7.2, 22)),  # later than a start takes
        replace(SLEPT, **silent(50, 90)),  # within the idle minute
        replace(SLEPT, **silent(74, 90)),  # before the node was stopped
        replace(NIGHT, **silent(-199.8, 0.2)),  # into the day
        replace(NIGHT, lost_tcp=(STRUCK - 241,)),  # in the evening
        replace(WISHED, **silent(1.1, 33)),  # long after the wish was taken back
        replace(WISHED, **silent(0.5, 20)),  # before the node was stopped
    ],
)
def test_what_went_wrong_breaks_it(run: Run) -> None:
    assert not kept(run)


def test_who_is_launched_has_longer_than_who_is_started() -> None:
    run = replace(WOKEN, fault="wake-by-launch", **silent(7.2, 40))

    assert kept(run)
    assert not kept(replace(run, fault="wake-on-workload"))


def test_what_needs_other_parameters_is_played_on_another_stage() -> None:
    groups = by_stage(
        ["sleep-when-idle", "terminate", "spot-full", "wake-on-workload", "hang", "spot-rebalance"]
    )

    assert groups == [
        ["sleep-when-idle", "wake-on-workload"],
        ["terminate", "hang"],
        ["spot-full", "spot-rebalance"],
    ]


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(ValueError, match="unknown fault doze: one of terminate"):
        by_stage(["terminate", "doze"])


def test_every_experiment_has_its_own_name() -> None:
    assert all(name == experiment.name for name, experiment in EXPERIMENTS.items())


def page(runs: Iterable[Run]) -> str:
    return markdown(list(runs), timings={"boot": (20.0, "a | b")}, how="Once.", notes=["2 cores"])


def test_the_page_has_a_row_for_each_and_its_parts() -> None:
    text = page([SLEPT, WOKEN])

    assert "(`sleep-when-idle`, 2 zones, published) | 1 | - | 1,460 |" in text
    assert "(`wake-on-workload`, 2 zones, published) | 1 | +16.80 s | 1,130 |" in text
    assert "| +5.50 s | the first packet has no answer |" in text
    assert "make sleep-bench" in text


def test_several_runs_are_told_at_their_median() -> None:
    later = replace(WOKEN, **silent(7.2, 20.5))

    text = page([WOKEN, later])

    assert "| 2 | +17.80 s | 1,230, worst 1,330 |" in text
    assert "| +17.80 s | packets are answered |" in text


def test_no_text_breaks_the_page_or_its_tables() -> None:
    text = page([replace(WOKEN, title=NASTY, story=NASTY)])
    rows = [line for line in text.splitlines() if line.startswith("|")]

    assert "<script>" not in text
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {10, 3, 4}
