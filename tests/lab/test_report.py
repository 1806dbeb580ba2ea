"""The page says what the runs say, safely, and needs nothing else."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from lab.report.lanes import entries
from lab.report.page import page
from lab.report.run import Run, from_json, to_json
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
    assert first[4:] == ["1 min 52 s", "✓ yes"]
    assert second[2] == "none"
    assert third[2:3] + third[4:] == ["2 min", "not healed", "✗ no"]


def test_the_same_runs_make_the_same_page() -> None:
    assert shown(*RUNS) == shown(*(from_json(to_json(run)) for run in RUNS))
