"""What a traffic log says about outages and long connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.traffic.recording import Outage, Second, Sighting, Standstill, Survival, outages, read, settled

Log = Callable[..., Path]
BEGAN = {"kind": "began", "at": 100.5, "interval": 0.01, "timeout": 1.0}


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Writes a log that begins at 100.5."""

    def write(*lines: dict[str, Any], end: str = "") -> Path:
        path = tmp_path / "traffic.jsonl"
        text = [json.dumps(line, separators=(",", ":")) + "\n" for line in (BEGAN, *lines)]
        path.write_text("".join(text) + end)
        return path

    return write


def second(at: int, udp_ok: int = 100, tcp_ok: int = 100) -> dict[str, Any]:
    return {"kind": "second", "at": at, "udp": 100, "udp_ok": udp_ok, "tcp": 100, "tcp_ok": tcp_ok}


def lost(what: str, at: float) -> dict[str, Any]:
    return {"kind": what, "at": at, "ok": False, "error": "timeout"}


def flow(number: int, event: str, at: float, what: str = "speaks", **more: Any) -> dict[str, Any]:
    return {"kind": "flow", "id": number, "what": what, "event": event, "at": at, **more}


def opened(*numbers: int, at: float = 101, what: str = "speaks") -> list[dict[str, Any]]:
    return [flow(number, "opened", at, what) for number in numbers]


def quiet(number: int, began: float, ended: float) -> list[dict[str, Any]]:
    return [flow(number, "silent", began), flow(number, "heard", ended, silence=ended - began)]


def died(number: int, at: float, what: str = "speaks") -> dict[str, Any]:
    return flow(number, "died", at, what, error="ECONNRESET", silence=0.01)


def address(at: float, seen: str) -> dict[str, Any]:
    return {"kind": "address", "at": at, "address": seen}


def grid(began: float, count: int) -> list[float]:
    return [began + number * 0.01 for number in range(count)]


def lengths(found: tuple[Outage, ...]) -> list[float]:
    return [round(outage.seconds, 6) for outage in found]


def test_a_log_without_losses_has_no_outage(log: Log) -> None:
    recording = read(log(second(101), second(102)))

    assert recording.seconds == (Second(101, 100, 100, 100, 100), Second(102, 100, 100, 100, 100))
    assert (recording.began, recording.ended) == (100.5, 103)
    assert recording.udp_outages() == recording.tcp_outages() == ()


def test_a_half_written_last_line_is_left_out(log: Log) -> None:
    path = log(second(101), end='{"kind":"second","at":102,"ud')

    assert read(path).ended == settled(path) == 102


def test_a_log_that_has_not_begun_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()

    with pytest.raises(ValueError, match="no traffic yet"):
        read(path)


def test_nothing_is_settled_before_the_first_second_or_without_a_log(log: Log, tmp_path: Path) -> None:
    assert settled(log()) == settled(tmp_path / "none") == 0


def test_losses_are_kept_apart_by_kind_and_in_the_order_of_sending(log: Log) -> None:
    recording = read(log(lost("udp", 101.2), lost("tcp", 101.3), lost("udp", 101.1)))

    assert recording.lost_udp == (101.1, 101.2)
    assert recording.lost_tcp == (101.3,)


def test_one_lost_packet_is_an_outage_of_one_interval() -> None:
    (outage,) = outages([5.0], 0.01)

    assert outage.lost == 1
    assert outage.seconds == pytest.approx(0.01)


def test_losses_in_a_row_are_one_outage_from_the_first_to_an_interval_after_the_last() -> None:
    (outage,) = outages(grid(5.0, 50), 0.01)

    assert (outage.began, round(outage.ended, 6), outage.lost) == (5.0, 5.5, 50)


def test_losses_in_any_order_make_the_same_outage() -> None:
    assert outages(reversed(grid(5.0, 50)), 0.01) == outages(grid(5.0, 50), 0.01)


def test_two_packets_that_came_through_between_losses_do_not_end_an_outage() -> None:
    assert lengths(outages([5.0, 5.03], 0.01)) == [0.04]


def test_three_packets_that_came_through_between_losses_end_an_outage() -> None:
    assert lengths(outages([5.0, 5.04], 0.01)) == [0.01, 0.01]


def test_a_packet_sent_a_little_late_does_not_part_an_outage() -> None:
    assert len(outages([5.0, 5.033], 0.01)) == 1


def test_the_interval_scales_what_belongs_together() -> None:
    assert len(outages([5.0, 5.3], 0.1)) == 1
    assert len(outages([5.0, 5.3], 0.01)) == 2


def test_a_standstill_of_the_host_does_not_part_an_outage() -> None:
    lost_times = [5.0, 5.01, 5.21, 5.22]

    assert lengths(outages(lost_times, 0.01)) == [0.02, 0.02]
    assert lengths(outages(lost_times, 0.01, [Standstill(5.02, 5.205)])) == [0.23]


def test_a_standstill_elsewhere_joins_nothing() -> None:
    assert len(outages([5.0, 5.2], 0.01, [Standstill(4.0, 4.9), Standstill(5.21, 5.5)])) == 2


def test_a_standstill_in_the_log_is_known(log: Log) -> None:
    stood = {"kind": "stood", "at": 101.0, "seconds": 0.5}
    recording = read(log(stood, lost("udp", 100.99), lost("udp", 101.5)))

    assert recording.standstills == (Standstill(101.0, 101.5),)
    assert lengths(recording.udp_outages()) == [0.52]


