"""Whom a node watches, what it makes of echoes, and how it signs what it says."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from node.core import peers
from node.core.hearing import AGAIN, BEAT, DOUBT, ENOUGH, HEARD, REPEATED, SILENT, TIMES, Hearing, after
from node.core.rules import rules
from node.core.signature import signed
from node.system import machine, word
from node.system.ring import Ring, Watch
from tests.node.test_judging import ASKED

A, B, C, D = (
    f"i-0123456789abcdef{n}={address}"
    for n, address in enumerate(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"])
)
LIST = ",".join([A, B, C, D])


def address(node: str) -> str:
    return node.partition("=")[2]


def of(note: str, node: str, now: int = 100) -> list[str]:
    """Returns whom a node watches."""
    return ["=".join(peer) for peer in peers.watched(note, now, address(node))]


def test_each_watches_the_next_two_and_the_last_ones_the_first() -> None:
    note = peers.told("", LIST, 100)
    assert [of(note, each) for each in (A, B, C, D)] == [[B, C], [C, D], [D, A], [A, B]]


@pytest.mark.parametrize(("words", "watched"), [(f"{A},{B}", [B]), (A, []), ("", []), (f"{B},{C}", [])])
def test_of_two_each_watches_the_other_and_who_is_alone_or_no_peer_watches_nobody(
    words: str, watched: list[str]
) -> None:
    assert of(peers.told("", words, 100), A) == watched


def test_nobody_is_watched_by_a_list_of_ten_minutes_ago_or_from_before_a_newer_one() -> None:
    note = peers.told("", LIST, 100)
    assert of(note, A, 100 + peers.BELIEVED - 1) == [B, C]
    assert of(note, A, 100 + peers.BELIEVED) == []
    assert of(peers.told(note, "", 160), A, 161) == []
    assert of("", A) == []


def test_who_has_left_the_list_is_answered_for_longer_than_anybody_believes_it() -> None:
    note = peers.told(peers.told("", LIST, 100), f"{A},{B}", 160)
    everybody = {address(each) for each in (A, B, C, D)}
    assert peers.admitted(note, 100 + peers.BELIEVED) == everybody
    assert peers.admitted(note, 100 + peers.ADMITTED) == {address(A), address(B)}
    assert peers.admitted(note, 160 + peers.ADMITTED) == set()


def test_a_list_that_is_told_again_is_noted_once_and_one_of_long_ago_is_forgotten() -> None:
    note = peers.told(peers.told(peers.told("", LIST, 100), f"{A},{B}", 160), LIST, 220)
    assert note == f"220 {LIST}\n160 {A},{B}"
    assert peers.told(note, LIST, 160 + peers.ADMITTED) == f"{160 + peers.ADMITTED} {LIST}"


@pytest.mark.parametrize(
    "words", ["i-1", f"{A},", f"{A} {B}", f"{A};id", "i-0123456789abcdef0=10.0.0.256", f"{A}\n"]
)
def test_what_is_no_list_is_refused_and_what_was_known_stays(words: str) -> None:
    with pytest.raises(ValueError, match="not a list of nodes"):
        peers.told(LIST, words, 100)


NEVER = Hearing()


@pytest.mark.parametrize(
    "note", ["", "garbage", f"x {LIST}", f"100 {A},garbage", "9" * 100 + f" {A}", "\0\n100 \n"]
)
def test_a_damaged_note_keeps_no_rules_from_being_made_and_no_list_from_being_noted(note: str) -> None:
    assert peers.admitted(note, 100) <= {address(A)}
    assert of(note, A) == []
    assert of(peers.told(note, LIST, 100), A) == [B, C]


def after_all(*echoes: bool, known: Hearing = NEVER, start: float = 1000) -> Hearing:
    for n, echo in enumerate(echoes):
        known = after(known, start + n * BEAT, echo=echo, fair=True)
    return known


YES, NO = [True], [False]


def test_five_beats_in_a_row_without_an_echo_make_silent_since_the_last_one() -> None:
    assert after_all(*YES, *NO * (ENOUGH - 1)).word == HEARD
    silent = after_all(*YES, *NO * ENOUGH)
    assert (silent.word, silent.since, silent.left, silent.due) == (SILENT, 1000, TIMES, 1000 + ENOUGH * BEAT)


def test_one_echo_among_them_begins_the_row_anew() -> None:
    assert after_all(*YES, *(NO * (ENOUGH - 1) + YES) * 20).word == HEARD


def test_who_was_never_heard_is_not_silent() -> None:
    assert after_all(*NO * 1000) == Hearing(missed=1000)


def test_who_is_heard_for_the_first_time_is_no_news() -> None:
    heard = after_all(*YES)
    assert (heard.word, heard.left) == (HEARD, 0)


def test_ten_echoes_in_a_row_make_heard_again_and_nine_do_not() -> None:
    silent = after_all(*YES, *NO * ENOUGH)
    assert after_all(*(YES * (AGAIN - 1) + NO) * 20, known=silent).word == SILENT
    heard = after_all(*YES * AGAIN, known=silent, start=2000)
    assert (heard.word, heard.since, heard.left, heard.due) == (
        HEARD,
        *[pytest.approx(2000.9)],
        TIMES,
        pytest.approx(2000.9),
    )


def test_a_sender_that_was_late_counts_anew_and_takes_nothing_back() -> None:
    nearly = after_all(*YES, *NO * (ENOUGH - 1))
    assert after(nearly, 1001, echo=False, fair=False) == nearly._replace(missed=0)
    silent = after_all(*YES, *NO * ENOUGH, *YES * (AGAIN - 1))
    assert after(silent, 1002, echo=True, fair=False) == silent._replace(answered=0)


def test_a_word_goes_on_to_be_said_while_it_holds_and_no_longer() -> None:
    assert REPEATED * TIMES == 60
    silent = after_all(*YES, *NO * ENOUGH)._replace(left=3)
    assert after_all(*NO * 5, known=silent).left == 3


def test_a_word_that_is_said_again_is_the_same_though_echoes_come_and_the_clock_is_set() -> None:
    watch = Watch("10.0.0.1", "10.0.0.2")
    watch.known = after_all(*YES, *NO * ENOUGH, *YES * AGAIN)
    first = watch.word(watch.known.due)
    assert re.fullmatch(r"heard \d+\.\d{3}", first)
    for n in range(1, TIMES):
        watch.known = after_all(*YES * (REPEATED * 10), known=watch.known, start=watch.known.since + BEAT)
        assert watch.word(watch.known.due - BEAT) == ""
        assert watch.word(watch.known.due + n / 1000) == first
    assert watch.word(watch.known.due + 100) == ""


def test_two_beats_without_an_echo_are_told_once_as_a_doubt_of_the_same_moment_as_the_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch, said = Watch("10.0.0.1", "10.0.0.2"), []
    for n, echo in enumerate([*YES, *NO * ENOUGH]):
        monkeypatch.setattr(time, "time", lambda n=n: 1795994141 + n * BEAT)
        watch.known = after(watch.known, 1000 + n * BEAT, echo=echo, fair=True)
        said.append(watch.word(1000 + n * BEAT))
    doubt, silent = said[DOUBT], said[ENOUGH]
    assert [n for n, each in enumerate(said) if each] == [DOUBT, ENOUGH]
    assert re.fullmatch(r"unsure \d+\.\d{3}", doubt)
    assert abs(float(doubt.split()[1]) - float(silent.removeprefix("silent "))) < BEAT / 2


def test_what_flickers_is_doubted_every_five_seconds_at_most_and_who_was_never_heard_is_not() -> None:
    watch, said = Watch("10.0.0.1", "10.0.0.2"), []
    for n, echo in enumerate((YES + NO * DOUBT) * 40):
        watch.known = after(watch.known, 1000 + n * BEAT, echo=echo, fair=True)
        said.append((n, watch.word(1000 + n * BEAT)))
    at = [n for n, word in said if word]
    assert len(at) == 3
    assert all(two - one >= REPEATED / BEAT for one, two in pairwise(at))

    stranger = Watch("10.0.0.1", "10.0.0.3")
    stranger.known = after_all(*NO * DOUBT)
    assert stranger.word(1001) == ""


class Mouth:
    """A program for words that lives."""

    def __init__(self) -> None:
        self.stdin = io.StringIO()

    def poll(self) -> None:
        """Returns no exit code."""


@pytest.fixture
def mouths(monkeypatch: pytest.MonkeyPatch) -> list[Mouth]:
    """What was started to tell of peers."""
    started: list[Mouth] = []

    def start(*_: object, **__: object) -> Mouth:
        started.append(Mouth())
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def told(ring: Ring, *echoes: bool, known: Hearing = NEVER) -> None:
    """Has a ring tell, beat by beat, what is heard of one peer; another one is heard all the time."""
    watched = {("i-1", "10.0.0.2"): Watch("10.0.0.1", "10.0.0.2"), ("i-2", "10.0.0.3"): Watch("10.0.0.1", "")}
    one, two = watched.values()
    one.known = known
    for n, echo in enumerate(echoes):
        now = 1000 + n * BEAT
        one.known, two.known = (
            after(each.known, now, echo=heard, fair=True) for each, heard in ((one, echo), (two, True))
        )
        ring._tell(watched, now)


def test_the_first_missed_beat_starts_who_would_tell_of_it_and_says_nothing(mouths: list[Mouth]) -> None:
    told(Ring(), *YES, *NO, *YES * 3)
    assert [each.stdin.getvalue() for each in mouths] == ["\n"]


def test_the_doubt_and_the_word_go_to_the_program_that_the_first_missed_beat_started(
    mouths: list[Mouth],
) -> None:
    told(Ring(), *YES, *NO * ENOUGH)
    (mouth,) = mouths
    ready, doubt, silent, end = mouth.stdin.getvalue().split("\n")
    assert (ready, end) == ("", "")
    assert re.fullmatch(r"i-1 unsure \d+\.\d{3} i-1 i-2", doubt)
    assert re.fullmatch(r"i-1 silent \d+\.\d{3} i-2", silent)


def test_who_is_silent_or_was_never_heard_starts_no_program_by_missing_a_beat(mouths: list[Mouth]) -> None:
    told(Ring(), *NO * 10)
    silent = after_all(*YES, *NO * ENOUGH)._replace(left=0)
    told(Ring(), *(YES + NO) * 10, known=silent)
    assert mouths == []


def test_peers_come_and_go_through_nat_as_all_that_passes_and_nobody_else_does() -> None:
    added = set(rules(ASKED, "ens5", "10.0.0.10", ["10.0.2.10"]).splitlines()) - set(
        rules(ASKED, "ens5", "10.0.0.10").splitlines()
    )
    assert added == {
        "-A natkeeper-ring -s 10.0.2.10 -j CONNMARK --set-xmark 0x6e6b",
        "-A natkeeper-ring -s 10.0.2.10 -p udp -j DNAT --to-destination 10.0.2.10:7008",
        "-A INPUT -i ens5 -s 10.0.2.10 -p udp --dport 7008:7009 -j ACCEPT",
    }


def test_a_call_is_signed_as_botocore_signs_it() -> None:
    host, body = "events.eu-west-1.amazonaws.com", json.dumps({"Entries": [{"Source": "natkeeper.node/é"}]})
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    secret = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "k/+y", "Token": "t/+=="}
    ours = signed(host, "eu-west-1", body, secret, f"{now:%Y%m%dT%H%M%SZ}")
    authorization = ours.pop("authorization")
    request: Any = AWSRequest("POST", f"https://{host}/", headers=ours, data=body.encode())
    request.context["timestamp"] = ours["x-amz-date"]
    auth = SigV4Auth(Credentials("ASIAEXAMPLE", "k/+y", "t/+=="), "events", "eu-west-1")
    text = auth.string_to_sign(request, auth.canonical_request(request))
    assert authorization.endswith(f"Signature={auth.signature(text, request)}")
    assert f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(request))}," in authorization
    assert f"Credential={auth.scope(request)}," in authorization


def test_a_node_whose_connection_table_is_full_hears_badly_itself_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "number", lambda file: 950 if str(file).endswith("count") else 1000)
    monkeypatch.setattr(sys, "stdin", io.StringIO("i-0123456789abcdef0 silent 1.000\n"))
    assert word.main([]) == 0
    assert capsys.readouterr().err == (
        "natkeeper-guard: i-0123456789abcdef0 silent 1.000: "
        "not said: ValueError('the connection table is full')\n"
    )


class Https:
    """A connection with EventBridge that notes what happens to it."""

    host = "events.us-east-1.amazonaws.com"

    def __init__(self, happened: list[str]) -> None:
        self._happened = happened

    def connect(self) -> None:
        """Opens it."""
        self._happened.append("connected")

    def request(self, method: str, path: str, body: str, headers: dict[str, str]) -> None:
        """Takes a request."""
        assert (method, path, headers["x-amz-target"]) == ("POST", "/", "AWSEvents.PutEvents")
        self._happened.append(json.loads(json.loads(body)["Entries"][0]["Detail"])["word"])

    def getresponse(self) -> io.BytesIO:
        """Returns what is answered."""
        return io.BytesIO(b"taken")


def test_an_empty_line_opens_the_way_and_says_nothing_to_anybody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    happened: list[str] = []
    secret = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "k/+y", "Token": "t/+=="}
    way = ("natkeeper.node/arn", "us-east-1", secret, Https(happened))
    found = Mock(return_value=way)
    monkeypatch.setattr(word, "_way", found)
    monkeypatch.setattr(machine, "number", lambda file: 1 if str(file).endswith("count") else 1000)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\ni-0123456789abcdef0 unsure 1.000 i-2\n"))
    assert word.main([]) == 0
    assert happened == ["connected", "unsure"]
    found.cache_clear.assert_not_called()
    assert "k/+y" not in capsys.readouterr().err
