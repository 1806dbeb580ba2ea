"""What is done about the stack's own images in the second in which a duration is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import (
    Action,
    Cause,
    CreateImage,
    DropImage,
    EndBaker,
    LaunchBaker,
    Notify,
    Wait,
)
from natkeeper.core.decision.look import look_at
from natkeeper.core.decision.plan import plan
from natkeeper.core.image import Baking, Image, ImageState, Shelf
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.dependence import step_of
from natkeeper.core.memory import Memory, Refusal
from natkeeper.core.model import (
    EVERYWHERE,
    ImageId,
    InstanceId,
    Node,
    Observed,
    SubnetId,
    Unread,
    Unreadable,
    Wish,
    WishKind,
    ZoneName,
)
from tests.builders import NOW, A, B, ago, served, world, zone
from tests.unit.core.image_situations import BAKES, STOCK, baker, beside, image, remembering, taster
from tests.unit.core.situations import a1, b1

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ONE, TWO = ImageId("ami-1"), ImageId("ami-2")


def planned(memory: Memory, *bakers: Node, shelf: Shelf | None = None) -> list[Action]:
    return planned_in(beside(*bakers), memory, shelf)


def planned_in(observed: Observed, memory: Memory, shelf: Shelf | None = None) -> list[Action]:
    everything = plan(look_at(observed, Context(BAKES, memory, NOW), shelf))
    return [action for action in everything if action.cause is Cause.IMAGE]


def kinds(memory: Memory, *bakers: Node, shelf: Shelf | None = None) -> list[type[Action]]:
    return [type(action) for action in planned(memory, *bakers, shelf=shelf)]


def old(name: str, age: timedelta, **changes: object) -> Image:
    return image(name, made_at=NOW - age, **changes)


def test_an_image_is_too_old_after_thirty_days_and_not_before() -> None:
    assert kinds(remembering(old("1", BAKES.image_life), verified=("1",))) == []
    assert kinds(remembering(old("1", BAKES.image_life + SECOND), verified=("1",))) == [LaunchBaker]


def test_a_pending_image_has_an_hour() -> None:
    making, name = BAKES.image_making, InstanceId("i-abaker")
    assert kinds(remembering(old("1", making, state=ImageState.PENDING), baked_at=NOW)) == []
    late = old("1", making + SECOND, state=ImageState.PENDING, baker=name)
    assert kinds(remembering(late, baked_at=NOW)) == [DropImage]
    assert kinds(remembering(late, busy=True), baker()) == [EndBaker]
    young = replace(late, made_at=NOW - making)
    assert kinds(remembering(young, busy=True), baker()) == [Wait]


def test_a_baker_has_its_boot_and_an_hour() -> None:
    limit = BAKES.boot + BAKES.image_making
    assert kinds(remembering(busy=True), baker(launched_at=NOW - limit))[0] is not EndBaker
    assert kinds(remembering(busy=True), baker(launched_at=NOW - limit - SECOND)) == [EndBaker]


def test_a_baker_and_a_taster_are_launched_a_day_after_the_last() -> None:
    assert kinds(remembering(baked_at=NOW - DAY + SECOND)) == []
    assert kinds(remembering(baked_at=NOW - DAY)) == [LaunchBaker]
    assert kinds(remembering(image(), tasted_at=NOW - DAY + SECOND)) == []
    assert kinds(remembering(image(), tasted_at=NOW - DAY, baked_at=NOW)) == [LaunchBaker]
    assert kinds(remembering(image(state=ImageState.PENDING, made_at=NOW))) == []


def test_the_older_image_stands_by_for_three_days() -> None:
    pair = (image(), image("2", made_at=ago(days=1)))
    proofs = {ONE: ago(days=30), TWO: NOW - BAKES.image_older}
    baking = Baking(pair, NOW, base_read_at=NOW, verified=proofs)
    assert kinds(replace(remembering(), baking=baking)) == []
    longer = replace(baking, verified={**proofs, TWO: proofs[TWO] - SECOND})
    (gone,) = planned(replace(remembering(), baking=longer))
    assert isinstance(gone, DropImage)
    assert gone.image == ONE


def test_the_image_that_nodes_come_from_stands_however_long_they_have() -> None:
    assert kinds(remembering(image(), verified=("1",), base_read_at=NOW)) == []
    proven_long_ago = Baking((image(),), NOW, base_read_at=NOW, verified={ONE: ago(days=20)})
    assert kinds(replace(remembering(), baking=proven_long_ago)) == []


def test_of_three_images_the_one_that_is_missed_least_goes() -> None:
    def least(*images: Image, verified: tuple[str, ...] = ()) -> ImageId:
        (action,) = planned(remembering(*images, verified=verified))
        assert isinstance(action, DropImage)
        assert action == DropImage(EVERYWHERE, action.image, Cause.IMAGE, "there are more than 2")
        return action.image

    one, two, three = (image(str(n), made_at=ago(hours=9 - n)) for n in (1, 2, 3))
    assert least(one, two, three, verified=("1",)) == TWO
    assert least(one, two, three, verified=("1", "2")) == ImageId("ami-3")
    assert least(one, replace(two, version=2), three, verified=("1", "2")) == TWO
    assert least(one, two, three) == ONE
    assert least(one, replace(two, version=2), replace(three, version=2), verified=("1", "2", "3")) == TWO
    newest_is_older = (replace(one, made_at=NOW), two, three)
    assert least(*newest_is_older, verified=("1", "2", "3")) == TWO


def test_images_are_news_for_an_hour() -> None:
    def told(**changes: object) -> list[str]:
        past = Baking((image(),), NOW, base_read_at=NOW, baked_at=NOW, tasted_at=NOW)
        said = planned(replace(remembering(), baking=replace(past, **changes)))  # type: ignore[arg-type]
        return [action.reason for action in said if isinstance(action, Notify)]

    hour = timedelta(hours=1)
    assert told(verified={ONE: NOW - hour + SECOND}) == ["ami-1: nodes come from it now"]
    assert told(verified={ONE: NOW - hour}) == []
    assert "EC2 refused it" in told(struck={ONE: NOW - hour + SECOND})[0]
    assert told(struck={ONE: NOW - hour}) == []


def test_images_that_cannot_be_read_for_a_day_are_told() -> None:
    proven = remembering(image(), verified=("1",), listed_at=NOW - DAY)
    for shelf in (Shelf(images=Unread("denied")), Shelf(base=Unread("denied"))):
        assert kinds(proven, shelf=shelf) == []
        (told,) = planned(remembering(image(), verified=("1",), listed_at=NOW - DAY - SECOND), shelf=shelf)
        reason = "the stack's own images cannot be read: denied"
        assert told == Notify(EVERYWHERE, "image unread", Cause.IMAGE, reason)


def test_a_baker_is_launched_for_a_day_in_the_first_zone_that_is_awake_with_the_zones_types() -> None:
    (action,) = planned(remembering())
    assert action == LaunchBaker(
        A, SubnetId("subnet-a"), NOW.toordinal(), ("t4g.nano", "t4g.micro"), Cause.IMAGE,
        "there is no image for version 3 of the launch template",
    )  # fmt: skip


BAKER, TASTER = InstanceId("i-abaker"), InstanceId("i-ataster")


@pytest.mark.parametrize(
    ("memory", "who", "expected"),
    [
        (remembering(image(), busy=True), taster(), Wait(A, None, Cause.IMAGE, "i-ataster tries ami-1")),
        (
            remembering(image(), busy=True, verified=("1",)),
            taster(),
            EndBaker(A, TASTER, Cause.IMAGE, "ami-1 is proven"),
        ),
        (
            remembering(image(), busy=True, struck=ago(days=1)),
            taster(),
            EndBaker(A, TASTER, Cause.IMAGE, "it did not come to work from ami-1"),
        ),
        (
            remembering(busy=True),
            taster(launched_at=NOW - BAKES.boot - SECOND, probes=()),
            EndBaker(A, TASTER, Cause.IMAGE, "ami-1 is gone"),
        ),
        (
            remembering(image(state=ImageState.PENDING, made_at=NOW, baker=BAKER), busy=True),
            baker(),
            Wait(A, None, Cause.IMAGE, "ami-1 is being made of i-abaker"),
        ),
        (
            remembering(image(baker=BAKER), busy=True),
            baker(),
            EndBaker(A, BAKER, Cause.IMAGE, "ami-1 is available"),
        ),
        (
            remembering(busy=True),
            baker(probes=()),
            Wait(A, None, Cause.IMAGE, "i-abaker is to become an image, and boots"),
        ),
        (
            remembering(busy=True),
            baker(template_version=2),
            EndBaker(A, BAKER, Cause.IMAGE, "it is of launch template version 2, now 3"),
        ),
    ],
    ids=lambda value: getattr(value, "reason", ""),
)
def test_what_is_done_about_whoever_bakes_or_tastes_is_said_word_for_word(
    memory: Memory, who: Node, expected: Action
) -> None:
    assert expected in planned(memory, who)


def test_a_baker_that_never_passed_its_probe_is_told_of_and_ended() -> None:
    late = baker(launched_at=NOW - BAKES.boot - SECOND, probes=())
    told, ended = planned(remembering(busy=True), late)

    reason = "i-abaker was to become an image, and never passed its probe: tried again tomorrow"
    assert told == Notify(A, "image baker", Cause.IMAGE, reason)
    assert ended == EndBaker(A, BAKER, Cause.IMAGE, "it did not come to work in its time")


def test_a_baker_is_launched_where_somebody_is_awake() -> None:
    off = Wish(WishKind.OFF, ago(hours=1))
    sleeping, awake = zone(name=A, wish=off), served(b1)
    assert [action.zone for action in planned_in(world(sleeping, awake), remembering())] == [B]
    assert planned_in(world(sleeping, zone(name=B, wish=off)), remembering()) == []


def test_a_baker_of_a_zone_that_is_left_goes_unless_that_was_only_not_read() -> None:
    stray = baker(zone=ZoneName("eu-west-1c"))
    reason = "eu-west-1c is no zone of the stack"
    assert planned(remembering(busy=True), stray) == [EndBaker(stray.zone, BAKER, Cause.IMAGE, reason)]
    blind = replace(beside(stray), zones=(served(a1), Unreadable(B, "throttled", lasting=False)))
    assert EndBaker not in map(type, planned_in(blind, remembering(busy=True)))


def test_a_baker_that_works_becomes_an_image_of_its_zone() -> None:
    (made,) = planned(remembering(busy=True), baker())
    assert made == CreateImage(A, BAKER, STOCK, 3, Cause.IMAGE, "i-abaker works")


def test_a_step_that_aws_refused_just_now_rests() -> None:
    refused = {step_of(planned(remembering())[0]): Refusal(NOW, NOW, 1, "denied")}
    assert planned(replace(remembering(), refusals=refused)) == []


def test_an_image_goes_for_the_whole_stack_and_says_why() -> None:
    older = (image(), image("2", made_at=ago(days=1)))
    baking = Baking(older, NOW, base_read_at=NOW, verified={ONE: ago(days=30), TWO: ago(days=9)})
    (gone,) = planned(replace(remembering(), baking=baking))

    reason = f"nodes have come from ami-2 for {BAKES.image_older.days} days"
    assert gone == DropImage(EVERYWHERE, ONE, Cause.IMAGE, reason)


def test_nothing_is_baked_during_a_pause_and_something_when_it_is_over() -> None:
    paused = replace(remembering(), paused_until=NOW + SECOND)
    assert kinds(paused) == []
    assert kinds(replace(paused, paused_until=NOW)) == [LaunchBaker]


def test_an_images_end_is_a_step_of_its_own() -> None:
    gone = DropImage(EVERYWHERE, ONE, Cause.IMAGE, "why")
    assert step_of(gone) == "DropImage ami-1"
