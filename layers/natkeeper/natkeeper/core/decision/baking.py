"""What to do now about the stack's own image: one step a pass, and only in a calm hour.

A baker is launched and proves itself as any node; an image is made of it; a taster is launched from that and
proves itself too; only then do nodes come from it. So the launch that a zone needs never tries anything new.
A baker goes at once when a zone wants a node: its place may be needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

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
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.telling import tell
from natkeeper.core.image import TASTER, Image, ImageState
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.demand import Stage
from natkeeper.core.judgement.dependence import step_of
from natkeeper.core.judgement.proof import has_failed, has_proved_itself
from natkeeper.core.judgement.standby import lacks_standby
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import HOUR
from natkeeper.core.model import EVERYWHERE, GOING, ImageId, Node, Unread, Unreadable

KEPT = 2
"""Images at most: the one that nodes come from, and an older or a newer one."""
PROVEN = "nodes come from it now"
STRUCK = "EC2 refused it, or a node of it did not come to work: nodes come from another again"


def bake(look: Look) -> Iterator[Action]:
    """What to do now about the image, without what AWS refused just now, and what a person should hear."""
    yield from _news(look)
    for action in _steps(look):
        if not look.context.resting_until(step_of(action)):
            yield action


def _steps(look: Look) -> Iterator[Action]:
    context = look.context
    living = (b for b in look.observed.bakers if b.lifecycle not in GOING)
    bakers = sorted(living, key=lambda b: (b.launched_at, b.id))
    if unwanted := _unwanted(look, bakers):
        yield from unwanted
    elif bakers:
        yield from _watch(look, bakers[0])
    elif spare := next(_spare(context), None):
        yield spare
    elif context.policy.own_image and (view := _calm_zone(look)):
        yield from _begin(context, view)


def _unwanted(look: Look, bakers: list[Node]) -> list[EndBaker]:
    """Bakers that are to go, whatever they are about: two of one moment, most often."""
    if not look.context.policy.own_image:
        return [_end(b, "the stack wants no image of its own") for b in bakers]
    wanting = next((v.zone.name for v in look.views.values() if _may_launch(v)), None)
    if wanting:
        return [_end(b, f"{wanting} wants a node, which goes first") for b in bakers]
    return [_end(b, f"{bakers[0].id} is there already") for b in bakers[1:]]


def _may_launch(view: View) -> bool:
    return view.stage is Stage.AWAKE and (view.wants_one_more() or lacks_standby(view))


def _watch(look: Look, baker: Node) -> Iterator[Action]:
    if misplaced := _misplaced(look, baker):
        yield _end(baker, misplaced)
    elif baker.role == TASTER:
        yield from _watch_taster(look.context, baker)
    else:
        yield from _watch_baker(look.context, baker)


def _misplaced(look: Look, baker: Node) -> str | None:
    """Why nothing can come of it any more: an update has left it behind."""
    version, view = look.context.policy.template_version, look.views.get(baker.zone)
    if baker.template_version != version:
        return f"it is of launch template version {baker.template_version}, now {version}"
    if baker.outdated:
        return baker.outdated
    unread = any(isinstance(zone, Unreadable) for zone in look.observed.zones)
    return f"{baker.zone} is no zone of the stack" if view is None and not unread else None


def _watch_taster(context: Context, taster: Node) -> Iterator[Action]:
    baking, image = context.memory.baking, taster.image
    if image in baking.struck:
        yield _end(taster, f"it did not come to work from {image}")
    elif image in baking.verified:
        yield _end(taster, f"{image} is proven")
    elif has_failed(taster, context):
        yield _end(taster, f"{image} is gone")
    else:
        yield Wait(taster.zone, None, Cause.IMAGE, f"{taster.id} tries {image}")


def _watch_baker(context: Context, baker: Node) -> Iterator[Action]:
    baking = context.memory.baking
    made = next((image for image in baking.images if image.baker == baker.id), None)
    if made and made.state is ImageState.PENDING and not _is_stuck(made, context):
        yield Wait(baker.zone, None, Cause.IMAGE, f"{made.id} is being made of {baker.id}")
    elif made:
        yield _end(baker, f"{made.id} is {made.state}")
    elif context.now - baker.launched_at > context.policy.boot + context.policy.image_making:
        yield _end(baker, "no image came of it in its time")
    elif has_proved_itself(baker):
        if len(baking.images) >= KEPT:  # room first, so that there are never more
            yield _drop(_least(context), "a newer one is about to be made")
        else:
            version, reason = baker.template_version, f"{baker.id} works"
            yield CreateImage(baker.zone, baker.id, baker.image, version, Cause.IMAGE, reason)
    elif has_failed(baker, context):
        reason = f"{baker.id} was to become an image, and never passed its probe: tried again tomorrow"
        yield from tell(Notify(baker.zone, "image baker", Cause.IMAGE, reason), context)
        yield _end(baker, "it did not come to work in its time")
    else:
        yield Wait(baker.zone, None, Cause.IMAGE, f"{baker.id} is to become an image, and boots")


def _spare(context: Context) -> Iterator[DropImage]:
    """Images of which nothing comes, and those beyond what is kept."""
    for image in context.memory.baking.images:
        if not context.policy.own_image:
            yield _drop(image, "the stack wants no image of its own")
        elif image.state is ImageState.FAILED:
            yield _drop(image, "EC2 could not make it")
        elif _is_stuck(image, context):
            yield _drop(image, "EC2 does not come to an end with it")
        elif newer := _long_followed_by(image, context):
            yield _drop(image, f"nodes have come from {newer} for {context.policy.image_older.days} days")
    if len(context.memory.baking.images) > KEPT:
        yield _drop(_least(context), f"there are more than {KEPT}")


def _long_followed_by(image: Image, context: Context) -> ImageId | None:
    """The newer image that has been the default for so long that an older one need not stand by."""
    baking, policy = context.memory.baking, context.policy
    default = baking.default(policy.template_version)
    followers = (i for i in baking.images if i.id == default and i.made_at > image.made_at)
    proven = (i.id for i in followers if context.now - baking.verified[i.id] > policy.image_older)
    return next(proven, None)


def _is_stuck(image: Image, context: Context) -> bool:
    late = context.now - image.made_at > context.policy.image_making
    return image.state is ImageState.PENDING and late


def _least(context: Context) -> Image:
    """The image that is missed least: never the one that nodes come from, if there is another."""
    baking = context.memory.baking
    fit = {image.id for image in baking.of_version(context.policy.template_version)}

    def worth(image: Image) -> tuple[bool, bool, datetime, ImageId]:
        return image.id in fit, image.id in baking.verified, image.made_at, image.id

    return min(baking.images, key=worth)


def _calm_zone(look: Look) -> View | None:
    """A zone to bake in, when the whole stack is well: who is awake is served by its own node, nobody is on
    the way in or out, and within the hour there was no launch."""
    views = tuple(look.views.values())
    unread = look.observed.aside or any(isinstance(zone, Unreadable) for zone in look.observed.zones)
    if unread or any(look.context.memory.launches()):
        return None
    if not all(view.stage is Stage.ASLEEP or _is_well(view) for view in views):
        return None
    return next((v for v in views if v.stage is Stage.AWAKE and v.zone.launchable), None)


def _is_well(view: View) -> bool:
    enough = len(view.counted()) == view.policy.nodes_per_zone
    return view.stage is Stage.AWAKE and view.is_well() and enough


def _begin(context: Context, view: View) -> Iterator[LaunchBaker]:
    """A taster for an image that nobody has tried, or else a baker when a newer image is due."""
    baking, policy, now = context.memory.baking, context.policy, context.now
    subnet, types = view.zone.launchable, view.instance_types()
    if baking.listed_at is None or subnet is None:
        return
    newest = next(iter(baking.of_version(policy.template_version)), None)
    untried = newest is not None and newest.id not in baking.verified
    last, image = (baking.tasted_at, newest.id) if newest and untried else (baking.baked_at, None)
    reason = f"nobody has tried {image} yet" if untried else _why_new(newest, context)
    if reason is None or (last and now - last < policy.image_pause):
        return
    if not untried or (newest and newest.state is ImageState.AVAILABLE):
        yield LaunchBaker(view.zone.name, subnet, now.toordinal(), types, Cause.IMAGE, reason, image)


def _why_new(newest: Image | None, context: Context) -> str | None:
    """Why a newer image is due; None: it is not."""
    base, life = context.memory.baking.base, context.policy.image_life
    if newest is None:
        return f"there is no image for version {context.policy.template_version} of the launch template"
    if base and newest.base and base != newest.base:
        return f"{newest.id} was made of {newest.base}, and {base} is newer"
    if context.now - newest.made_at > life:
        return f"{newest.id} is older than {life.days} days"
    return None


def _news(look: Look) -> Iterator[Notify]:
    """What has come of the images within the hour, and that they cannot be read."""
    context, baking = look.context, look.context.memory.baking
    if not context.policy.own_image:
        return
    for when, what in ((baking.verified, PROVEN), (baking.struck, STRUCK)):
        fresh = (image for image, at in when.items() if context.now - at < HOUR)
        for image in fresh:
            reason = f"{image}: {what}"
            yield from tell(Notify(EVERYWHERE, reason, Cause.IMAGE, reason), context)
    unread = look.shelf.images if isinstance(look.shelf.images, Unread) else look.shelf.base
    last = baking.listed_at or baking.base_read_at
    if isinstance(unread, Unread) and (last is None or context.now - last > context.policy.base_look):
        reason = f"the stack's own images cannot be read: {unread.error}"
        yield from tell(Notify(EVERYWHERE, "image unread", Cause.IMAGE, reason), context)


def _end(baker: Node, reason: str) -> EndBaker:
    return EndBaker(baker.zone, baker.id, Cause.IMAGE, reason)


def _drop(image: Image, reason: str) -> DropImage:
    return DropImage(EVERYWHERE, image.id, Cause.IMAGE, reason)
