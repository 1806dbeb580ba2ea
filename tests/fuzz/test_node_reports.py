"""A node in the wrong hands says what it likes. It can have itself repaired or replaced, and nothing more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.intake.evidence import CHECKS, read
from natkeeper.core.intake.triggers import Sweep
from natkeeper.core.memory import HOUR
from natkeeper.core.model import InstanceId, Outcome
from tests.builders import NOW
from tests.fuzz.hostile import SHELL, STRINGS, deep, fuzzed, json_values
from tests.fuzz.surroundings import at_rest
from tests.stack import Stack, own
from tests.world.guest import GOOD

SHOWN = (2_500, 24_000)
"""Characters of output that ListCommandInvocations and GetCommandInvocation show (SSM API reference)."""
MARKS = ("forged", "REPORT", "Subject", "_aws", "level")
FORGERIES = [
    '\n{"level":"ERROR","message":"result","result":"refused"}\n',
    "\r\nSubject: natkeeper: all is well\r\n\r\n",
    "REPORT RequestId: 00000000-0000-0000-0000-000000000000 Duration: 1 ms",
    '{"_aws":{"CloudWatchMetrics":[{"Namespace":"natkeeper"}]},"SweepDuration":1}',
    "\x1b[2J\x1b[31mforged",
]
REPORT = {"natkeeper": 1, "checks": dict.fromkeys(CHECKS, True), "sent": 1}


@st.composite
def outputs(draw: st.DrawFn) -> str:
    """What a hostile node prints."""
    claims = draw(
        st.fixed_dictionaries(
            {"natkeeper": st.sampled_from([1, True, 1.0, "1", 2]) | json_values()},
            optional={
                "checks": st.dictionaries(st.sampled_from([*CHECKS, *SHELL, *STRINGS]), json_values())
                | st.dictionaries(st.sampled_from(CHECKS), st.booleans())
                | json_values(),
                "sent": json_values(),
                "conntrack": json_values(),
                "nodes": json_values(),
                "instance-id": json_values(),
            },
        )
    )
    noise = st.sampled_from([*FORGERIES, *STRINGS, "x" * 24_000, json.dumps(REPORT), str(deep(1000))])
    line = st.just(json.dumps(claims)) | noise | st.text(max_size=50)
    return "\n".join(draw(st.lists(line, min_size=1, max_size=4)))[: draw(st.sampled_from(SHOWN))]


def foreign_calls(stack: Stack, mine: set[str]) -> list[str]:
    """Calls that changed something of a node, other than those named; a move to a good one is none."""
    changing = ("terminate", "repair", "source_dest_check")
    calls = [call.split() for call in stack.aws.calls]
    return [" ".join(c) for c in calls if c[0] in changing and c[-1] not in mine]


def known_of(stack: Stack, zone: str) -> set[str]:
    """Every node, with its interface, that ever was in a zone."""
    nodes = [n for n in stack.aws.ever() if n.zone == zone]
    return {*(n.id for n in nodes), *(str(n.interface) for n in nodes)}


@fuzzed(150)
@given(output=outputs() | st.text(), exit_code=st.integers(-(2**40), 2**40))
def test_a_report_becomes_known_words_and_a_sane_number_whatever_it_is(output: str, exit_code: int) -> None:
    probe = read(output, exit_code, NOW)

    assert set(probe.failing) <= {*CHECKS, "report"}
    assert probe.sent is None or 0 <= probe.sent <= 10**18
    assert probe.filled is None or 80 <= probe.filled <= 100
    if probe.outcome is Outcome.PASSED:
        assert '"natkeeper"' in output


@fuzzed(40)
@given(said=st.lists(outputs(), min_size=1, max_size=5))
def test_what_one_node_says_touches_no_other_and_launches_stay_bounded(said: list[str]) -> None:
    stack = at_rest()
    hostile, honest = own(stack, 0), own(stack, 1)
    launched = len(stack.aws.ever())
    for minute in range(12):
        stack.aws.reports[hostile] = said[minute % len(said)]
        stack.minute()

        assert stack.serving(1) == honest
        assert stack.serving(0)
    assert foreign_calls(stack, known_of(stack, "eu-west-1a")) == []
    assert len(stack.aws.ever()) - launched <= 1
    assert len(stack.living()) <= 3


ALL_WELL = dict.fromkeys(CHECKS, True)
ALWAYS = {
    "nonsense": "nonsense",
    "nothing works": json.dumps({"natkeeper": 1, "checks": {}}),
    "no way out": json.dumps({"natkeeper": 1, "checks": {**ALL_WELL, "egress": False}}),
    "no rules": json.dumps({"natkeeper": 1, "checks": {**ALL_WELL, "rules": False}}),
}


@pytest.mark.parametrize("said", ALWAYS.values(), ids=ALWAYS.keys())
def test_a_zone_whose_every_node_is_hostile_costs_no_more_than_the_budgets_allow(said: str) -> None:
    stack = at_rest()
    honest = own(stack, 1)
    for _ in range(60):
        for node in known_of(stack, "eu-west-1a"):
            stack.aws.reports[InstanceId(node)] = said
        stack.minute()

        assert stack.serving(1) == honest
        assert len(stack.living()) <= 4
    assert foreign_calls(stack, known_of(stack, "eu-west-1a")) == []
    times = sorted(n.launched_at for n in stack.aws.ever() if n.zone == "eu-west-1a")
    assert all(sum(at <= t < at + HOUR for t in times) <= stack.policy.most_launches_per_hour for at in times)
    assert "natkeeper: breaker in eu-west-1a" in [subject for subject, _ in stack.notices.sent]


def test_a_claim_of_health_does_not_save_a_node_whose_status_check_is_impaired() -> None:
    stack = at_rest()
    liar = own(stack, 0)
    stack.aws.reports[liar] = GOOD
    stack.aws.change(liar, impaired_since=stack.clock())
    stack.settle(8)

    assert stack.serving(0) != liar
    assert liar not in [node.id for node in stack.living()]


@pytest.mark.parametrize("sent", [-1, 2**63, 10**19, 1e308, float("nan"), True, "1", None, [1], {"a": 1}])
def test_a_lie_about_the_bytes_sent_is_no_number(sent: Any) -> None:
    probe = read(json.dumps({**REPORT, "sent": sent}), 0, NOW)

    assert (probe.outcome, probe.sent) == (Outcome.PASSED, None)


@fuzzed(40)
@given(said=outputs(), forged=st.sampled_from(FORGERIES))
def test_a_node_cannot_write_into_the_log_the_notices_or_the_summary(said: str, forged: str) -> None:
    stack = at_rest()
    hostile = own(stack, 0)
    lying = json.dumps({**REPORT, "checks": {forged: False, "rules": forged}, "interface": forged})
    stack.announcements.listener = tuple
    stack.aws.reports[hostile] = f"{said}\n{lying}"
    for _ in range(4):
        stack.aws.advance(60)
        summary = stack.prober.handle(Sweep())
        told = [summary, stack.sweep(), *stack.journal.lines]
        told += [part for notice in stack.notices.sent for part in notice]

        assert all(line.isprintable() and line.isascii() for text in told for line in text.split("\n"))
        assert not any(mark in text for text in told for mark in MARKS)
