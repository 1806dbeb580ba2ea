"""Every fault several times, measured and written down as docs/outage.md."""

from __future__ import annotations

import argparse

from lab.commands import rival
from lab.commands.pool import Pool
from lab.commands.rounds import AGAIN
from lab.commands.timelines import BUILD, NOTES, played_again, write_page
from lab.ec2.timings import sources
from lab.experiments.faults import FAULTS
from lab.local_aws.aws import ROOT
from lab.packets.corner import refusal
from lab.report.outage import Row, load_rows, markdown, renew, store, store_rows, summarise
from lab.rival.delays import SOURCES
from lab.stage.deployment import build
from lab.stage.narrator import narrator

TABLE = ROOT / "docs" / "outage.json"


def main(arguments: argparse.Namespace) -> int:
    """Measures every fault, or only those named, and writes docs/outage.json and docs/outage.md. Returns 0
    when each of them was played as often as asked and every promise kept."""
    reason = refusal()
    if reason:
        print(f"No packets on this machine: {reason}")
        return 2
    build()
    names = arguments.names or list(FAULTS)
    runs = Pool(arguments.pace, arguments.minute).play(arguments.runs, arguments.labs, names)
    store(runs, BUILD / "outage-runs.json")
    write_page(runs, BUILD / "outage.html", "make lab-bench", played_again(AGAIN))
    rivals = list(rival.played(names, arguments.rivals, arguments.pace, narrator()))
    store(rivals, BUILD / "outage-rival-runs.json")
    write_table(summarise([*runs, *rivals]), arguments)
    return 0 if len(runs) == arguments.runs * len(names) and all(run.kept for run in runs) else 1


def write_table(new: list[Row], arguments: argparse.Namespace) -> None:
    """Writes docs/outage.json and docs/outage.md: the new rows, and those of faults not measured again."""
    rows = renew(load_rows(TABLE), new, list(FAULTS))
    store_rows(rows, TABLE)
    how = (
        f"The last measurement: {arguments.runs} runs of each fault, {arguments.labs} labs side by side, of "
        "which one at a time breaks something. The lab was late even when played "
        f"again in {sum(row.spoilt for row in rows)} of the table's {sum(row.runs for row in rows)} runs."
    )
    timings, notes = {**sources(arguments.pace), **SOURCES}, [*NOTES, played_again(AGAIN)]
    TABLE.with_suffix(".md").write_text(markdown(rows, timings=timings, how=how, notes=notes))
