"""The probe's report and the controller's parser, which ship apart, hold to one grammar."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.intake import evidence, figures
from natkeeper.core.model import Outcome
from node.core.report import Checks, Egress, Report, line
from tests.builders import NOW
from tests.fuzz.hostile import STRINGS, fuzzed, json_values
from tests.world import guest

SHOWN = 2500
"""Characters of a command's output that ListCommandInvocations shows (SSM API reference)."""
WELL = Report(
    Checks(interface=True, forwarding=True, rules=True, guard=True, egress=True),
    interface="ens5",
    egress=Egress(3, 3, "203.0.113.10"),
    repairs=0,
    sent=123,
    entries=5,
    most_entries=65536,
    ena={},
    gateway=list(range(10)),
    flows=3,
)
ALLOWANCES = ("bw_in", "bw_out", "pps", "conntrack", "linklocal")


def test_a_node_that_is_well_passes_and_tells_its_bytes() -> None:
    probe = evidence.read(line(WELL), 0, NOW)
    assert (probe.outcome, probe.failing, probe.sent) == (Outcome.PASSED, (), 123)


@given(checks=st.builds(Checks, *[st.booleans()] * 5), sent=st.integers(0, 10**18))
def test_each_failing_check_and_the_bytes_arrive_as_they_were_said(checks: Checks, sent: int) -> None:
    probe = evidence.read(line(WELL._replace(checks=checks, sent=sent)), 0, NOW)
    assert probe.failing == tuple(name for name, good in checks._asdict().items() if not good)
    assert probe.outcome is (Outcome.FAILED if probe.failing else Outcome.PASSED)
    assert probe.sent == sent


def test_the_node_knows_the_checks_that_the_controller_asks_for_and_no_others() -> None:
    assert Checks._fields == evidence.CHECKS


def test_what_a_node_carried_has_a_name_each_in_the_order_of_its_numbers() -> None:
    told = figures.figures(line(WELL))
    assert [told[names[0]] for names in figures.TOLD] == WELL.gateway


def test_the_longest_report_is_shown_whole_by_run_command() -> None:
    ena = {f"{name}_allowance_exceeded": 10**17 for name in ALLOWANCES}
    most = WELL._replace(
        interface="x" * 15, repairs=10**12, sent=10**18, entries=10**6, ena=ena, gateway=[10**15] * 10
    )
    assert len(line(most)) < SHOWN / 2
    assert "\n" not in line(most)


@pytest.mark.parametrize("flows", [None, 0, 10**6])
def test_a_controller_that_knows_nothing_of_flows_reads_the_rest(flows: int | None) -> None:
    probe = evidence.read(line(WELL._replace(flows=flows)), 0, NOW)
    assert (probe.outcome, probe.sent) == (Outcome.PASSED, 123)
    assert json.loads(line(WELL._replace(flows=flows)))["flows"] == flows


def test_of_two_reports_the_last_one_counts() -> None:
    bad = WELL._replace(checks=WELL.checks._replace(rules=False))
    assert evidence.read(f"{line(bad)}\n{line(WELL)}\n", 0, NOW).outcome is Outcome.PASSED
    assert evidence.read(f"{line(WELL)}\n{line(bad)[:50]}", 0, NOW).outcome is Outcome.PASSED


def test_the_simulated_nodes_speak_the_same_grammar() -> None:
    said = json.loads(guest.GOOD)
    assert said["checks"] == json.loads(line(WELL))["checks"]
    assert said.items() <= json.loads(line(WELL._replace(flows=None))).items()


@fuzzed(200)
@given(data=st.data())
def test_a_report_spoilt_anywhere_ends_nothing(data: st.DataObject) -> None:
    said = json.loads(line(WELL))
    key = data.draw(st.sampled_from([*said, "more"]))
    said[key] = data.draw(st.sampled_from(STRINGS) | json_values())
    probe = evidence.read(json.dumps(said), data.draw(st.integers()), NOW)
    assert set(probe.failing) <= {*evidence.CHECKS, "report"}


@pytest.mark.parametrize("cut", [0, 1, 40, 200])
def test_a_report_that_was_cut_short_is_a_failure_and_not_an_error(cut: int) -> None:
    assert evidence.read(line(WELL)[:cut], 0, NOW).failing == ("report",)
