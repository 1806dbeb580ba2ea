"""EC2's images: made of an instance in minutes, listed late, gone at once; and what the public parameter names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

from natkeeper.core.actions import CreateImage
from natkeeper.core.image import Image, ImageState
from natkeeper.core.model import UP, ImageId, Lifecycle
from tests.world.gate import Gate, Refusal
from tests.world.instances import Instances
from tests.world.past import Past


@dataclass
class Images:
    """The port `Images` for one stack."""

    gate: Gate
    instances: Instances
    all: dict[ImageId, Past[Image | None]] = field(default_factory=dict)
    spoiling: bool = False  # what is made now boots and never serves
    failing: bool = False  # what is begun now comes to nothing
    _numbers: count[int] = field(default_factory=lambda: count(1))

    # --- the port

    def find(self) -> tuple[Image, ...]:
        """As the adapter: by tag, so further behind than other reads."""
        with self.gate.read("DescribeImages", "listing the images", "the stack"):
            at = self.gate.agenda.at - self.gate.timings.draw_lag(self.gate.random, self.gate.timings.tag_lag)
            seen = [past.seen(at) for past in self.all.values()]
            return tuple(image for image in seen if image and not self.gate.omits(image.id))

    def base(self) -> ImageId:
        """What the parameter names."""
        with self.gate.read("GetParameters", "reading the image's parameter", "stock"):
            return self.instances.stock

    def create(self, action: CreateImage) -> None:
        """One image of an instance at most, for its name is taken then."""
        with self.gate.write("CreateImage", "making an image of", action.node):
            instance = self.instances.all.get(action.node)
            if instance is None:
                raise Refusal("InvalidInstanceID.NotFound", f"{action.node} does not exist")
            if instance.node.lifecycle not in (Lifecycle.RUNNING, Lifecycle.STOPPED):
                raise Refusal("IncorrectState", f"it is {instance.node.lifecycle}")
            if any(past.now and past.now.baker == action.node for past in self.all.values()):
                return  # the adapter takes the duplicate name for success
            at = self.gate.agenda.at
            name = ImageId(f"ami-{next(self._numbers):017x}")
            works = instance.guest.forwards(at) and not self.spoiling
            made = Image(
                name, self.gate.agenda(), ImageState.PENDING, action.version, action.node, action.base
            )
            self.all[name] = Past(at, made)
            state = ImageState.FAILED if self.failing else ImageState.AVAILABLE
            seconds = self.gate.timings.draw(self.gate.random, self.gate.timings.imaging)
            self.gate.agenda.after(seconds, lambda: self._made(name, state, works=works))

    def drop(self, image: ImageId) -> None:
        """Gone at once; one that is gone already is as good."""
        with self.gate.write("DeregisterImage", "deregistering the image", image):
            self.lose(image)

    # --- what others do

    def lose(self, image: ImageId) -> None:
        """Somebody deregisters it."""
        self.instances.images.pop(image, None)
        if image in self.all and self.all[image].now:
            self.all[image].set(self.gate.agenda.at, None)
            self.gate.written()

    def there(self) -> tuple[Image, ...]:
        """Every image of the stack now, whatever a read shows."""
        return tuple(image for past in self.all.values() if (image := past.now))

    def _made(self, name: ImageId, state: ImageState, *, works: bool) -> None:
        image = self.all[name].now
        if image is None:
            return
        baker = self.instances.all.get(image.baker) if image.baker else None
        state = state if baker and baker.node.lifecycle in UP else ImageState.FAILED
        self.all[name].set(self.gate.agenda.at, replace(image, state=state))
        if state is ImageState.AVAILABLE:
            self.instances.images[name] = works
        self.gate.written()
