"""The page says what the runs say, safely, and needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lab.commands.timelines import write_page
from lab.ec2.timings import provenance, shortened
from lab.report.lanes import entries
from lab.report.page import SILENT, page
from lab.report.run import Flows, Run, from_json, to_json
from lab.traffic.ledger import SILENCE
from tests.lab.runs import HUNG, NASTY, RUNS, TERMINATED

VOID = {"meta", "br", "link", "hr", "img", "input"}


class Reader(HTMLParser):
    """Holds open elements, so that a page that is not balanced is found, and what the page refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]


def shown(*runs: Run) -> str:
    return page(runs, title="What packets notice", notes=["one machine, no AWS account"])


def rows_of_table(text: str) -> list[list[str]]:
    found = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2])
    return [
        [unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.split(r"</t[hd]>", row)[:-1]]
        for row in found
    ]


def test_the_page_is_balanced_and_no_id_comes_twice() -> None:
    read = Reader(shown(*RUNS))

    assert read.open == []
    assert len(read.ids) == len(set(read.ids))


def test_the_page_needs_no_network_and_its_links_lead_somewhere() -> None:
    read = Reader(shown(*RUNS))

    assert not {"link", "img", "iframe", "object", "embed"} & set(read.seen)
    assert {"#run-1", "#run-1-1"} <= set(read.references)
    assert {reference.removeprefix("#") for reference in read.references} <= set(read.ids)
    assert not re.search(r"https?://|@import|url\((?!#)", shown(*RUNS))


def test_texts_are_escaped_wherever_they_are_shown() -> None:
    text = page([HUNG], title=NASTY, notes=[NASTY])

    assert "<script>alert" not in text
    assert '"x"' not in text
    assert Reader(text).seen.count("script") == 1
    assert NASTY in unescape(text)


def test_every_fault_has_a_timeline_with_all_its_marks_and_lines() -> None:
    text = shown(*RUNS)

    for index, run in enumerate(RUNS, 1):
        section = text.split(f'<section id="run-{index}">')[1].split("</section>")[0]
        assert "<svg" in section
        for line in entries(run):
            assert f'<li id="run-{index}-{line.number}"' in section


def test_the_list_says_when_who_and_what() -> None:
    text = shown(TERMINATED)
    lines = [" ".join(re.sub(r"<[^>]+>", " ", li).split()) for li in re.findall(r"<li id=.*?</li>", text)]

    assert "4 +0.31 s natkeeper decides PointRoute us-east-1a to i-2: its own node is ending" in lines
    assert "5 +0.32 s AWS calls ReplaceRoute took 0.10 s" in lines
    assert "2 +0.00 s Packets no answer for 0.43 s: 43 packets lost" in lines


def test_the_table_shows_the_numbers_of_every_run() -> None:
    first, second, third = rows_of_table(shown(*RUNS))

    assert first[0] == "A node is terminated"
    assert first[1].startswith("43 of 12,300")
    assert "8 of 2,460 connections failed" in first[1]
    assert first[2] == "0.43 s"
    assert first[3].startswith("20 of 20 whose client speaks")
    assert first[1].startswith("43 of 12,300 (0.3%)")
    assert [" ".join(cell.split()) for cell in first[4:]] == ["1 min 52 s", "✓ kept under 2 s"]
    assert second[2] == "none"
    assert third[2] == "2 min"
    assert third[4] == "not healed"
    assert third[5].startswith("✗ not kept")


def test_a_kept_promise_is_told_with_the_packets_that_were_lost_meanwhile() -> None:
    third = replace(TERMINATED, sent_udp=100)
    (row,) = rows_of_table(shown(third))

    assert row[1].startswith("43 of 100 (43.0%)")
    assert row[5].startswith("✓ kept, with 43 packets lost")
    assert 'Promise <span class="yes">✓ kept, with 43 packets lost</span>: under 2 s' in shown(third)


@pytest.mark.parametrize(
    ("alive", "silence", "said"),
    [
        (0, 0.0, "no long connection lived"),
        (3, 0.0, "no long connection that lived was silent for more than 0.25 s"),
        (3, 0.9, "longest silence of a long connection that lived 0.90 s"),
    ],
)
def test_silence_is_told_of_connections_that_lived_and_of_no_others(
    alive: int, silence: float, said: str
) -> None:
    assert said in shown(replace(TERMINATED, flows=Flows(alive, 20, 0, 20, silence)))


def test_the_page_calls_silent_what_the_private_host_does() -> None:
    assert SILENT == SILENCE


def test_the_tab_key_passes_the_marks_and_a_link_leads_past_the_table() -> None:
    text = shown(*RUNS)
    marks = re.findall(r'<a class="mark[^>]*>', text)

    assert marks
    assert all('tabindex="-1"' in mark for mark in marks)
    assert (
        text.index('<a class="skip" href="#timelines">') < text.index("<h1>") < text.index('id="timelines"')
    )


def test_on_a_phone_each_cell_says_what_it_is() -> None:
    text = shown(*RUNS)
    headings = re.findall(r"<th>(.*?)</th>", text)[1:]

    assert re.findall(r'<td data-is="(.*?)">', text) == headings * len(RUNS)
    assert "td::before { content: attr(data-is);" in text


def test_the_page_says_when_at_what_pace_and_how_to_play_it_again(tmp_path: Path) -> None:
    write_page(
        [replace(TERMINATED, timings="demo")], tmp_path / "page.html", "make demo", "A minute is short."
    )
    text = unescape((tmp_path / "page.html").read_text())

    assert "Played on 2023-11-14 with natkeeper " in text
    assert "again by: make demo" in text
    assert "Shortened at the pace demo: pending 1 s instead of 5.7 s" in text
    assert "A minute is short." in text
    assert f"AWS's delays are settings (lab/ec2/timings.py): {provenance()}." in text


def test_the_published_pace_shortens_nothing_and_says_whose_figures_it_has() -> None:
    assert shortened("published") == ""
    assert provenance() == "of 24 delays 3 are AWS's own figures, 10 others measured, 11 are assumed"


def test_the_same_runs_make_the_same_page() -> None:
    assert shown(*RUNS) == shown(*(from_json(to_json(run)) for run in RUNS))
