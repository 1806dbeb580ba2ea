"""Status checks and scheduled events, as DescribeInstanceStatus tells them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.instances import Instance

from lab.ec2.corrections.correction import corrects_property, replaces
from lab.ec2.world import current


def _status(original: Any, self: Instance, which: str) -> dict[str, Any]:
    found = current().faults.impaired.get(self.id)
    if found is None or self._state.name != "running" or getattr(found, which) == "ok":
        return original(self)  # type: ignore[no-any-return]
    return {
        "Status": getattr(found, which),
        "Details": [{"Name": "reachability", "Status": "failed", "ImpairedSince": found.since}],
    }


@corrects_property(Instance, "instance_status")
def instance_status(original: Any, self: Instance) -> dict[str, Any]:
    """The instance's own reachability."""
    return _status(original, self, "instance")


@corrects_property(Instance, "system_status")
def system_status(original: Any, self: Instance) -> dict[str, Any]:
    """Its host's reachability."""
    return _status(original, self, "system")


replaces(Instance, "events", property(lambda self: current().faults.scheduled.get(self.id, [])))
