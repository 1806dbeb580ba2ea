"""The page of sleep and spot: a row for each way in which a zone sleeps and wakes, and the parts of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from lab.report.duration import in_words, since_fault
from lab.report.outage import Row, summarise
from lab.report.parts import Part, answered_after, parts
from lab.report.run import Run
from lab.report.tables import safe, table

HEADINGS = (
    "what happens",
    "runs",
    "answered again",
    "packets lost",
    "without an answer",
    "long connections that live: speaking",
    "AWS calls",
    "promise",
    "kept",
)
COLUMNS = """\
**Answered again**: from what happens to the first packet with an answer after the longest stretch without
one; median of the runs. A minus: before it happens. With a workload it counts from the moment in which
EventBridge has the event of its `pending` state.

**Packets lost**, **without an answer**: of all the run, so where a zone sleeps on purpose while the private
host goes on talking, its sleep is in it; of several runs the median, then the worst.

**Long connections that live**: TCP connections opened before, whose client speaks, that still carried data
at the end. **AWS calls**: the controller's, from what happens until it is over; mean of the runs.
**Promise**: what a run is held to, and in how many it was kept.
"""
PAGE = """\
# Sleep and spot

What packets notice when a zone falls asleep, wakes, or loses its spot node, measured and written by
`make sleep-bench`. What is asleep when, and why: [operations.md](operations.md), with prices in
[cost.md](cost.md).

A private host sends a UDP packet every 10 ms, opens TCP connections and holds long ones, through the NAT
that natkeeper runs, deployed by `sam deploy`. Where a workload starts, it is the workload that sends, from
the moment in which it is `running`: a real one would be booting still.

{table}

{columns}
## What it is made of

{sections}## How to repeat it

    make sleep-bench

{how}

{notes}

## The latencies in force

No AWS account was involved. What AWS takes its time for waits here for as long as its source says; the rest
is as fast as the machine.

{latencies}
"""


def markdown(
    runs: Sequence[Run], *, timings: Mapping[str, tuple[float, str]], how: str, notes: Sequence[str]
) -> str:
    """Returns the page: `timings` maps a latency to its seconds and source, `how` says what was run."""
    summaries = summarise(runs)
    groups = [[run for run in runs if run.fault == row.fault] for row in summaries]
    latencies = [(name, in_words(seconds), source) for name, (seconds, source) in timings.items()]
    return PAGE.format(
        table=table(HEADINGS, map(_cells, summaries, groups)),
        columns=COLUMNS,
        sections="".join(map(_section, groups)),
        how=safe(how),
        notes="\n".join(f"- {safe(note)}" for note in notes),
        latencies=table(("latency", "set to", "source"), latencies),
    )


def _cells(row: Row, runs: Sequence[Run]) -> tuple[str, ...]:
    zones = "1 zone" if row.zones == 1 else f"{row.zones} zones"
    again = [after for run in runs if (after := answered_after(run)) is not None]
    return (
        f"{row.title} (`{row.fault}`, {zones}, {row.timings})",
        str(row.runs),
        since_fault(median(again)) if again else "-",
        _middle(row, f"{row.lost_median:,g}", f"{row.lost_worst:,}") if row.lost_worst else "0",
        _middle(row, in_words(row.outage_median), in_words(row.outage_worst)) if row.outage_worst else "none",
        f"{row.speaks_alive:,} of {row.speaks:,}" if row.speaks else "-",
        f"{round(row.calls, 1):g}",
        row.promise,
        f"{row.kept} of {row.runs}",
    )


def _middle(row: Row, middle: str, worst: str) -> str:
    return middle if row.runs == 1 else f"{middle}, worst {worst}"


def _section(runs: Sequence[Run]) -> str:
    first = runs[0]
    rows = [(since_fault(part.after), part.what) for part in _medians(runs)]
    return f"### {safe(first.title)}\n\n{safe(first.story)}\n\n{table(('after', 'what'), rows)}\n\n"


def _medians(runs: Sequence[Run]) -> list[Part]:
    """Every part that all runs have, at its median."""
    found: dict[str, list[float]] = {}
    for run in runs:
        for part in parts(run):
            found.setdefault(part.what, []).append(part.after)
    return sorted(
        (Part(median(times), what) for what, times in found.items() if len(times) >= len(runs)),
        key=lambda part: part.after,
    )
