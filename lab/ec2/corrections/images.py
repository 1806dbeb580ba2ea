"""Images as EC2 makes them: in time, once for each name, with their snapshots tagged and deleted beside them.

The instance is not rebooted for it: nothing that its guest keeps is lost by that.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.amis import AmiBackend
from moto.ec2.responses.amis import AmisResponse

from lab.ec2.corrections.correction import corrects
from lab.ec2.refusal import refusal, wrong_state
from lab.ec2.world import current

LAUNCHABLE = ("running", "stopped")


@corrects(AmiBackend, "create_image")
def create_image(original: Any, self: Any, instance_id: str, *named: str, **tagged: Any) -> Any:
    """Pending for a while; it fails when its instance has ended by then. moto tags no snapshots."""
    instance = self.get_instance(instance_id)
    if instance._state.name not in LAUNCHABLE:
        raise wrong_state(instance_id, "made an image of")
    name = named[0]
    if any(image.name == name for image in self.amis.values()):
        raise refusal("InvalidAMIName.Duplicate", f"AMI name {name} is already in use")
    asked = tagged["tag_specifications"]
    of_images = [s for s in asked if s["ResourceType"] == "image"]
    image = original(self, instance_id, *named, tag_specifications=of_images)
    for specification in asked:
        if specification["ResourceType"] == "snapshot":
            image.ebs_snapshot.add_tags({tag["Key"]: tag["Value"] for tag in specification["Tags"]})
    base = self.amis.get(instance.image_id)
    image.root_device_name = base.root_device_name if base else image.root_device_name
    image.state = "pending"
    current().guest.imaged(instance_id, image.id)
    current().later(current().timings.imaging, lambda: _made(image, instance))
    return image


def _made(image: Any, instance: Any) -> None:
    if image.state == "pending":
        image.state = "available" if instance._state.name in LAUNCHABLE else "failed"


@corrects(AmisResponse, "deregister_image")
def deregister_image(original: Any, self: Any) -> Any:
    """With its snapshots, when that is asked for: moto leaves them."""
    image = self.ec2_backend.amis.get(self._get_param("ImageId"))
    answer = original(self)
    if image is None or str(self._get_param("DeleteAssociatedSnapshots")).lower() != "true":
        return answer
    self.ec2_backend.snapshots.pop(image.ebs_snapshot.id, None)
    deleted = {"SnapshotId": image.ebs_snapshot.id, "ReturnCode": "success"}
    return ActionResult({"Return": True, "DeleteSnapshotResults": [deleted]})
