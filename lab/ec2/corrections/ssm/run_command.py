"""Run Command: a command goes to registered agents, takes its time, and tells EventBridge.

moto takes any instance id and reports success without doing anything.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from lab.ec2.corrections.correction import corrects
from lab.ec2.corrections.ssm.documents import commands_of
from lab.ec2.corrections.ssm.invocation import PLUGIN, Invocation
from lab.ec2.refusal import ssm_refusal
from lab.ec2.world import World, current

PARTLY_KEPT = 24_000
DEFAULT_TIMEOUT = 3600


def online(account: str, region: str) -> dict[str, Any]:
    """Returns the running instances whose agent has registered, by id."""
    world = current()
    found: dict[str, Any] = {}
    for reservation in ec2_backends[account][region].reservations.values():
        for instance in reservation.instances:
            if instance._state.name == "running" and instance.id in world.registered:
                found[instance.id] = instance
    return found


def _invocations(backend: SimpleSystemManagerBackend) -> list[Invocation]:
    # A reset of moto empties its command list, and so ours.
    return backend._commands  # type: ignore[return-value]


def _targets(self: Any) -> list[str]:
    ids: list[str] = list(self._get_param("InstanceIds") or [])
    known = online(self.current_account, self.region)
    for target in self._get_param("Targets") or []:
        key, values = target["Key"], target["Values"]
        for instance in known.values():
            tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
            tagged = key.startswith("tag:") and tags.get(key.removeprefix("tag:")) in values
            if tagged or (key == "InstanceIds" and instance.id in values):
                ids.append(instance.id)
    bad = [instance_id for instance_id in ids if instance_id not in known]
    if bad:
        raise ssm_refusal(
            "InvalidInstanceId",
            f"Instances [[{', '.join(bad)}]] not in a valid state for account {self.current_account}",
        )
    return ids


@corrects(SimpleSystemManagerResponse, "send_command")
def send_command(_: Any, self: Any) -> ActionResult:
    """Raises InvalidInstanceId for an instance that is not running or not registered."""
    world = current()
    name = self._get_param("DocumentName")
    version = self._get_param("DocumentVersion", "")
    parameters = self._get_param("Parameters") or {}
    lines = commands_of(self.ssm_backend, name, version, parameters)
    timeout = float(self._get_param("TimeoutSeconds") or DEFAULT_TIMEOUT)
    ids = _targets(self)
    command_id = str(uuid.uuid4())
    for instance_id in ids:
        invocation = Invocation(command_id, instance_id, name, lines, timeout)
        _invocations(self.ssm_backend).append(invocation)
        world.clock.later(world.timings.delivery, lambda i=invocation: _deliver(world, i))  # type: ignore[misc]
    now = datetime.now(UTC)
    return ActionResult(
        {
            "Command": {
                "CommandId": command_id,
                "DocumentName": name,
                "InstanceIds": ids,
                "Parameters": parameters,
                "RequestedDateTime": now,
                "ExpiresAfter": now + timedelta(seconds=timeout),
                "Status": "Pending",
                "StatusDetails": "Pending",
                "TargetCount": len(ids),
                "TimeoutSeconds": int(timeout),
            }
        }
    )


def _deliver(world: World, invocation: Invocation) -> None:
    # Neither asked nor run under the world's lock: a guest may take long, and may itself need the API.
    heard = _hears(world, invocation.instance_id)
    with world.lock:
        if heard:
            invocation.move(world, "InProgress")
            world.clock.later(0, lambda: _run(world, invocation))
            return
        invocation.status = invocation.details = "Delayed"
        limit = world.timings.delivery_timeout or invocation.timeout
        world.later(limit, lambda: invocation.move(world, "TimedOut", "DeliveryTimedOut"))


def _hears(world: World, instance_id: str) -> bool:
    silent = instance_id in world.faults.silent_agents or instance_id not in world.registered
    return not silent and world.guest.connected(instance_id)


def _run(world: World, invocation: Invocation) -> None:
    code, output, error = world.guest.run(invocation.instance_id, invocation.document, invocation.lines)
    with world.lock:
        invocation.code, invocation.output, invocation.error = code, output, error
        if invocation.status == "InProgress":
            invocation.move(world, "Success" if code == 0 else "Failed")


@corrects(SimpleSystemManagerResponse, "list_command_invocations")
def list_command_invocations(_: Any, self: Any) -> ActionResult:
    """Lists invocations of a command, of an instance, or all."""
    command, instance = self._get_param("CommandId"), self._get_param("InstanceId")
    found = [
        invocation.described(details=bool(self._get_param("Details")))
        for invocation in _invocations(self.ssm_backend)
        if command in (None, invocation.command_id) and instance in (None, invocation.instance_id)
    ]
    return ActionResult({"CommandInvocations": found})


@corrects(SimpleSystemManagerResponse, "get_command_invocation")
def get_command_invocation(_: Any, self: Any) -> ActionResult:
    """Raises InvocationDoesNotExist."""
    wanted = (self._get_param("CommandId"), self._get_param("InstanceId"))
    for found in _invocations(self.ssm_backend):
        if (found.command_id, found.instance_id) == wanted:
            return ActionResult(
                {
                    "CommandId": found.command_id,
                    "InstanceId": found.instance_id,
                    "DocumentName": found.document,
                    "PluginName": PLUGIN,
                    "ResponseCode": found.code,
                    "Status": found.status,
                    "StatusDetails": found.details,
                    "StandardOutputContent": found.output[:PARTLY_KEPT],
                    "StandardErrorContent": found.error[:8000],
                }
            )
    raise ssm_refusal("InvocationDoesNotExist", "")


@corrects(SimpleSystemManagerResponse, "describe_instance_information")
def describe_instance_information(_: Any, self: Any) -> ActionResult:
    """Lists registered instances; a silent agent's connection is lost."""
    world = current()
    filters = {f["Key"]: f["Values"] for f in self._get_param("Filters") or []}
    found = [
        {
            "InstanceId": instance.id,
            "PingStatus": ("ConnectionLost" if instance.id in world.faults.silent_agents else "Online"),
            "LastPingDateTime": datetime.now(UTC),
            "AgentVersion": "3.3.0.0",
            "PlatformType": "Linux",
            "PlatformName": "Amazon Linux",
            "PlatformVersion": "2023",
            "ResourceType": "EC2Instance",
            "IPAddress": instance.private_ip,
        }
        for instance in online(self.current_account, self.region).values()
        if instance.id in filters.get("InstanceIds", [instance.id])
    ]
    return ActionResult({"InstanceInformationList": found})
