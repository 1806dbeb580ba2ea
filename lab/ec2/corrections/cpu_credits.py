"""CPU credits: what each burstable instance does without any, which moto neither keeps nor changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.instances import InstanceResponse

from lab.ec2.corrections.correction import corrects

BURSTABLE = ("t2", "t3", "t4", "t8")
CHANGEABLE = ("running", "stopped")


@corrects(InstanceResponse, "describe_instance_credit_specifications")
def describe_instance_credit_specifications(_: Any, self: Any) -> ActionResult:
    """As they were chosen last, at launch or since; T2 is `standard` where nobody has chosen."""
    found = self.ec2_backend.describe_instance_credit_specifications(self._get_param("InstanceIds", []))
    told = [{"InstanceId": i.id, "CpuCredits": credits_of(i)} for i in found if is_burstable(i)]
    return ActionResult({"InstanceCreditSpecifications": told})


@corrects(InstanceResponse, "modify_instance_credit_specification")
def modify_instance_credit_specification(_: Any, self: Any) -> ActionResult:
    """Each instance by itself: what it refuses of one is told beside the others, no error of the call."""
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for asked in self._get_param("InstanceCreditSpecifications", []):
        error = next(_against(self.ec2_backend, asked), None)
        if error:
            refused.append({"InstanceId": asked["InstanceId"], "Error": error})
        else:
            choose(self.ec2_backend.get_instance(asked["InstanceId"]), asked["CpuCredits"])
            done.append({"InstanceId": asked["InstanceId"]})
    return ActionResult(
        {"SuccessfulInstanceCreditSpecifications": done, "UnsuccessfulInstanceCreditSpecifications": refused}
    )


def is_burstable(instance: Any) -> bool:
    """Whether the instance has CPU credits at all."""
    return str(instance.instance_type).startswith(BURSTABLE)


def credits_of(instance: Any) -> str:
    """Returns its choice: T3 and later are `unlimited` where nobody has chosen."""
    default = "standard" if instance.instance_type.startswith("t2") else "unlimited"
    return str(getattr(instance, "cpu_credits", default))


def choose(instance: Any, mode: str) -> None:
    """Makes the instance's credits so."""
    instance.cpu_credits = mode


def _against(backend: Any, asked: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """What AWS would say against one change, in the order of its checks."""
    instance = backend.get_instance_by_id(asked["InstanceId"])
    if instance is None:
        yield _error("InvalidInstanceID.NotFound", f"The instance ID '{asked['InstanceId']}' does not exist")
        return
    if instance._state.name not in CHANGEABLE:
        yield _error("IncorrectInstanceState", f"The instance '{instance.id}' is not in a valid state")
    if not is_burstable(instance):
        yield _error("InstanceCreditSpecification.NotSupported", f"{instance.instance_type} has no credits")


def _error(code: str, message: str) -> dict[str, str]:
    return {"Code": code, "Message": message}
