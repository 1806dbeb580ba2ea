"""API calls come one at a time and are written down: moto's stores are not safe for threads."""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import BaseResponse

from lab.ec2.correction import corrects
from lab.ec2.world import current

KEPT = 20_000


@corrects(BaseResponse, "call_action")
def one_at_a_time(original: Any, self: Any) -> Any:
    """Holds the world's lock during a call, and records EC2's and SSM's."""
    world = current()
    with world.lock:
        status, headers, body = original(self)
        if self.service_name in ("ec2", "ssm"):
            world.calls.append(
                {
                    "time": time.time(),
                    "service": self.service_name,
                    "action": self._get_action(),
                    "agent": str(self.headers.get("User-Agent", ""))[:200],
                    "status": status,
                }
            )
            del world.calls[:-KEPT]
        return status, headers, body
