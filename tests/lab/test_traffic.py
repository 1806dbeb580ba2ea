"""The private host's program against a server that freezes, goes away and comes back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.traffic.ledger import GRACE, Ledger
from lab.traffic.recording import Recording, read, settled

from .test_internet import HERE, PROGRAMS, Program, free_shift, running

TIMEOUT = 0.3


@dataclass(frozen=True)
class Story:
    """What was done to host and server, when, and the host's log of it."""

    log: Path
    stood: float
    ran: float
    frozen: float
    thawed: float
    gone: float
    back: float
    ended: float

    @property
    def recording(self) -> Recording:
        return read(self.log)


@contextmanager
def traffic(server: str, log: Path, *options: str) -> Iterator[Program]:
    command = [sys.executable, "-m", "lab.traffic.host", server, "--log", str(log), *options]
    with subprocess.Popen([*command, "--timeout", str(TIMEOUT)], cwd=PROGRAMS.parent, text=True) as host:
        try:
            yield host
        finally:
            host.terminate()
            assert host.wait(30) == 0


@contextmanager
def frozen(process: Program) -> Iterator[float]:
    began = time.time()
    process.send_signal(signal.SIGSTOP)
    try:
        yield began
    finally:
        process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Half a second in which the host stands still, a frozen server, and a server that is started anew."""
    log, shift = tmp_path_factory.mktemp("traffic") / "log", str(free_shift())
    server = ("packets/services/internet.py", "--bind", HERE, "--shift", shift)
    flows = ("--speakers", "2", "--listeners", "3", "--shift", shift, "--source", HERE)
    with running(*server) as first, traffic(HERE, log, *flows) as host:
        assert wait_until(lambda: log.exists() and log.read_text().count("opened") == 5, 30, 0.02)
        time.sleep(0.2)
        with frozen(host) as stood:
            time.sleep(0.5)
        ran = time.time()
        time.sleep(0.2)
        with frozen(first) as froze:
            time.sleep(0.8)
        thawed = time.time()
        time.sleep(0.3)
        gone = time.time()
        first.terminate()
        first.wait(30)
        time.sleep(0.3)
        with running(*server):
            back = time.time()
            assert wait_until(lambda: settled(log) > back + 0.3, 30, 0.02)
            host.terminate()
            host.wait(30)
    return Story(log, stood, ran, froze, thawed, gone, back, time.time())


def lines(log: Path, kind: str) -> list[dict[str, Any]]:
    parsed = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in parsed if line["kind"] == kind]


def test_the_log_begins_and_ends(story: Story) -> None:
    text = story.log.read_text().splitlines()

    assert json.loads(text[0])["kind"] == "began"
    assert json.loads(text[-1])["kind"] == "ended"
    assert len(lines(story.log, "began")) == len(lines(story.log, "ended")) == 1


def test_every_second_counts_what_was_sent_and_what_was_lost_in_it(story: Story) -> None:
    recording = story.recording

    assert len(recording.seconds) >= 3
    for second in recording.seconds:
        window = recording.between(second.at, second.at + 1)
        assert second.udp - second.udp_ok == len(window.lost_udp)
        assert second.tcp - second.tcp_ok == len(window.lost_tcp)


def test_a_hundred_of_each_are_sent_in_a_second_less_those_of_standstills(story: Story) -> None:
    """Of a standstill the newest few are sent all the same, so many short ones take next to nothing."""
    recording = story.recording
    for second in recording.seconds[1:]:
        still = [
            min(each.ended, second.at + 1) - max(each.began, second.at)
            for each in recording.standstills
            if each.began < second.at + 1 and each.ended > second.at
        ]
        least = 100 * (1 - sum(still))
        assert abs(second.udp - second.tcp) <= 1, "of a pair one may be of the next second"
        assert least - 5 <= second.udp <= least + GRACE * len(still) + 5


def test_a_host_that_did_not_run_has_lost_nothing(story: Story) -> None:
    calm = story.recording.between(story.recording.began, story.frozen - TIMEOUT)

    assert calm.lost_udp == calm.lost_tcp == ()
    assert not [silence for flow in calm.flows for silence in flow.silences if silence.began < story.ran]
    longest = max(calm.standstills, key=lambda each: each.ended - each.began)
    assert (longest.began, longest.ended) == pytest.approx((story.stood, story.ran), abs=0.1)


def test_what_a_frozen_server_did_not_answer_in_time_is_lost(story: Story) -> None:
    # The last of what it found when it thawed was still in time.
    window = story.recording.between(story.frozen - 0.1, story.thawed)
    expected = (story.frozen, story.thawed - TIMEOUT)

    for found in (window.udp_outages(), window.tcp_outages()):
        longest = max(found, key=lambda each: each.seconds)
        assert (longest.began, longest.ended) == pytest.approx(expected, abs=0.1)


def test_long_connections_fall_silent_with_the_server_and_survive_its_thaw(story: Story) -> None:
    survival = story.recording.survival(story.frozen, story.gone)

    assert survival.speaks == (2, 2)
    assert survival.listens == (3, 3)
    assert survival.longest_silence == pytest.approx(story.thawed - story.frozen, abs=0.15)


def test_all_that_is_sent_while_the_server_is_gone_is_lost(story: Story) -> None:
    window = story.recording.between(story.gone - 0.05, story.back + 0.2)

    for found in (window.udp_outages(), window.tcp_outages()):
        longest = max(found, key=lambda each: each.seconds)
        assert (longest.began, longest.ended) == pytest.approx((story.gone, story.back), abs=0.1)


def test_a_refused_connection_says_so(story: Story) -> None:
    errors = Counter(
        line["error"] for line in lines(story.log, "tcp") if story.gone < line["at"] < story.back
    )

    assert errors["ECONNREFUSED"] > 10


def test_a_connection_whose_server_ended_is_dead_and_another_takes_its_place(story: Story) -> None:
    recording = story.recording
    before = [flow for flow in recording.flows if flow.open_at(story.frozen)]
    after = [flow for flow in recording.flows if flow.opened > story.gone]

    assert recording.survival(story.frozen, story.ended).speaks == (0, 2)
    assert recording.survival(story.frozen, story.ended).listens == (0, 3)
    assert all(flow.died == pytest.approx(story.gone, abs=0.2) and flow.error for flow in before)
    assert sorted(flow.speaks for flow in after) == [False, False, False, True, True]
    assert len({flow.number for flow in recording.flows}) == 10


def test_lost_connections_are_tried_again_once_a_second(story: Story) -> None:
    opened = [flow.opened for flow in story.recording.flows if flow.opened > story.gone]

    assert all(story.back - 0.1 < at < story.gone + 1.4 for at in opened)


def test_the_public_address_is_seen_once_when_it_stays(story: Story) -> None:
    assert [each.address for each in story.recording.addresses] == [HERE]


def test_a_send_that_the_kernel_refuses_is_a_loss_and_no_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with traffic("255.255.255.255", log) as host:  # refused without the right to broadcast
        assert wait_until(lambda: log.exists() and log.read_text().count('"tcp"') > 20, 30, 0.02)
        assert host.poll() is None

    assert len(lines(log, "udp")) > 15
    assert "timeout" not in {line["error"] for kind in ("udp", "tcp") for line in lines(log, kind)}
    assert not lines(log, "flow")
    assert lines(log, "ended")


def test_a_connection_that_gets_no_answer_is_given_up_and_does_not_hold_the_others_up(tmp_path: Path) -> None:
    log, shift = tmp_path / "log", str(free_shift())
    server = ("packets/services/internet.py", "--bind", HERE, "--shift", shift)
    with running(*server) as internet, frozen(internet), traffic(HERE, log, "--shift", shift):
        assert wait_until(lambda: log.exists() and log.read_text().count('"tcp"') > 20, 30, 0.02)

    assert {line["error"] for line in lines(log, "tcp")} == {"timeout"}


def test_what_is_open_at_the_end_is_neither_answered_nor_lost(tmp_path: Path) -> None:
    """A connection that is being made when the host ends is closed by asyncio, after the last line."""
    ledger = Ledger(tmp_path / "log", TIMEOUT, 0.01)
    number = ledger.sent("tcp")
    ledger.end()
    ledger.decide(number, "EOF")

    assert [line["kind"] for line in map(json.loads, (tmp_path / "log").read_text().splitlines())] == [
        "ended"
    ]
