"""A stack makes an image of its own, and lives from it: the whole controller in memory."""

from __future__ import annotations

import pytest

from natkeeper.core.image import BAKER, TASTER
from natkeeper.core.model import GOING, ImageId, Lifecycle, Node
from tests.simulation.ground_truth.truth import is_usable
from tests.stack import Stack, assert_at_rest, own
from tests.world.gate import ANSWER_LOST, Trouble
from tests.world.instances import STOCK

HOURS = 60  # minutes


def baking(zones: int = 2) -> Stack:
    """A stack at rest, an hour after its last launch, that wants an image."""
    stack = Stack(zones)
    stack.sweep()
    stack.settle(65)
    stack.change(own_image=True)
    return stack


def with_image(zones: int = 2) -> Stack:
    """A stack whose nodes come from its image from now on."""
    stack = baking(zones)
    stack.settle(30)
    assert default(stack)
    return stack


def tomorrow(stack: Stack) -> None:
    """A day later, of which the last hours are lived."""
    stack.aws.advance(23 * 3600)
    stack.settle(90)


def default(stack: Stack) -> ImageId | None:
    """The image that nodes come from."""
    return stack.store.records.memory.baking.default(stack.policy.template_version)


def bakers(stack: Stack) -> list[Node]:
    """Bakers and tasters that are there."""
    return [n for n in stack.aws.find() if n.role and n.lifecycle not in GOING]


def ever(stack: Stack, role: str) -> int:
    """How many of this role there have been."""
    return sum(n.role == role for n in stack.aws.ever())


def images(stack: Stack) -> list[ImageId]:
    """The stack's images, whatever a read shows."""
    return [image.id for image in stack.world.images.there()]


def told(stack: Stack) -> str:
    """All that a person has heard."""
    return "\n".join(text for _, text in stack.notices.sent)


def test_in_a_calm_hour_an_image_is_baked_tried_and_told_and_nothing_is_left_beside_it() -> None:
    stack = baking()
    stack.settle(30)

    assert images(stack) == [default(stack)]
    assert (ever(stack, BAKER), ever(stack, TASTER)) == (1, 1)
    assert bakers(stack) == []
    assert f"{default(stack)}: nodes come from it now" in told(stack)
    assert_at_rest(stack)


def test_nothing_is_baked_before_an_hour_without_launches() -> None:
    stack = Stack()
    stack.change(own_image=True)
    stack.sweep()
    stack.settle(50)

    assert ever(stack, BAKER) == 0


def test_nothing_is_ever_routed_or_addressed_to_a_baker() -> None:
    stack = baking()
    seen: set[str] = set()
    for _ in range(30):
        stack.minute()
        seen |= {str(n.interface) for n in stack.aws.find() if n.role}

    assert seen
    assert not seen & {str(route.target) for route in stack.aws.routes.values()}
    assert not seen & {str(holder) for holder in stack.aws.holders.values()}


def test_the_next_node_comes_from_the_image_and_serves_though_the_mirror_is_down() -> None:
    stack = with_image()
    stack.world.instances.mirror_down = True
    stack.aws.terminate(own(stack))
    stack.sweep()
    stack.settle(8)

    (node,) = (n for n in stack.living() if n.zone == stack.world.zones[0])
    assert node.image == default(stack)
    assert is_usable(stack.world, stack.aws.instance(node.id))
    assert_at_rest(stack)


def test_without_an_image_a_mirror_that_is_down_leaves_the_zone_to_its_neighbour() -> None:
    stack = baking()
    stack.change(own_image=False)
    stack.world.instances.mirror_down = True
    stack.aws.terminate(own(stack))
    stack.sweep()
    stack.settle(8)

    assert stack.serving(0) == stack.serving(1)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidAMIID.NotFound", "InvalidParameterValue"])
def test_a_launch_goes_on_with_the_templates_own_image_when_ec2_refuses_ours(code: str) -> None:
    stack = with_image()
    image = default(stack)
    stack.world.gate.troubles.append(Trouble(code, ("RunInstances",), on="from ami-"))
    stack.aws.terminate(own(stack))
    stack.sweep()
    stack.settle(8)

    (node,) = (n for n in stack.living() if n.zone == stack.world.zones[0])
    assert node.image == STOCK
    assert default(stack) is None
    assert f"{image}: EC2 refused it" in told(stack)


def test_an_image_that_a_stranger_deregistered_costs_nothing_and_another_is_baked() -> None:
    stack = with_image()
    gone = default(stack)
    assert gone
    stack.world.images.lose(gone)
    stack.aws.terminate(own(stack))
    stack.sweep()
    stack.settle(8)
    assert stack.serving(0) != stack.serving(1)

    tomorrow(stack)
    assert images(stack) == [default(stack)] != [gone]


