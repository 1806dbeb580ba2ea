"""Whether a node is quiet, from the bytes that its last two answers tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.judgement.traffic import is_busy, is_quiet
from natkeeper.core.model import Probe
from tests.builders import NOW, POLICY, ago, node, passed, silent


def told(sent: int | None, at: datetime = NOW) -> Probe:
    return replace(passed(at), sent=sent)


def quiet(*probes: Probe) -> bool | None:
    return is_quiet(node(probes=probes), POLICY, NOW)


def test_two_answers_are_enough_and_one_is_not() -> None:
    assert quiet(told(5000, ago(minutes=1)), told(5000)) is True
    assert quiet(told(5000)) is None
    assert quiet() is None


def test_what_a_node_sends_of_its_own_is_no_traffic_and_a_byte_more_is() -> None:
    assert quiet(told(1, ago(minutes=1)), told(POLICY.murmur + 1)) is True
    assert quiet(told(1, ago(minutes=1)), told(POLICY.murmur + 2)) is False


def test_who_sends_more_than_a_node_ever_does_by_itself_is_busy() -> None:
    def busy(sent: int) -> bool:
        return is_busy(node(probes=(told(0, ago(minutes=1)), told(sent))), POLICY, NOW)

    assert busy(POLICY.busy + 1)
    assert not busy(POLICY.busy)
    assert not is_busy(node(probes=(told(0),)), POLICY, NOW)


def test_only_the_last_two_answers_are_compared() -> None:
    first = told(0, ago(minutes=2))

    assert quiet(first, told(900_000, ago(minutes=1)), told(900_000)) is True
    assert quiet(first, told(0, ago(minutes=1)), told(900_000)) is False


def test_a_node_that_has_sent_nothing_yet_is_quiet() -> None:
    assert quiet(told(0, ago(minutes=1)), told(0)) is True
    assert quiet(told(0, ago(minutes=1)), told(POLICY.murmur)) is True


def test_a_count_that_began_anew_tells_nothing() -> None:
    assert quiet(told(900_000, ago(minutes=1)), told(10)) is None
    assert quiet(told(1, ago(minutes=1)), told(0)) is None


def test_the_last_answer_may_be_old_but_not_stale_and_the_one_before_it_as_old_as_it_likes() -> None:
    last = NOW - POLICY.stale

    assert quiet(told(5, ago(hours=1)), told(5, last)) is True
    assert quiet(told(5, ago(hours=1)), told(5, last - timedelta(seconds=1))) is None
    assert quiet(told(5, ago(hours=3)), told(5, ago(hours=2)), told(5)) is True


def test_a_probe_without_a_count_is_passed_over() -> None:
    assert quiet(told(5, ago(minutes=2)), told(5, ago(minutes=1)), silent()) is True
    assert quiet(told(5, ago(minutes=1)), passed()) is None
