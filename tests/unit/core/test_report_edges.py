"""A node's report at the edge of what is still believed."""

from __future__ import annotations

import json

from natkeeper.core.intake.evidence import CHECKS, is_news, read
from natkeeper.core.model import Outcome, Probe
from tests.builders import NOW, failed, passed

WELL = dict.fromkeys(CHECKS, True)
GOOD = json.dumps({"natkeeper": 1, "checks": WELL})


def sent(value: object) -> int | None:
    return read(json.dumps({"natkeeper": 1, "checks": WELL, "sent": value}), 0, NOW).sent


def test_nothing_and_the_most_that_a_node_can_have_sent_are_counts() -> None:
    assert (sent(0), sent(10**18)) == (0, 10**18)


def test_a_failing_report_still_says_what_was_sent() -> None:
    said = json.dumps({"natkeeper": 1, "checks": {**WELL, "rules": False}, "sent": 9})

    assert read(said, 0, NOW) == Probe(NOW, Outcome.FAILED, ("rules",), 9)


def test_a_missing_script_is_unready_with_the_time_and_nothing_else() -> None:
    assert read(GOOD, 127, NOW) == Probe(NOW, Outcome.UNREADY)


def test_a_report_of_another_version_or_program_is_none() -> None:
    for other in ({"natkeeper": 2, "checks": WELL}, {"checks": WELL}, {"NATKEEPER": 1, "checks": WELL}):
        assert read(json.dumps(other), 0, NOW) == failed("report")


def test_the_last_report_counts_whatever_comes_after_it() -> None:
    bad = json.dumps({"natkeeper": 1, "checks": {**WELL, "rules": False}})

    assert read(f"{GOOD}\n{bad}\n[]\nnonsense", 0, NOW) == failed("rules")


def test_what_comes_after_four_thousand_characters_is_not_read() -> None:
    room = 4000 - len(GOOD) - 1

    assert read(f"{' ' * room}\n{GOOD}", 0, NOW) == passed()
    assert read(f"{' ' * (room + 1)}\n{GOOD}", 0, NOW) == failed("report")


def test_other_failures_than_before_are_news_and_so_is_another_outcome() -> None:
    unready = Probe(NOW, Outcome.UNREADY)

    assert is_news((passed(), failed("rules")), passed())
    assert is_news((unready,), passed())
    assert not is_news((failed("rules"), passed()), passed())
    assert not is_news((passed(), unready), unready)
