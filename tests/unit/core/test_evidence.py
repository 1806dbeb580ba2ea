"""A node's report is hostile input: whatever it says, it is a pass, a failure, or silence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.intake.evidence import CHECKS, KEPT, append, is_news, read
from natkeeper.core.model import Outcome
from tests.builders import NOW, failed, passed, silent

WELL = dict.fromkeys(CHECKS, True)


def report(**checks: object) -> str:
    return json.dumps({"natkeeper": 1, "checks": {**WELL, **checks}})


def test_silence_keeps_the_reason_that_aws_gave_and_not_at_any_length() -> None:
    assert read(None, -1, NOW, "DeliveryTimedOut") == silent(note="DeliveryTimedOut")
    assert read(None, -1, NOW, "so long " * 1000).note == ("so long " * 1000)[:300]


def test_an_answer_needs_no_reason() -> None:
    assert read(report(), 0, NOW, "Success").note == ""


def test_a_report_with_every_check_true_passes() -> None:
    assert read(report(), 0, NOW) == passed()


def test_a_false_check_is_named() -> None:
    assert read(report(rules=False, egress=False), 0, NOW) == failed("rules", "egress")


def test_a_missing_check_counts_as_failing() -> None:
    assert read('{"natkeeper": 1, "checks": {}}', 0, NOW).failing == CHECKS


def test_a_check_that_is_merely_truthy_fails() -> None:
    assert read(report(guard="yes", rules=1), 0, NOW) == failed("rules", "guard")


def test_checks_that_we_do_not_know_are_passed_over() -> None:
    assert read(report(**{"; rm -rf /": False}), 0, NOW) == passed()


def test_lines_before_the_report_do_not_matter() -> None:
    assert read(f"a warning\n{report()}\n", 0, NOW) == passed()


def test_no_answer_is_silence() -> None:
    assert read(None, -1, NOW) == silent()


def test_a_missing_script_is_unready() -> None:
    assert read("", 127, NOW).outcome is Outcome.UNREADY


@pytest.mark.parametrize(
    ("count", "most", "filled"),
    [
        (79, 100, None),
        (799, 1000, None),
        (80, 100, 80),
        (52429, 65536, 80),
        (65536, 65536, 100),
        (10**9, 65536, 100),
        (0, 100, None),
    ],
)
def test_a_connection_table_is_noted_from_80_percent_on(count: int, most: int, filled: int | None) -> None:
    table = {"count": count, "max": most}
    said = json.dumps({"natkeeper": 1, "checks": WELL, "conntrack": table})

    assert read(said, 0, NOW).filled == filled


@pytest.mark.parametrize(
    "table", [None, 90, "full", [], {}, {"count": 9}, {"count": 9, "max": 0}, {"count": -9, "max": -10},
              {"count": True, "max": True}, {"count": "9", "max": "10"}, {"count": 9.9, "max": 10}],
)  # fmt: skip
def test_nonsense_about_the_connection_table_is_nothing(table: object) -> None:
    probe = read(json.dumps({"natkeeper": 1, "checks": WELL, "conntrack": table}), 0, NOW)

    assert (probe.outcome, probe.filled) == (Outcome.PASSED, None)


def test_the_bytes_sent_are_taken_as_said() -> None:
    said = json.dumps({"natkeeper": 1, "checks": WELL, "sent": 4096})

    assert read(said, 0, NOW).sent == 4096


@pytest.mark.parametrize("value", [None, True, -1, 10**18 + 1, 1.5, "7", [], {}])
def test_a_count_that_no_node_can_mean_is_no_count(value: object) -> None:
    said = json.dumps({"natkeeper": 1, "checks": WELL, "sent": value})

    assert read(said, 0, NOW) == passed()


@given(st.text(max_size=300), st.integers(0, 126))
def test_nonsense_is_a_failed_report(output: str, exit_code: int) -> None:
    assert read(output, exit_code, NOW) == failed("report")


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_only_exact_truth_passes(value: object) -> None:
    probe = read(json.dumps({"natkeeper": 1, "checks": value}), 0, NOW)

    assert probe.outcome is Outcome.FAILED


def test_deeply_nested_json_is_a_failed_report() -> None:
    assert read("[" * 3999, 0, NOW) == failed("report")


def test_only_the_latest_probes_are_kept() -> None:
    probes = tuple(passed() for _ in range(KEPT))

    assert append(probes, silent()) == (*probes[1:], silent())


def test_the_first_word_a_change_and_a_failure_are_news() -> None:
    assert is_news((), passed())
    assert is_news((passed(),), silent())
    assert is_news((failed("rules"),), failed("rules"))
    assert not is_news((passed(),), passed())
    assert not is_news((silent(),), silent())


def test_it_is_news_once_that_a_node_has_been_told_of_its_peers_connections() -> None:
    told = replace(passed(), flows=0)

    assert is_news((passed(),), told)
    assert not is_news((told,), told)
    assert not is_news((told,), passed())
    assert append((told,), passed()) == (passed(), passed())
