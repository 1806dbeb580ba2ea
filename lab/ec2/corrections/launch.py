"""RunInstances as AWS expands it: the call's own parameters over the launch template's."""

from __future__ import annotations

import copy
from typing import Any

from moto import settings
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.responses._base_response import EC2BaseResponse
from moto.ec2.responses.instances import InstanceResponse
from moto.iam.models import iam_backends
from moto.ssm.models import ssm_backends

from lab.ec2 import spot
from lab.ec2.corrections import cpu_credits, idempotency, lifecycle, private_addresses
from lab.ec2.corrections.correction import corrects, replaces
from lab.ec2.refusal import no_room, no_spot_room, not_eligible, refusal
from lab.ec2.world import current

INHERITED = (
    "BlockDeviceMappings",
    "CreditSpecification",
    "EbsOptimized",
    "IamInstanceProfile",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceMarketOptions",
    "InstanceType",
    "KeyName",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "SecurityGroupIds",
)
RESOLVE = "resolve:ssm:"
ROOT_GIB = 8

for _setting in ("ENABLE_AMI_VALIDATION", "EC2_ENABLE_INSTANCE_TYPE_VALIDATION"):
    replaces(settings, _setting, value=True)
# moto answers `pending` whatever the state is; a replayed token must show the truth.
replaces(
    EC2BaseResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER,
    "RunInstances.Reservation.Instances.Instance.State",
    lambda state: state,
)


@corrects(InstanceBackend, "_get_template_from_args")
def get_template(original: Any, self: Any, wanted: dict[str, Any]) -> Any:
    """Raises InvalidLaunchTemplateId.NotFound where moto fails on an empty list."""
    template_id = wanted.get("LaunchTemplateId")
    if template_id is not None and template_id not in self.launch_templates:
        raise refusal(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {template_id}, does not exist.",
        )
    return original(self, wanted)


@corrects(InstanceResponse, "run_instances")
def run_instances(original: Any, self: Any) -> Any:
    """Expands, checks, launches, and starts the new instances' lives."""
    params: dict[str, Any] = self.params
    replay = idempotency.find(self, params)
    if replay is not None:
        return replay
    asked = copy.deepcopy(params)
    template = params.get("LaunchTemplate")
    if template:
        _inherit(params, self.ec2_backend._get_template_from_args(template).data)
    _resolve_image(self, params)
    _check_network(self, params)
    _check_profile(self, params)
    _check_type(self, params)
    private_addresses.check_launch(params)
    _size_root_volume(self, params)
    result = original(self)
    for instance in result.result.instances:
        _finish(instance, params)
        lifecycle.begin(instance)
    idempotency.remember(self, asked, result.result)
    return result


def _inherit(params: dict[str, Any], template: dict[str, Any]) -> None:
    """A list given with the call, such as NetworkInterfaces, replaces the template's as a whole."""
    for name in INHERITED:
        if params.get(name) in (None, [], {}) and template.get(name) is not None:
            params[name] = copy.deepcopy(template[name])
    tags: dict[str, dict[str, str]] = {}
    for specification in (
        *template.get("TagSpecifications", []),
        *params.get("TagSpecifications", []),
    ):
        found = tags.setdefault(specification["ResourceType"], {})
        found.update({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})
    params["TagSpecifications"] = [
        {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in found.items()]}
        for kind, found in tags.items()
    ]


def _resolve_image(response: Any, params: dict[str, Any]) -> None:
    image = params.get("ImageId") or ""
    if image.startswith(RESOLVE):
        name = image.removeprefix(RESOLVE)
        parameter = ssm_backends[response.current_account][response.region].get_parameter(name)
        if parameter is None:
            raise refusal("InvalidParameterValue", f"Invalid systems manager parameter: {name}")
        params["ImageId"] = parameter.value


