"""Situations of a stack that makes an image of its own: what is there of it, and what must be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from natkeeper.core.image import BAKER, TASTER, Baking, Image, ImageState
from natkeeper.core.memory import Launch, Memory, ZoneMemory
from natkeeper.core.model import ImageId, InstanceId, Node, Observed, Unreadable
from tests.builders import NOW, POLICY, A, B, ago, failed, node, served, world, zone
from tests.unit.core.situations import LAUNCH_A, Situation, a1, b1, known, old

BAKES = replace(POLICY, own_image=True)
STOCK, NEWER = ImageId("ami-stock"), ImageId("ami-stock-2")


def image(name: str = "1", **changes: Any) -> Image:
    """An image that is two days old, available and of the current version."""
    made = Image(ImageId(f"ami-{name}"), ago(days=2), ImageState.AVAILABLE, 3, InstanceId("i-earlier"), STOCK)
    return replace(made, **changes)


def baker(name: str = "abaker", **changes: Any) -> Node:
    """A baker that works."""
    return node(name, **{"role": BAKER, "image": STOCK, "launched_at": ago(minutes=5), **changes})


def taster(name: str = "ataster", **changes: Any) -> Node:
    return baker(name, **{"role": TASTER, "image": ImageId("ami-1"), **changes})


def beside(*bakers: Node) -> Observed:
    """A stack of two zones that is well, and these beside it."""
    return replace(world(served(a1), served(b1)), bakers=bakers)


def remembering(
    *images: Image, verified: tuple[str, ...] = (), struck: datetime | None = None, **changes: Any
) -> Memory:
    """Memory of these images, listed just now."""
    proofs = {ImageId(f"ami-{name}"): ago(days=1) for name in verified}
    bad = {images[0].id: struck} if struck else {}
    baking = Baking(images, listed_at=NOW, base=STOCK, base_read_at=NOW, verified=proofs, struck=bad)
    return replace(known, baking=replace(baking, **changes))


def while_busy(*images: Image, **changes: Any) -> Memory:
    return remembering(*images, busy=True, **changes)


well = beside()
proven = remembering(image(), verified=("1",))
two = remembering(image(), image("2", made_at=ago(days=1)), verified=("1", "2"))
lately = replace(remembering(), zones={A: ZoneMemory(launches=(Launch(ago(minutes=50), None),))})
pending = image("2", state=ImageState.PENDING, made_at=ago(minutes=2), baker=InstanceId("i-abaker"))
made = replace(pending, state=ImageState.AVAILABLE)
lost_a = world(zone(), served(b1))

# fmt: off
IMAGES = (
    Situation("no image is wanted: none is made", well, (), known),
    Situation("all is well, and there is no image: a baker", well, ("LaunchBaker in eu-west-1a (image)",), remembering(), BAKES),
    Situation("the images have not been listed yet", well, (), known, BAKES),
    Situation("a launch within the hour: not now", well, (), lately, BAKES),
    Situation("a zone is not well: not now", world(served(a1), served(replace(b1, probes=(failed("egress"),)))), (), remembering(), BAKES),
    Situation("a zone that could not be read: not now", world(served(a1), Unreadable(B, "throttled", lasting=False)), ("Wait eu-west-1b (unreadable)",), remembering(), BAKES),
    Situation("paused: not now", well, ("Wait eu-west-1a (paused)", "Wait eu-west-1b (paused)"), replace(remembering(), paused_until=NOW + timedelta(minutes=5)), BAKES),
    Situation("a baker was launched within the day: not now", well, (), remembering(baked_at=ago(hours=23)), BAKES),
    Situation("there is an image that works: nothing is due", well, (), proven, BAKES),
    Situation("the image is of an older version of the launch template: another", well, ("LaunchBaker in eu-west-1a (image)",), remembering(image(version=2), verified=("1",)), BAKES),
    Situation("the image is older than 30 days: another", well, ("LaunchBaker in eu-west-1a (image)",), remembering(image(made_at=ago(days=31)), verified=("1",)), BAKES),
    Situation("the parameter names a newer base: another", well, ("LaunchBaker in eu-west-1a (image)",), remembering(image(), verified=("1",), base=NEWER), BAKES),
    Situation("an older image has stood by a newer one that works for three days: it goes", well, ("DropImage ami-1 (image)",), replace(two, baking=replace(two.baking, verified={ImageId("ami-1"): ago(days=30), ImageId("ami-2"): ago(days=3, minutes=1)})), BAKES),
    Situation("the baker boots", beside(baker(probes=())), ("Wait eu-west-1a (image)",), while_busy(), BAKES),
    Situation("the baker works: an image of it", beside(baker()), ("CreateImage i-abaker (image)",), while_busy(), BAKES),
    Situation("the baker works, and there are two images: first the lesser goes", beside(baker()), ("DropImage ami-1 (image)",), replace(two, baking=replace(two.baking, busy=True)), BAKES),
    Situation("the image is being made", beside(baker()), ("Wait eu-west-1a (image)",), while_busy(pending), BAKES),
    Situation("the image is made: the baker ends", beside(baker()), ("EndBaker i-abaker (image)",), while_busy(made), BAKES),
    Situation("EC2 could not make it: the baker ends", beside(baker()), ("EndBaker i-abaker (image)",), while_busy(replace(made, state=ImageState.FAILED)), BAKES),
    Situation("and then the image goes", well, ("DropImage ami-2 (image)",), remembering(replace(made, state=ImageState.FAILED), baked_at=ago(minutes=9)), BAKES),
    Situation("an image that is pending for hours: it goes", well, ("DropImage ami-2 (image)",), remembering(replace(pending, made_at=ago(hours=2)), baked_at=ago(hours=2)), BAKES),
    Situation("the baker never works: told, and ended", beside(baker(launched_at=ago(minutes=11), probes=(failed("egress"),))), ("Notify eu-west-1a (image)", "EndBaker i-abaker (image)"), while_busy(), BAKES),
    Situation("EC2 refuses an image of the baker for an hour: the baker ends", beside(baker(launched_at=ago(minutes=71))), ("EndBaker i-abaker (image)",), while_busy(), BAKES),
    Situation("an image that nobody has tried: a taster", well, ("LaunchBaker in eu-west-1a from ami-1 (image)",), remembering(image()), BAKES),
    Situation("the taster boots", beside(taster(probes=())), ("Wait eu-west-1a (image)",), while_busy(image()), BAKES),
    Situation("the taster works: told, and ended", beside(taster()), ("EndBaker i-ataster (image)",), while_busy(image(), verified=("1",)), BAKES),
    Situation("the taster did not come to work: ended, and the image counts for nothing", beside(taster(launched_at=ago(minutes=11), probes=())), ("Notify * (image)", "EndBaker i-ataster (image)"), while_busy(image(), struck=NOW), BAKES),
    Situation("an image that counts for nothing is told, and tomorrow there is another", well, ("LaunchBaker in eu-west-1a (image)",), remembering(image(), struck=ago(days=1), baked_at=ago(days=2)), BAKES),
    Situation("two bakers: the later one ends", beside(baker(), baker("abaker2", launched_at=ago(minutes=4))), ("EndBaker i-abaker2 (image)",), while_busy(), BAKES),
    Situation("a baker of an older version of the launch template ends", beside(baker(template_version=2)), ("EndBaker i-abaker (image)",), while_busy(), BAKES),
    Situation("no image is wanted any more: the baker ends", beside(baker()), ("EndBaker i-abaker (image)",), while_busy(image())),
    Situation("and then the images go, one a run", well, ("DropImage ami-1 (image)",), two),
    Situation("a node is lost while a baker boots: the baker makes room", replace(lost_a, bakers=(baker(probes=()),)), ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} (no-node)", "EndBaker i-abaker (image)"), while_busy(), BAKES),
    Situation("a node is lost: the next comes from the image", lost_a, ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} from ami-1 (no-node)"), proven, BAKES),
    Situation("a node is lost, and nobody has tried the image: not from that", lost_a, ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} (no-node)"), remembering(image()), BAKES),
    Situation("a node is lost, and the newer image counts for nothing: from the older", lost_a, ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} from ami-1 (no-node)"), replace(two, baking=replace(two.baking, struck={ImageId("ami-2"): ago(hours=2)})), BAKES),
    Situation("an update: the image of the old version is not for the new one", world(served(old), served(b1)), (f"{LAUNCH_A} (outdated)",), remembering(image(version=2), verified=("1",)), BAKES),
)
# fmt: on
