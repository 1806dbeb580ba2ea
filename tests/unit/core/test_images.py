"""The stack's own images: what is read when, what they count for, and what is remembered of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Cause, DropImage, LaunchBaker, LaunchNode
from natkeeper.core.decision.look import Look, look_at
from natkeeper.core.decision.outcome import Done, Refused
from natkeeper.core.errors import (
    AwsError,
    CapacityError,
    DeniedError,
    QuotaError,
    RefusedError,
    ThrottledError,
)
from natkeeper.core.image import Baking, ImageState, Shelf
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.dependence import step_of
from natkeeper.core.judgement.market import may_be_of_the_image
from natkeeper.core.judgement.proof import has_failed, has_proved_itself
from natkeeper.core.judgement.reading import Reading, due_reading
from natkeeper.core.memory import Memory, NodeMemory
from natkeeper.core.model import EVERYWHERE, ImageId, InstanceId, Lifecycle, Node, SubnetId, Unread
from natkeeper.core.remembering.aftermath import remember
from natkeeper.core.remembering.baking import learn_baking, record_baking, record_struck
from natkeeper.core.remembering.learning import record
from natkeeper.core.savings.overhead import amounts, overhead_of
from tests.builders import NOW, POLICY, A, ago, decided, failed, node, passed, served, world, zone
from tests.unit.core.image_situations import BAKES, baker, beside, image, remembering, taster
from tests.unit.core.situations import a1, b1

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ONE, TWO = ImageId("ami-1"), ImageId("ami-2")
BOOT = BAKES.boot


def context(memory: Memory | None = None) -> Context:
    return Context(BAKES, memory or Memory(), NOW)


# --- what is read


@pytest.mark.parametrize(
    ("baking", "wanted", "expected"),
    [
        (Baking(), False, Reading.NOTHING),
        (Baking(), True, Reading.IMAGES),
        (Baking(busy=True), False, Reading.IMAGES),
        (Baking((image(),)), False, Reading.IMAGES),
        (Baking((image(),), listed_at=NOW), False, Reading.NOTHING),
        (Baking((image(),), listed_at=NOW - DAY), False, Reading.IMAGES),
        (Baking(listed_at=NOW - DAY), True, Reading.IMAGES),
        (Baking(listed_at=NOW - DAY + SECOND), True, Reading.BASE),
        (Baking(listed_at=NOW, base_read_at=NOW - DAY), True, Reading.BASE),
        (Baking(listed_at=NOW, base_read_at=NOW - DAY + SECOND), True, Reading.NOTHING),
        (Baking(listed_at=NOW, base_read_at=NOW, busy=True), True, Reading.IMAGES),
    ],
)
def test_images_are_read_once_a_day_or_while_one_is_made(
    baking: Baking, wanted: bool, expected: Reading
) -> None:
    assert due_reading(baking, replace(BAKES, own_image=wanted), NOW) is expected


# --- what an instance has shown


def test_who_runs_and_passed_the_last_probe_since_its_launch_has_proved_itself() -> None:
    at = ago(minutes=3)
    assert has_proved_itself(baker(launched_at=at, probes=(passed(at),)))
    assert not has_proved_itself(baker(launched_at=at, probes=(passed(at - SECOND),)))
    assert not has_proved_itself(baker(probes=(passed(), failed("egress"))))
    assert not has_proved_itself(baker(probes=()))
    assert not has_proved_itself(baker(lifecycle=Lifecycle.PENDING))


def test_who_had_the_time_to_boot_or_runs_no_more_and_did_not_prove_itself_has_failed() -> None:
    assert not has_failed(baker(launched_at=NOW - BOOT, probes=()), context())
    assert has_failed(baker(launched_at=NOW - BOOT - SECOND, probes=()), context())
    assert not has_failed(baker(launched_at=NOW - BOOT - SECOND), context())
    assert has_failed(baker(lifecycle=Lifecycle.STOPPED), context())
    assert not has_failed(baker(lifecycle=Lifecycle.PENDING), context())


# --- what an image counts for


def test_nodes_come_from_the_newest_image_of_the_version_that_is_proven() -> None:
    newer = image("2", made_at=ago(days=1))
    both = Baking((image(), newer), verified={ONE: NOW})
    assert [i.id for i in both.of_version(3)] == [TWO, ONE]
    assert both.default(3) == ONE
    assert replace(both, verified={ONE: NOW, TWO: NOW}).default(3) == TWO
    assert both.default(2) is None


@pytest.mark.parametrize("state", [ImageState.PENDING, ImageState.FAILED])
def test_from_an_image_that_is_not_available_nothing_comes(state: ImageState) -> None:
    assert Baking((image(state=state),), verified={ONE: NOW}).default(3) is None


def test_a_failed_or_struck_image_is_none_and_a_pending_one_is_one() -> None:
    assert Baking((image(state=ImageState.FAILED),)).of_version(3) == ()
    assert Baking((image(),), struck={ONE: NOW}).of_version(3) == ()
    assert Baking((image(state=ImageState.PENDING),)).of_version(3) != ()


@pytest.mark.parametrize(
    ("error", "may_be"),
    [(RefusedError, True), (DeniedError, True), (CapacityError, False), (QuotaError, False),
     (ThrottledError, False)],
)  # fmt: skip
def test_what_ec2_refuses_for_other_reasons_is_not_blamed_on_the_image(
    error: type[RefusedError], may_be: bool
) -> None:
    assert may_be_of_the_image(error("launching", "a node", "Code", "why")) is may_be


# --- what is remembered


def learnt(look: Look) -> Baking:
    return learn_baking(look, look.context.memory)


def look_at_bakers(*bakers: Node, memory: Memory | None = None, shelf: Shelf | None = None) -> Look:
    return look_at(beside(*bakers), context(memory), shelf)


def test_a_listing_replaces_what_was_listed_and_what_was_said_of_images_that_are_gone() -> None:
    past = remembering(image(), verified=("1",), listed_at=ago(days=2), base_read_at=ago(days=2))
    now = learnt(look_at_bakers(memory=past, shelf=Shelf(images=(image("2"),))))
    assert [i.id for i in now.images] == [TWO]
    assert (now.listed_at, now.verified, now.base_read_at) == (NOW, {}, ago(days=2))


def test_what_was_not_read_stays() -> None:
    past = remembering(image(), verified=("1",), listed_at=ago(days=2), base_read_at=ago(days=2))
    for shelf in (Shelf(), Shelf(images=Unread("no"), base=Unread("no"))):
        assert learnt(look_at_bakers(memory=past, shelf=shelf)) == past.baking


def test_the_base_is_remembered_with_its_time() -> None:
    now = learnt(look_at_bakers(memory=remembering(base_read_at=ago(days=2)), shelf=Shelf(base=TWO)))
    assert (now.base, now.base_read_at) == (TWO, NOW)


def test_a_baker_keeps_us_busy_until_it_goes() -> None:
    assert learnt(look_at_bakers(baker())).busy
    assert not learnt(look_at_bakers(baker(lifecycle=Lifecycle.SHUTTING_DOWN))).busy
    assert not learnt(look_at_bakers(memory=remembering(busy=True))).busy


def test_a_taster_that_works_proves_its_image_and_the_first_proof_stands() -> None:
    assert learnt(look_at_bakers(taster(), memory=remembering(image()))).verified == {ONE: NOW}
    past = remembering(image(), verified=("1",))
    assert learnt(look_at_bakers(taster(), memory=past)).verified == {ONE: ago(days=1)}
    assert learnt(look_at_bakers(taster(probes=()), memory=remembering(image()))).verified == {}
    assert learnt(look_at_bakers(taster(image=TWO), memory=remembering(image()))).verified == {}


def test_a_node_that_has_worked_proves_its_image() -> None:
    past = replace(remembering(image()), nodes={a1.id: NodeMemory(verified_at=ago(hours=2))})
    observed = world(served(replace(a1, image=ONE)), served(b1))
    assert learnt(look_at(observed, context(past))).verified == {ONE: ago(hours=2)}


def test_of_two_nodes_that_worked_the_later_one_tells_when() -> None:
    late, early = replace(a1, image=ONE), replace(b1, image=ONE)
    proofs = {late.id: NodeMemory(verified_at=ago(hours=1)), early.id: NodeMemory(verified_at=ago(hours=3))}
    for struck, redeemed in ((ago(hours=2), True), (ago(minutes=30), False)):
        past = replace(remembering(image(), struck=struck), nodes=proofs)
        found = learnt(look_at(world(served(late), served(early)), context(past)))
        assert (ONE not in found.struck) is redeemed
        assert found.verified == {ONE: ago(hours=1)}


def test_what_this_look_has_taught_of_a_node_tells_of_its_image() -> None:
    look = look_at(world(served(replace(a1, image=ONE)), served(b1)), context(remembering(image())))
    taught = replace(look.context.memory, nodes={a1.id: NodeMemory(verified_at=NOW)})
    assert learn_baking(look, taught).verified == {ONE: NOW}


def test_a_taster_or_a_node_that_never_worked_strikes_its_image_once() -> None:
    late = taster(launched_at=NOW - BOOT - SECOND, probes=())
    assert learnt(look_at_bakers(late, memory=remembering(image()))).struck == {ONE: NOW}
    past = remembering(image(), struck=ago(hours=1))
    assert learnt(look_at_bakers(late, memory=past)).struck == {ONE: ago(hours=1)}
    young = node("a9", image=ONE, launched_at=NOW - BOOT - SECOND, probes=())
    observed = world(served(a1, young), served(b1))
    assert learnt(look_at(observed, context(remembering(image())))).struck == {ONE: NOW}


@pytest.mark.parametrize(
    "past",
    [NodeMemory(verified_at=ago(hours=1)), NodeMemory(slept_at=ago(hours=1)),
     NodeMemory(started_at=ago(hours=1)), NodeMemory(born_at=ago(hours=1))],
)  # fmt: skip
def test_a_node_that_has_worked_or_slept_says_nothing_bad_of_its_image(past: NodeMemory) -> None:
    ill = node("a9", image=ONE, launched_at=NOW - BOOT - SECOND, probes=(failed("egress"),))
    memory = replace(remembering(image()), nodes={ill.id: past})
    assert learnt(look_at(world(served(a1, ill), served(b1)), context(memory))).struck == {}


def test_a_node_that_somebody_sent_away_says_nothing_of_its_image() -> None:
    going = node(
        "a9", image=ONE, launched_at=NOW - BOOT - SECOND, probes=(), lifecycle=Lifecycle.SHUTTING_DOWN
    )
    assert learnt(look_at(world(served(a1, going), served(b1)), context(remembering(image())))).struck == {}


def test_who_works_after_an_image_was_struck_redeems_it() -> None:
    past = remembering(image(), struck=ago(seconds=1))
    assert learnt(look_at_bakers(taster(), memory=past)).struck == {}
    worked = replace(past, nodes={a1.id: NodeMemory(verified_at=ago(seconds=1))})
    observed = world(served(replace(a1, image=ONE)), served(b1))
    assert learnt(look_at(observed, context(worked))).struck == {ONE: ago(seconds=1)}


def launch(of: ImageId | None = None) -> LaunchBaker:
    return LaunchBaker(A, SubnetId("subnet-a"), 7, ("t4g.nano",), Cause.IMAGE, "why", of)


def test_a_launch_is_remembered_by_its_kind_and_in_the_roster() -> None:
    born = record_baking(Memory(), Done(launch(), InstanceId("i-new")), NOW)
    assert (born.baking, born.roster) == (Baking(busy=True, baked_at=NOW), (InstanceId("i-new"),))
    tasting = record_baking(Memory(), Done(launch(ONE)), NOW)
    assert (tasting.baking, tasting.roster) == (Baking(busy=True, tasted_at=NOW), ())


def test_a_baker_that_ec2_refuses_is_tried_tomorrow_unless_that_passes_by_itself() -> None:
    def after(action: LaunchBaker | LaunchNode, error: type[AwsError]) -> Baking:
        why = Refused(action, step_of(action), error("launching", "a node", "Code", "why"))
        return remember(Memory(), Done(action, refused=(why,)), BAKES, NOW).baking

    node = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "why")
    assert after(launch(), DeniedError) == Baking(busy=True, baked_at=NOW)
    assert after(launch(ONE), QuotaError) == Baking(busy=True, tasted_at=NOW)
    assert after(launch(), ThrottledError) == Baking()
    assert after(node, DeniedError) == after(node, ThrottledError) == Baking()


def test_what_was_done_about_images_is_remembered_among_all_else() -> None:
    baked = remember(Memory(), Done(launch(), InstanceId("i-new")), BAKES, NOW)
    assert baked.baking.baked_at == NOW
    before = replace(Memory(), baking=Baking((image(), image("2"))))
    dropped = remember(before, Done(DropImage(EVERYWHERE, ONE, Cause.IMAGE, "why")), BAKES, NOW)
    assert [i.id for i in dropped.baking.images] == [TWO]


def test_an_image_is_launched_from_only_where_one_is_wanted() -> None:
    lost = world(zone(), served(b1))
    memory = remembering(image(), verified=("1",))
    for policy, expected in ((BAKES, ONE), (replace(BAKES, own_image=False), None)):
        found = decided(lost, memory, policy)
        assert [a.image for a in found if isinstance(a, LaunchNode)] == [expected]


def test_an_image_that_was_dropped_is_forgotten_and_the_others_are_not() -> None:
    done = Done(DropImage(EVERYWHERE, ONE, Cause.IMAGE, "why"))
    after = record_baking(replace(Memory(), baking=Baking((image(), image("2")))), done, NOW)
    assert [i.id for i in after.baking.images] == [TWO]


def test_an_image_that_ec2_would_not_take_is_struck_beside_others() -> None:
    after = record_struck(replace(Memory(), baking=Baking(struck={TWO: ago(days=1)})), ONE, NOW)
    assert after.baking.struck == {TWO: ago(days=1), ONE: NOW}
    action = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "why", image=ONE)
    for struck in ({ONE: NOW}, {}):
        done = Done(action, InstanceId("i-new"), struck=next(iter(struck), None))
        assert record(Memory(), done, POLICY, NOW).baking.struck == struck


# --- what it costs


def test_an_image_of_its_own_is_in_the_stacks_sum_and_nothing_of_it_without() -> None:
    without, with_it = (amounts(overhead_of(2, dashboard=True, own_image=own)) for own in (False, True))
    more = {name: round(with_it[name] - without.get(name, 0.0), 4) for name in with_it}
    bakes = 365 / 12 / 14
    assert {name: amount for name, amount in more.items() if amount} == {
        "snapshot_gb_month": round((1 + 3 / 14) * 2, 4),
        "t4g.nano": round(bakes * 0.75, 4),
        "public_ipv4_hour": round(bakes * 0.75, 4),
        "t4g_vcpu_hour": round(bakes * 0.03, 4),
    }
    assert without.keys() & {"t4g.nano", "snapshot_gb_month", "public_ipv4_hour", "t4g_vcpu_hour"} == set()
