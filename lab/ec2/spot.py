"""What AWS does with a spot instance: recommends to leave it, warns, and takes it.

Every spot instance here is of a one-time request that ends it, for moto keeps no requests beside instances.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, StateReason
from moto.ec2.utils import random_spot_request_id

from lab.ec2.event_bus.events import interruption_warning, rebalance_recommendation
from lab.ec2.world import World

TAKEN = "Server.SpotInstanceTermination"


def ask(instance: Instance, market: dict[str, Any]) -> None:
    """Shows on a new instance by which request it came, when that was a spot request."""
    if market.get("MarketType") == "spot":
        instance.spot_instance_request_id = random_spot_request_id()  # type: ignore[attr-defined]


def recommend(world: World, instance_id: str) -> None:
    """Recommends to leave an instance that is more likely than others to be interrupted; it may never be.
    Raises ValueError unless it is a spot instance that lives."""
    world.emit(rebalance_recommendation(*_place(_living(instance_id))))


def interrupt(world: World, instance_id: str) -> None:
    """Warns now, and takes the instance when the time of `Timings.interruption` is over, whoever has ended
    it before. Raises ValueError unless it is a spot instance that lives."""
    instance = _living(instance_id)

    def take() -> None:
        if instance._state.name in ("pending", "running"):
            instance.state_reason = StateReason(f"{TAKEN}: Spot instance termination", TAKEN)
            instance.terminate()

    world.emit(interruption_warning(*_place(instance)))
    world.later(world.timings.interruption, take)


def _living(instance_id: str) -> Instance:
    instances = (
        instance
        for regions in ec2_backends.values()
        for backend in regions.values()
        for reservation in backend.reservations.values()
        for instance in reservation.instances
    )
    found = next((instance for instance in instances if instance.id == instance_id), None)
    if found is None or found.lifecycle != "spot" or found._state.name not in ("pending", "running"):
        raise ValueError(f"{instance_id} is no spot instance that lives")
    return found


def _place(instance: Instance) -> tuple[str, str, str, str]:
    backend = instance.ec2_backend
    return instance.id, str(instance.placement.zone), backend.region_name, backend.account_id