def test_a_window_holds_what_was_sent_in_it(log: Log) -> None:
    recording = read(log(*(lost(what, at) for what in ("udp", "tcp") for at in (101.9, 102.0, 102.9, 103.0))))

    window = recording.between(102.0, 103.0)

    assert window.lost_udp == window.lost_tcp == (102.0, 102.9)
    assert (window.began, window.ended, window.interval) == (102.0, 103.0, 0.01)


def test_a_window_counts_only_whole_seconds(log: Log) -> None:
    window = read(log(*(second(at) for at in (101, 102, 103, 104)))).between(101.5, 104)

    assert [each.at for each in window.seconds] == [102, 103]


def test_an_address_that_datagrams_and_connections_tell_of_is_one_sighting(log: Log) -> None:
    recording = read(log(address(100.6, "1.2.3.4"), address(100.7, "1.2.3.4"), address(103, "1.2.3.5")))

    assert recording.addresses == (Sighting(100.6, "1.2.3.4"), Sighting(103, "1.2.3.5"))


def test_a_window_begins_with_the_address_in_force(log: Log) -> None:
    recording = read(log(address(100.6, "203.0.113.4"), address(103, "203.0.113.5"), address(105, "1.2.3.4")))

    assert recording.between(102, 104).addresses == (
        Sighting(100.6, "203.0.113.4"),
        Sighting(103, "203.0.113.5"),
    )
    assert recording.between(104, 104.5).addresses == (Sighting(103, "203.0.113.5"),)
    assert recording.between(100.5, 100.55).addresses == ()


def test_a_window_has_the_flows_that_stood_in_it(log: Log) -> None:
    first, late = opened(1, 2), [*opened(3, at=102.5), *opened(4, at=103.5)]

    window = read(log(*first, died(2, 101.5), *late)).between(102, 103)

    assert [each.number for each in window.flows] == [1, 3]
    assert [each.number for each in window.long_flows()] == [1]


def survival(path: Path, ended: float = 110) -> Survival:
    return read(path).survival(102, ended)


def test_a_flow_that_goes_on_is_alive(log: Log) -> None:
    assert survival(log(*opened(1), *opened(2, what="listens"))) == Survival((1, 1), (1, 1), 0.0)


def test_a_flow_that_died_is_not_alive(log: Log) -> None:
    path = log(*opened(1), died(1, 103))

    assert survival(path) == Survival((0, 1), (0, 0), 0.0)
    assert read(path).flows[0].error == "ECONNRESET"


def test_the_flow_that_took_a_dead_ones_place_does_not_count(log: Log) -> None:
    assert survival(log(*opened(1), died(1, 103), *opened(2, at=103.1))).speaks == (0, 1)


def test_a_flow_that_died_before_anything_struck_does_not_count(log: Log) -> None:
    assert survival(log(*opened(1), died(1, 101.9))).speaks == (0, 0)


def test_a_death_after_the_end_of_the_window_does_not_count(log: Log) -> None:
    assert survival(log(*opened(1), died(1, 111))).speaks == (1, 1)


def test_a_flow_that_never_speaks_again_is_dead_though_no_error_came(log: Log) -> None:
    path = log(*opened(1, what="listens"), flow(1, "silent", 102.1, "listens"))

    assert survival(path).listens == (0, 1)


def test_a_mute_flow_is_dead_even_where_it_died_only_later(log: Log) -> None:
    assert survival(log(*opened(1), flow(1, "silent", 102.1), died(1, 162))).speaks == (0, 1)


def test_flows_that_speak_again_are_alive_and_the_longest_silence_is_told(log: Log) -> None:
    found = survival(log(*opened(1, 2), *quiet(1, 102.1, 104.6), *quiet(2, 102.1, 103.1)))

    assert found.speaks == (2, 2)
    assert found.longest_silence == pytest.approx(2.5)


def test_a_flow_that_speaks_again_after_the_window_is_alive(log: Log) -> None:
    found = survival(log(*opened(1), *quiet(1, 102.1, 112.1)))

    assert found.speaks == (1, 1)
    assert found.longest_silence == pytest.approx(10)


def test_a_silence_that_begins_after_the_window_is_another_matter(log: Log) -> None:
    assert survival(log(*opened(1), flow(1, "silent", 111))).speaks == (1, 1)


def test_the_silences_of_the_dead_and_of_earlier_are_not_the_longest(log: Log) -> None:
    path = log(*opened(1, 2, at=100.6), *quiet(1, 100.7, 101.7), *quiet(2, 102.1, 105.1), died(2, 106))

    assert survival(path) == Survival((1, 2), (0, 0), 0.0)


def test_a_flow_can_fall_silent_again(log: Log) -> None:
    path = log(*opened(1), *quiet(1, 102.1, 103.1), flow(1, "silent", 104))

    assert [silence.ended for silence in read(path).flows[0].silences] == [103.1, None]
    assert survival(path).speaks == (0, 1)


def test_judging_in_a_window_is_judging_in_the_whole(log: Log) -> None:
    recording = read(log(*opened(1, 2), *quiet(1, 102.1, 104.6), died(2, 103)))

    assert recording.between(102, 104).survival(102, 104) == recording.survival(102, 104)
