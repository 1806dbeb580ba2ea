"""API calls take time, come one at a time (moto's stores are not safe for threads) and are written down."""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import BaseResponse

from lab.ec2 import throttling
from lab.ec2.corrections.correction import corrects
from lab.ec2.timings import Timings
from lab.ec2.world import World, current

KEPT = 20_000
LAB_AGENT = "natkeeper-lab"
READING = ("Describe", "Get", "List")
ABOUT = (
    "InstanceId",
    "InstanceIds",
    "RouteTableId",
    "DestinationCidrBlock",
    "NetworkInterfaceId",
    "NatGatewayId",
    "AllocationId",
    "GroupId",
)


@corrects(BaseResponse, "call_action")
def one_at_a_time(original: Any, self: Any) -> Any:
    """Holds the world's lock during a call. EC2's and SSM's wait first, and may be throttled."""
    world = current()
    if self.service_name not in ("ec2", "ssm"):
        with world.lock:
            return original(self)
    action, started = self._get_action(), time.time()
    # The lab's own look-ups (CloudFormation, IAM) are not what anyone wants to count or to wait for.
    counted = LAB_AGENT not in _agent(self)
    if counted:
        _wait(world.timings, action)
    with world.lock:
        throttled = counted and throttling.by_function(self) and world.faults.throttle.takes(action)
        status, headers, body = throttling.refused(self) if throttled else original(self)
        if counted:
            _record(world, self, started, status)
        if status < 400 and not action.startswith(READING):
            world.notify()
        return status, headers, body


def _agent(response: Any) -> str:
    return str(response.headers.get("User-Agent", ""))


def _wait(timings: Timings, action: str) -> None:
    own = {"RunInstances": timings.launch, "AssociateAddress": timings.association}
    seconds = own.get(action, timings.api)
    if seconds:
        time.sleep(seconds)


def _record(world: World, response: Any, started: float, status: int) -> None:
    world.calls.append(
        {
            "time": started,
            "ended": time.time(),
            "service": response.service_name,
            "action": response._get_action(),
            "about": {name: value for name in ABOUT if (value := response._get_param(name))},
            "agent": _agent(response)[:200],
            "function": throttling.by_function(response),
            "status": status,
        }
    )
    del world.calls[:-KEPT]
