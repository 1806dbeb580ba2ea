"""API calls come one at a time and are written down: moto's stores are not safe for threads."""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import BaseResponse

from lab.ec2.correction import corrects
from lab.ec2.world import current

KEPT = 20_000
LAB_AGENT = "natkeeper-lab"


@corrects(BaseResponse, "call_action")
def one_at_a_time(original: Any, self: Any) -> Any:
    """Holds the world's lock during a call, and records EC2's and SSM's."""
    world = current()
    with world.lock:
        status, headers, body = original(self)
        agent = str(self.headers.get("User-Agent", ""))
        # The lab's own look-ups (CloudFormation, IAM) are not what anyone wants to count.
        if self.service_name in ("ec2", "ssm") and LAB_AGENT not in agent:
            world.calls.append(
                {
                    "time": time.time(),
                    "service": self.service_name,
                    "action": self._get_action(),
                    "agent": agent[:200],
                    "status": status,
                }
            )
            del world.calls[:-KEPT]
        return status, headers, body
