"""What memory keeps of the stack's own images: what was listed, from which of them somebody came to work, and
from which somebody did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from natkeeper.core.actions import DropImage, LaunchBaker
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.outcome import Done
from natkeeper.core.image import Baking, Shelf
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.proof import has_failed, has_proved_itself
from natkeeper.core.memory import Memory, NodeMemory
from natkeeper.core.model import GOING, ImageId, Node


def learn_baking(look: Look, memory: Memory) -> Baking:
    """After a look; `memory` is what it has taught of the nodes already. A node tells of its image when its
    first boot has come to an end, one way or the other; who works later than it was struck redeems it."""
    context = replace(look.context, memory=memory)
    baking = _listed(memory.baking, look.shelf, context.now)
    images = {image.id for image in baking.images}
    proofs = _proofs(look, context)
    verified = {**proofs, **baking.verified}
    struck = {**dict.fromkeys(_failures(look, context), context.now), **baking.struck}
    return replace(
        baking,
        busy=any(baker.lifecycle not in GOING for baker in look.observed.bakers),
        verified={i: at for i, at in verified.items() if i in images},
        struck={i: at for i, at in struck.items() if i in images and proofs.get(i, at) <= at},
    )


def _listed(baking: Baking, shelf: Shelf, now: datetime) -> Baking:
    if isinstance(shelf.images, tuple):
        baking = replace(baking, images=shelf.images, listed_at=now)
    if isinstance(shelf.base, str):
        baking = replace(baking, base=shelf.base, base_read_at=now)
    return baking


def _proofs(look: Look, context: Context) -> Mapping[ImageId, datetime]:
    """Images that somebody works from, and when the last of them was found to."""
    found = [(n.image, context.memory.node(n.id).verified_at) for n in look.observed.nodes()]
    found += [(b.image, context.now) for b in look.observed.bakers if has_proved_itself(b)]
    latest: dict[ImageId, datetime] = {}
    for image, at in found:
        if image and at:
            latest[image] = max(at, latest.get(image, at))
    return latest


def _failures(look: Look, context: Context) -> Iterator[ImageId]:
    for node in (*look.observed.nodes(), *look.observed.bakers):
        if node.image and has_failed(node, context) and _is_new(node, context.memory.node(node.id)):
            yield node.image


def _is_new(node: Node, past: NodeMemory) -> bool:
    """Whether it has neither worked nor slept yet, and nobody has sent it away."""
    slept = past.slept_at or past.started_at or past.born_at
    return past.verified_at is None and not slept and node.lifecycle not in GOING


def record_baking(memory: Memory, done: Done, now: datetime) -> Memory:
    """The memory after a baker or a taster was launched, or refused, for each is tried once a day; or after
    an image was taken away."""
    action, baking = done.action, memory.baking
    match action:
        case LaunchBaker():
            started = replace(baking, busy=True)
            baking = replace(started, tasted_at=now) if action.image else replace(started, baked_at=now)
        case DropImage():
            baking = replace(baking, images=tuple(i for i in baking.images if i.id != action.image))
    roster = (*memory.roster, done.instance) if done.instance else memory.roster
    return replace(memory, roster=roster, baking=baking)


def record_struck(memory: Memory, image: ImageId, now: datetime) -> Memory:
    """The memory after EC2 refused to launch from an image, and launched from the launch template's own."""
    baking = memory.baking
    return replace(memory, baking=replace(baking, struck={**baking.struck, image: now}))