def test_of_an_image_whose_taster_does_not_come_to_work_no_node_is_launched() -> None:
    stack = baking()
    stack.world.images.spoiling = True
    stack.settle(40)

    assert default(stack) is None
    assert bakers(stack) == []
    assert "a node of it did not come to work" in told(stack)
    stack.aws.terminate(own(stack))
    stack.sweep()
    stack.settle(8)
    assert all(n.image == STOCK for n in stack.living())


def test_an_image_whose_node_does_not_come_to_work_gives_way_to_the_templates_own() -> None:
    stack = with_image()
    image = default(stack)
    assert image
    stack.world.instances.images[image] = False
    stack.aws.terminate(own(stack))
    stack.sweep()
    stack.settle(20)

    assert default(stack) is None
    assert_at_rest(stack)
    assert {n.image for n in stack.living()} == {STOCK}


def test_an_update_bakes_another_and_one_older_image_is_kept() -> None:
    stack = with_image()
    first = default(stack)
    stack.update(2)
    tomorrow(stack)
    second = default(stack)
    assert set(images(stack)) == {first, second}
    stack.update(3)
    tomorrow(stack)

    assert set(images(stack)) == {second, default(stack)} != {second}
    assert max(len(stack.world.images.there()), 2) == 2


def test_a_newer_base_bakes_another() -> None:
    stack = with_image()
    first = default(stack)
    stack.world.instances.stock = ImageId("ami-newer")
    tomorrow(stack)
    tomorrow(stack)

    assert first in images(stack)
    assert default(stack) not in (None, first)


def test_a_baker_that_never_works_is_ended_and_tried_again_tomorrow() -> None:
    stack = baking()
    stack.world.instances.mirror_down = True
    stack.settle(3 * HOURS)

    assert ever(stack, BAKER) == 1
    assert bakers(stack) == []
    assert "never passed its probe" in told(stack)
    tomorrow(stack)
    assert ever(stack, BAKER) == 2


def test_create_image_refused_is_told_and_the_baker_does_not_stay_for_ever() -> None:
    stack = baking()
    stack.world.gate.troubles.append(Trouble("UnauthorizedOperation", ("CreateImage",)))
    stack.settle(90)

    assert images(stack) == []
    assert "making an image of" in told(stack)
    assert bakers(stack) == []


def test_an_answer_that_is_lost_makes_no_second_baker_and_no_second_image() -> None:
    stack = baking()
    stack.world.gate.troubles.append(Trouble(ANSWER_LOST, ("RunInstances", "CreateImage")))
    stack.settle(10)
    assert len(bakers(stack)) <= 1
    stack.world.gate.troubles.clear()
    stack.settle(30)

    assert len(images(stack)) == 1
    assert ever(stack, BAKER) == 1


def test_lost_memory_costs_one_more_taster_and_no_image() -> None:
    stack = with_image()
    before = images(stack)
    stack.store.lose()
    tomorrow(stack)

    assert images(stack) == before == [default(stack)]
    assert ever(stack, BAKER) == 1


def test_a_node_that_is_wanted_while_a_baker_boots_has_its_place() -> None:
    stack = baking()
    stack.minute()
    stack.minute()
    assert bakers(stack)
    stack.aws.terminate(own(stack))
    stack.minute()
    stack.settle(4)

    assert bakers(stack) == []
    assert_at_rest(stack)


def test_off_again_takes_the_images_away() -> None:
    stack = with_image()
    stack.change(own_image=False)
    stack.settle(5)

    assert images(stack) == []
    assert "DescribeImages" in stack.world.gate.counts
    stack.world.gate.counts.clear()
    stack.settle(5)
    assert "DescribeImages" not in stack.world.gate.counts


def test_a_calm_stack_looks_at_the_images_and_at_the_parameter_once_a_day() -> None:
    stack = with_image()
    stack.settle(70)
    stack.world.gate.counts.clear()
    tomorrow(stack)

    assert stack.world.gate.counts["DescribeImages"] == 1
    assert stack.world.gate.counts["GetParameters"] == 1


def test_images_that_cannot_be_read_hide_nothing_and_are_told_after_a_day() -> None:
    stack = with_image()
    stack.world.gate.troubles.append(Trouble("UnauthorizedOperation", ("DescribeImages",)))
    stack.aws.terminate(own(stack))
    stack.settle(90)
    assert_at_rest(stack)
    assert "cannot be read" not in told(stack)
    tomorrow(stack)

    assert "the stack's own images cannot be read" in told(stack)


def test_a_stopped_baker_is_ended() -> None:
    stack = baking()
    stack.minute()
    stack.minute()
    (baker,) = bakers(stack)
    stack.aws.change(baker.id, lifecycle=Lifecycle.STOPPED)
    stack.minute()
    stack.minute()

    assert bakers(stack) == []
