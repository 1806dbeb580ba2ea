"""Runs survive a file, and the table of outages says what they say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import dacite
import pytest

from lab.report.duration import in_words, since_fault
from lab.report.outage import load, load_rows, markdown, renew, store, store_rows, summarise
from lab.report.run import Outage, from_json, to_json
from tests.lab.runs import HUNG, RUNS, STRUCK, TERMINATED, lost


def test_a_run_survives_a_file(tmp_path: Path) -> None:
    store(RUNS, tmp_path / "build" / "runs.json")

    assert tuple(load(tmp_path / "build" / "runs.json")) == RUNS


def test_whole_numbers_in_a_file_are_seconds_too() -> None:
    data = to_json(TERMINATED) | {"struck": int(STRUCK), "healed": int(STRUCK) + 112}

    assert from_json(data) == TERMINATED


@pytest.mark.parametrize("wrong", [{"lane": 3}, {"zones": "two"}, {"moments": [{"at": 1, "lane": "?"}]}])
def test_what_is_no_run_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(dacite.DaciteError):
        from_json(to_json(TERMINATED) | wrong)


def test_a_run_adds_up_its_udp_outages_and_the_calls_until_it_was_healed() -> None:
    second = Outage(STRUCK + 5, STRUCK + 5.5, 50, "udp")
    run = replace(TERMINATED, outages=(*TERMINATED.outages, second))

    assert run.outage_seconds == pytest.approx(0.93)
    assert run.longest_outage == pytest.approx(0.5)
    assert (run.lost, run.failed, run.calls) == (43, 8, 2)
    assert replace(run, healed=None).calls == 3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "-"),
        (0.0, "0 s"),
        (0.004, "4 ms"),
        (0.43, "0.43 s"),
        (9.996, "10.0 s"),
        (12.68, "12.7 s"),
        (59.97, "1 min"),
        (112.2, "1 min 52 s"),
        (3900.0, "1 h 5 min"),
    ],
)
def test_seconds_are_written_as_people_write_them(seconds: float | None, words: str) -> None:
    assert in_words(seconds) == words


def test_points_in_time_have_a_sign() -> None:
    assert [since_fault(s) for s in (0.314, -0.2, 112.34, 59.999)] == [
        "+0.31 s",
        "\N{MINUS SIGN}0.20 s",
        "+1 min 52.3 s",
        "+1 min 0.0 s",
    ]


def test_runs_of_a_fault_become_one_row() -> None:
    worse = replace(
        TERMINATED,
        lost_udp=lost(0.9),
        outages=(Outage(STRUCK, STRUCK + 0.9, 90, "udp"),),
        kept=False,
        detection=0.8,
        late=0.6,
    )
    row, other = summarise([TERMINATED, HUNG, worse, TERMINATED])

    assert (row.fault, row.runs, row.kept, other.fault) == ("terminate", 3, 2, "hang")
    assert (row.spoilt, other.spoilt) == (1, 0)
    assert (row.lost_median, row.lost_worst) == (43, 90)
    assert row.outage_median == pytest.approx(0.43)
    assert row.outage_worst == pytest.approx(0.9)
    assert (row.detection, other.detection, other.healed) == (0.31, None, 0)
    assert (row.speaks_alive, row.speaks, row.listens_alive, row.listens) == (60, 60, 9, 60)
    assert row.calls == pytest.approx(2)
    assert row.measured == "2023-11-14"


def test_a_fault_measured_again_takes_its_old_rows_place_and_the_others_stay(tmp_path: Path) -> None:
    store_rows(summarise(RUNS), tmp_path / "rows.json")
    old = load_rows(tmp_path / "rows.json")
    assert old == summarise(RUNS)
    (again,) = summarise([replace(HUNG, zones=3)])

    rows = renew(old, [again], order=["hang", "terminate"])
    assert [(row.fault, row.zones) for row in rows] == [("hang", 3), ("terminate", 2)]


def test_an_address_that_changes_is_told_with_the_runs_in_which_it_did() -> None:
    other = replace(TERMINATED, addresses=("203.0.113.10", "203.0.113.20", "203.0.113.10"))
    row = summarise([TERMINATED, other, other])[0]

    assert (row.changed, row.addresses) == (2, 2)
    assert "| 2 in 2 of 3 | - |" in markdown([row], timings={}, how="", notes=[])
    assert "| - |" in markdown([replace(row, changed=None)], timings={}, how="", notes=[])


def test_without_a_table_there_are_no_rows(tmp_path: Path) -> None:
    assert load_rows(tmp_path / "rows.json") == []


def test_the_same_fault_with_other_zones_is_another_row() -> None:
    assert [row.zones for row in summarise([TERMINATED, replace(TERMINATED, zones=1)])] == [2, 1]


def test_the_document_has_a_row_for_every_fault_and_every_latency_with_its_source() -> None:
    text = markdown(
        summarise(RUNS),
        timings={"boot": (27.0, "AWS | EC2 guide"), "delivery": (0.3, "measured")},
        how="One run each.",
        notes=["Linux, 2 cores"],
    )

    cells = "| 1 | 43, worst 43 | 0.43 s, worst 0.43 s | 0.31 s | 1 min 52 s | 20 of 20 | 3 of 20 | "
    cells += "never changes | - | 2 |"
    assert f"| A node is terminated (`terminate`, 2 zones, published) {cells} under 2 s | 1 of 1 |" in text
    assert "| 0 | none |" in text
    assert "not healed in 1 of 1" in text
    assert "| boot | 27.0 s | AWS \\| EC2 guide |" in text
    assert "| delivery | 0.30 s | measured |" in text
    assert "- Linux, 2 cores" in text
    assert "make lab-bench" in text
    assert "<script>" not in text


def test_every_row_of_the_document_has_as_many_cells_as_its_heading() -> None:
    text = markdown(summarise(RUNS), timings={"boot": (27.0, "a | b")}, how="", notes=[])
    table = [line for line in text.splitlines() if line.startswith("|")]

    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in table]
    assert widths == [15] * 5 + [4] * 3
