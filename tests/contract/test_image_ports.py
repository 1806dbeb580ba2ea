"""What Images promises, in the simulated AWS and by the adapter alike; and a launch from what it made."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import Cause, CreateImage, LaunchBaker, LaunchNode
from natkeeper.core.errors import AwsError, RefusedError
from natkeeper.core.image import BAKER, TASTER, Image, ImageState
from natkeeper.core.model import ImageId, Market, Node
from tests.contract.stages import ZONE, MotoStage, Stage

MADE = 120  # seconds, until an image is made


def launch_baker(stage: Stage, image: ImageId | None = None, day: int = 9) -> Node:
    action = LaunchBaker(ZONE, stage.subnet, day, ("t4g.nano",), Cause.IMAGE, "a test", image)
    name = stage.nodes.launch(action, Market.ON_DEMAND, "t4g.nano").instance
    stage.advance(10)
    return next(node for node in stage.nodes.find() if node.id == name)


def bake(stage: Stage, baker: Node) -> Image:
    stage.images.create(CreateImage(ZONE, baker.id, baker.image, 1, Cause.IMAGE, "a test"))
    return next(image for image in stage.images.find() if image.baker == baker.id)


def baked(stage: Stage) -> Image:
    image = bake(stage, launch_baker(stage))
    stage.advance(MADE)
    return next(seen for seen in stage.images.find() if seen.id == image.id)


def test_a_stack_without_images_has_none(stage: Stage) -> None:
    assert stage.images.find() == ()


def test_a_baker_and_a_taster_say_what_they_are_and_a_node_is_neither(stage: Stage) -> None:
    node = LaunchNode(ZONE, stage.subnet, 0, ("t4g.nano",), Cause.NO_NODE, "a test")
    stage.nodes.launch(node, Market.ON_DEMAND, "t4g.nano")
    launch_baker(stage, baked(stage).id)

    assert sorted(node.role for node in stage.nodes.find()) == ["", BAKER, TASTER]


def test_a_baker_of_the_same_day_is_the_same(stage: Stage) -> None:
    assert launch_baker(stage).id == launch_baker(stage).id
    assert launch_baker(stage).id != launch_baker(stage, day=10).id


def test_a_baker_comes_of_what_the_parameter_names(stage: Stage) -> None:
    assert launch_baker(stage).image == stage.images.base()


def test_an_image_is_pending_and_then_available_and_says_what_it_came_of(stage: Stage) -> None:
    baker = launch_baker(stage)
    image = bake(stage, baker)
    assert (image.state, image.version, image.baker, image.base) == (
        ImageState.PENDING, 1, baker.id, baker.image,
    )  # fmt: skip
    stage.advance(MADE)

    (made,) = stage.images.find()
    assert (made.id, made.state, made.made_at) == (image.id, ImageState.AVAILABLE, image.made_at)


def test_of_one_baker_there_is_one_image(stage: Stage) -> None:
    baker = launch_baker(stage)

    assert bake(stage, baker) == bake(stage, baker)
    assert len(stage.images.find()) == 1


def test_an_image_whose_baker_ends_too_early_has_failed(stage: Stage) -> None:
    baker = launch_baker(stage)
    bake(stage, baker)
    stage.nodes.terminate(baker.id)
    stage.advance(MADE)

    assert [image.state for image in stage.images.find()] == [ImageState.FAILED]


def test_no_image_is_made_of_what_has_ended(stage: Stage) -> None:
    baker = launch_baker(stage)
    stage.nodes.terminate(baker.id)
    stage.advance(10)

    with pytest.raises(AwsError):
        stage.images.create(CreateImage(ZONE, baker.id, baker.image, 1, Cause.IMAGE, "a test"))
    assert stage.images.find() == ()


def test_a_node_comes_of_the_image_that_is_named(stage: Stage) -> None:
    image = baked(stage)

    assert launch_baker(stage, image.id).image == image.id


def test_an_image_that_is_gone_is_refused_and_dropped_once_more_it_is_gone_all_the_same(stage: Stage) -> None:
    image = baked(stage)
    stage.images.drop(image.id)
    stage.images.drop(image.id)

    assert stage.images.find() == ()
    with pytest.raises(RefusedError):
        launch_baker(stage, image.id)


@pytest.mark.parametrize("stage", ["moto"], indirect=True)  # the simulated AWS has no snapshots
def test_an_image_takes_its_snapshots_along_and_both_have_the_stacks_tag(stage: MotoStage) -> None:
    ours = [{"Name": "tag:natkeeper:stack", "Values": ["teststack"]}]
    image = baked(stage)
    assert len(stage.ec2.describe_snapshots(Filters=ours)["Snapshots"]) == 1
    stage.images.drop(image.id)

    assert stage.ec2.describe_snapshots(Filters=ours)["Snapshots"] == []


@pytest.mark.parametrize("stage", ["moto"], indirect=True)  # the simulated AWS has one template
def test_an_image_of_another_launch_template_is_of_no_version(stage: MotoStage) -> None:
    image = baked(stage)
    tag = {"Key": "natkeeper:template", "Value": "lt-0fffffffffffffff0"}
    stage.ec2.create_tags(Resources=[image.id], Tags=[tag])

    assert [seen.version for seen in stage.images.find()] == [0]