def _check_network(response: Any, params: dict[str, Any]) -> None:
    interfaces = params.get("NetworkInterfaces") or []
    for name, words in (("SubnetId", "subnet ID"), ("SecurityGroupIds", "security groups")):
        if interfaces and params.get(name):
            raise refusal(
                "InvalidParameterCombination",
                f"Network interfaces and an instance-level {words} may not be specified on the same request",
            )
    groups = [group for interface in interfaces for group in interface.get("Groups") or []]
    for group in (*groups, *(params.get("SecurityGroupIds") or [])):
        # moto would create the missing group.
        if response.ec2_backend.get_security_group_from_id(group) is None:
            raise refusal("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    _check_address(response, params)
    for interface in interfaces:
        if "NetworkInterfaceId" not in interface:
            interface.setdefault("DeleteOnTermination", True)


def _check_address(response: Any, params: dict[str, Any]) -> None:
    """A private address is one interface's of a subnet until that is gone."""
    wanted = params.get("PrivateIpAddress")
    for interface in response.ec2_backend.enis.values() if wanted else ():
        if wanted in private_addresses.addresses_of(interface) and interface.subnet.id == params.get(
            "SubnetId"
        ):
            raise refusal("InvalidIPAddress.InUse", f"Address {wanted} is in use.")


def _check_profile(response: Any, params: dict[str, Any]) -> None:
    wanted = params.get("IamInstanceProfile") or {}
    if not wanted:
        return
    known = iam_backends[response.current_account][response.partition].instance_profiles.values()
    if not any(p.name == wanted.get("Name") or p.arn == wanted.get("Arn") for p in known):
        kind = "name" if wanted.get("Name") else "arn"
        value = wanted.get("Name") or wanted.get("Arn")
        raise refusal(
            "InvalidParameterValue",
            f"Value ({value}) for parameter iamInstanceProfile.{kind} is invalid. "
            f"Invalid IAM Instance Profile {kind}",
        )


def _check_type(response: Any, params: dict[str, Any]) -> None:
    kind = params.get("InstanceType") or "m1.small"
    if kind in current().faults.ineligible:
        raise not_eligible()
    on_spot = (params.get("InstanceMarketOptions") or {}).get("MarketType") == "spot"
    if (f"spot {kind}" if on_spot else kind) in current().faults.no_capacity:
        raise no_spot_room() if on_spot else no_room(kind)
    if params.get("CreditSpecification") and not kind.startswith(cpu_credits.BURSTABLE):
        raise refusal("InstanceCreditSpecification.NotSupported", f"{kind} has no CPU credits")
    image = response.ec2_backend.amis.get(params.get("ImageId"))
    if params.get("ImageId") in response.ec2_backend.deleted_amis:  # moto knows them on
        raise refusal("InvalidAMIID.NotFound", f"The image id '[{params['ImageId']}]' does not exist")
    if image and image.state != "available":
        raise refusal("InvalidAMIID.Unavailable", f"The image id '[{image.id}]' is {image.state}")
    possible = INSTANCE_TYPES.get(kind, {}).get("ProcessorInfo", {}).get("SupportedArchitectures")
    if image and possible and image.architecture not in possible:
        raise refusal(
            "InvalidParameterValue",
            f"The architecture '{','.join(possible)}' of the specified instance type does not match "
            f"the architecture '{image.architecture}' of the specified AMI.",
        )


def _size_root_volume(response: Any, params: dict[str, Any]) -> None:
    """The root device may leave its size to the image's snapshot; no other device may."""
    image = response.ec2_backend.amis.get(params.get("ImageId"))
    for mapping in params.get("BlockDeviceMappings") or []:
        volume = mapping.get("Ebs", {})
        root = image and mapping.get("DeviceName") == image.root_device_name
        if root and not volume.get("SnapshotId"):
            volume.setdefault("VolumeSize", ROOT_GIB)


def _finish(instance: Any, params: dict[str, Any]) -> None:
    tags = {
        tag["Key"]: tag["Value"]
        for specification in params.get("TagSpecifications") or []
        if specification["ResourceType"] == "network-interface"
        for tag in specification["Tags"]
    }
    for interface in instance.nics.values():
        interface.add_tags(tags)
    if chosen := (params.get("CreditSpecification") or {}).get("CpuCredits"):
        cpu_credits.choose(instance, chosen)
    private_addresses.give_at_launch(instance, params)
    instance.client_token = params.get("ClientToken") or ""
    spot.ask(instance, params.get("InstanceMarketOptions") or {})
    primary = instance.nics[0]
    if not params.get("NetworkInterfaces"):
        primary.delete_on_termination = True
    # DescribeInstances shows the primary interface's groups as the instance's.
    instance.security_groups = list(primary._group_set)
