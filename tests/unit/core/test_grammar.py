"""What a person may order, word for word; whatever else is refused with every mistake and the right form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import tzset
from typing import Any

import pytest

from natkeeper.core.intake.commands import Asked, Command, Origin, Refused, Report, SetWish, Succession
from natkeeper.core.intake.grammar import FORMS, LONGEST
from natkeeper.core.intake.triggers import Ignored, Trigger, parse
from natkeeper.core.model import InstanceId, Pause, Verb, Wish, WishKind
from tests.builders import NOW, A, ago

STACK = "natkeeper"
NODE = InstanceId("i-0123456789abcdef0")
HOUR = timedelta(hours=1)
IDENTITY = "11111111-1111-1111-1111-111111111111"


def event(kind: str, detail: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    whole = {"id": IDENTITY, "time": "2026-03-14T12:00:00Z", **envelope}
    return {"source": "natkeeper", "detail-type": kind, "detail": {"stack": STACK, **detail}, **whole}


def order(kind: str, /, **detail: Any) -> Trigger:
    return parse(event(kind, detail), STACK, NOW)


def asked(kind: str, /, **detail: Any) -> Asked:
    command = order(kind, **detail)
    assert isinstance(command, Command), command
    return command.asked


def mistakes(kind: str, /, **detail: Any) -> str:
    """Why it is refused, without the right form at its end."""
    refused = order(kind, **detail)
    assert isinstance(refused, Refused), refused
    told, _, form = refused.reason.partition(f"; {kind} knows ")
    assert form.startswith("stack, ")
    return told


def sent(**envelope: Any) -> Trigger:
    """A Resume with such an envelope; None leaves a part out."""
    whole = event("Resume", {}, **envelope)
    return parse({key: value for key, value in whole.items() if value is not None}, STACK, NOW)


def refusal(**envelope: Any) -> str:
    refused = sent(**envelope)
    assert isinstance(refused, Refused), refused
    return refused.reason


def test_a_succession_names_a_zone_an_instance_or_both() -> None:
    assert asked("Failover", zone=A) == Succession(Verb.FAILOVER, A)
    assert asked("Replace", instance=NODE) == Succession(Verb.REPLACE, None, NODE)
    assert asked("Failover", zone=A, instance=NODE) == Succession(Verb.FAILOVER, A, NODE)
    assert mistakes("Failover") == mistakes("Replace") == "it needs zone or instance"


def test_a_pause_lasts_an_hour_or_the_minutes_it_sets_from_when_it_was_given() -> None:
    assert asked("Pause") == Pause(NOW, NOW + HOUR)
    assert asked("Pause", minutes=0.5) == Pause(NOW, NOW + timedelta(seconds=30))
    assert asked("Pause", minutes=LONGEST / timedelta(minutes=1)) == Pause(NOW, NOW + LONGEST)
    assert asked("Resume") == Pause(NOW)

    late = parse(event("Pause", {"minutes": 30}, time="2026-03-14T11:50:00Z"), STACK, NOW)
    assert isinstance(late, Command)
    assert late.asked == Pause(ago(minutes=10), NOW + timedelta(minutes=20))


def test_a_wish_is_on_for_a_while_or_off_until_another() -> None:
    assert asked("Wake") == SetWish(Wish(WishKind.ON, NOW, NOW + HOUR))
    assert asked("Wake", zone=A, minutes=120) == SetWish(Wish(WishKind.ON, NOW, NOW + 2 * HOUR), A)
    assert asked("Sleep", zone=A) == SetWish(Wish(WishKind.OFF, NOW), A)
    assert asked("Automatic") == SetWish(Wish(WishKind.AUTOMATIC, NOW))
    assert asked("Report") == Report()


@pytest.mark.parametrize("kind", FORMS)
def test_every_order_can_be_tried_dry_and_knows_its_own_example(kind: str) -> None:
    example = FORMS[kind].example
    tried, done = order(kind, **example, dry_run=True), order(kind, **example, dry_run=False)

    assert isinstance(tried, Command)
    assert isinstance(done, Command)
    assert (tried.dry_run, done.dry_run) == (True, False)
    assert done == order(kind, **example)
    assert done.origin == Origin(kind, IDENTITY, NOW)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dryrun", "dry_run"),
        ("dryRun", "dry_run"),
        ("DRY-RUN", "dry_run"),
        ("zones", "zone"),
        ("Zone", "zone"),
        ("instanceId", "instance"),
        ("instance-id", "instance"),
        ("stakc", "stack"),
    ],
)
def test_a_key_that_is_nearly_right_is_refused_with_the_right_one(typed: str, meant: str) -> None:
    told = f"{typed!r} is no key of Failover: did you mean {meant}?"

    assert mistakes("Failover", zone=A, **{typed: True}) == told


def test_a_minute_too_few_is_not_an_hour() -> None:
    assert mistakes("Wake", minute=5) == "'minute' is no key of Wake: did you mean minutes?"


def test_a_key_of_another_order_says_of_which() -> None:
    assert mistakes("Sleep", minutes=5) == "'minutes' is no key of Sleep, but of Pause, Wake"
    assert mistakes("Pause", zone=A) == (
        "'zone' is no key of Pause, but of Failover, Replace, Wake, Sleep, Automatic"
    )
    assert mistakes("Resume", colour="red") == "'colour' is no key of Resume"


def test_every_mistake_is_told_at_once_and_the_right_form_last() -> None:
    refused = order("Failover", zone="A", instance="i-", dry_run="yes", force=True)

    assert isinstance(refused, Refused)
    assert refused.reason == (
        "'force' is no key of Failover; zone 'A' should be a zone's name, such as us-east-1a; "
        "instance 'i-' should be an instance's id, such as i-0123456789abcdef0; "
        "dry_run 'yes' should be true or false; "
        "Failover knows stack, zone, instance, served_by, as_of, dry_run; "
        'for example {"stack": "natkeeper", "zone": "us-east-1a"}'
    )


@pytest.mark.parametrize("value", [None, 7, "", "noon", "2026-03-14", "2026-03-14T12:00:00", [], "x" * 99])
def test_when_a_person_looked_is_a_time_with_its_offset(value: object) -> None:
    assert "should be when you looked, such as 2026-03-14T12:00:00+00:00" in mistakes("Sleep", as_of=value)


def test_when_a_person_looked_and_whom_they_saw_is_of_the_order() -> None:
    given = order("Replace", zone=A, served_by="i-0123456789abcdef0", as_of="2026-03-14T13:00:00+01:00")

    assert isinstance(given, Command)
    assert given.as_of == datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert given.asked == Succession(Verb.REPLACE, A, None, InstanceId("i-0123456789abcdef0"))
    plain = order("Replace", zone=A)
    assert isinstance(plain, Command)
    assert plain.as_of is None
    assert "served_by 'i-' should be an instance's id" in mistakes("Replace", zone=A, served_by="i-")


def test_of_many_unknown_keys_the_first_are_told() -> None:
    told = mistakes("Resume", **dict.fromkeys("qwxjvhg", 1))

    assert told.endswith("'v' is no key of Resume; 2 more unknown keys")
    assert "'q' is no key" in told
    assert mistakes("Resume", **dict.fromkeys("qwxjv", 1)).endswith("; 'v' is no key of Resume")


@pytest.mark.parametrize("zone", [None, 7, "", "A zone", "$(reboot)", [A], {"zone": A}, "x" * 5000])
def test_a_zone_of_the_wrong_form_is_not_every_zone(zone: object) -> None:
    assert mistakes("Sleep", zone=zone).endswith("should be a zone's name, such as us-east-1a")


@pytest.mark.parametrize("minutes", [0, -1, "5", None, True, float("nan"), float("inf"), 10081])
def test_minutes_are_a_number_within_a_week(minutes: object) -> None:
    assert mistakes("Pause", minutes=minutes).endswith("should be a number above 0, at most 10080")


@pytest.mark.parametrize("dry_run", [None, 0, 1, "true", [], {}])
def test_a_dry_run_is_true_or_false(dry_run: object) -> None:
    assert mistakes("Resume", dry_run=dry_run).endswith("should be true or false")


@pytest.mark.parametrize("kind", FORMS)
def test_an_order_for_another_stack_is_that_stacks_to_answer(kind: str) -> None:
    reason = f"{kind}: meant for stack 'other', this is 'natkeeper'"

    assert order(kind, stack="other", nonsense=1) == Ignored(reason)


def test_an_order_is_obeyed_for_a_quarter_of_an_hour() -> None:
    assert isinstance(sent(time="2026-03-14T11:45:00Z"), Command)
    assert refusal(time="2026-03-14T11:44:59Z") == (
        "it was given at 2026-03-14 11:44:59, more than 15 minutes ago: give it again if it is still wanted"
    )


@pytest.mark.parametrize("said", ["2026-03-14T11:30:00", "2026-03-14T13:30:00+02:00"])
def test_a_time_is_told_in_utc_whatever_the_zone_of_the_machine(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    tzset()
    try:
        assert refusal(time=said).startswith("it was given at 2026-03-14 11:30:00, more than 15 minutes ago")
    finally:
        monkeypatch.undo()
        tzset()


def test_a_clock_that_is_a_little_ahead_counts_as_now_and_no_other() -> None:
    command = sent(time="2026-03-14T12:05:00Z")
    assert isinstance(command, Command)
    assert command.origin.at == NOW

    assert refusal(time="2026-03-14T12:05:01Z") == (
        "it was given at 2026-03-14 12:05:01, ahead of the clock, which says 2026-03-14 12:00:00 (UTC)"
    )


def test_a_replay_is_refused_however_young() -> None:
    assert refusal(**{"replay-name": "audit"}) == "it is a replay of what was ordered at 2026-03-14 12:00:00"


def test_a_direct_call_has_no_id_and_is_given_now() -> None:
    command = sent(id=None, time=None)

    assert isinstance(command, Command)
    assert command.origin == Origin("Resume", "", NOW)


@pytest.mark.parametrize("identity", [7, "x" * 65, "a b", {}, "a\n"])
def test_an_id_is_a_plain_word(identity: object) -> None:
    assert refusal(id=identity).endswith("is no event's id")


@pytest.mark.parametrize("time", ["soon", 7, {}, "0001-01-01T00:00:00+23:59", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_is_refused(time: object) -> None:
    assert refusal(time=time).endswith("is no time")


def test_an_envelope_and_a_detail_that_are_wrong_are_told_together() -> None:
    refused = parse(event("Sleep", {"zones": A}, time="soon", id=7), STACK, NOW)

    assert isinstance(refused, Refused)
    assert refused.origin == Origin("Sleep", "", NOW)
    for part in ("id 7 is no event's id", "time 'soon' is no time", "did you mean zone?"):
        assert part in refused.reason


def test_our_own_answer_is_no_order() -> None:
    assert isinstance(parse(event("Order Answered", {"order": "Sleep"}), STACK, NOW), Ignored)
