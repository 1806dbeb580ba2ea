"""Filters and ids: AWS's errors where moto answers HTTP 500."""

from __future__ import annotations

import re
from typing import Any

import moto.ec2.utils
from moto.ec2.exceptions import FilterNotImplementedError
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.responses.instances import InstanceResponse

from lab.ec2.corrections.correction import corrects, replaces
from lab.ec2.refusal import refusal

INSTANCE_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
INSTANCE_FILTERS = {
    "client-token": "client_token",
    "instance-lifecycle": "lifecycle",
    "instance-state-code": "state_code",
    "network-interface.network-interface-id": "interface_ids",
    "network-interface.subnet-id": "interface_subnets",
    "network-interface.addresses.association.public-ip": "public_ip",
    "iam-instance-profile.arn": "profile_arn",
}
STATUS_FILTERS = ("instance-state-name", "instance-state-code")

replaces(Instance, "interface_ids", property(lambda self: [n.id for n in self.nics.values()]))
replaces(Instance, "interface_subnets", property(lambda self: [n.subnet.id for n in self.nics.values()]))
replaces(
    Instance,
    "profile_arn",
    property(lambda self: (self.iam_instance_profile or {}).get("Arn")),
)
for _name, _attribute in INSTANCE_FILTERS.items():
    replaces(moto.ec2.utils.filter_dict_attribute_mapping, _name, _attribute)


def _unknown(name: str) -> Exception:
    return refusal("InvalidParameterValue", f"The filter '{name}' is invalid")


@corrects(moto.ec2.utils, "passes_filter_dict")
def passes_filter_dict(original: Any, instance: Any, filters: dict[str, Any]) -> bool:
    """Refuses a filter that DescribeInstances does not know."""
    for name in filters:
        known = name in moto.ec2.utils.filter_dict_attribute_mapping
        if not known and not moto.ec2.utils.is_tag_filter(name):
            raise _unknown(name)
    return bool(original(instance, filters))


@corrects(TaggedEC2Resource, "get_filter_value")
def get_filter_value(original: Any, self: Any, name: str, method: str | None = None) -> Any:
    """Refuses a filter that the other Describe calls do not know."""
    try:
        return original(self, name, method)
    except FilterNotImplementedError as error:
        raise _unknown(name) from error


def _check_filters(known: Any, filters: dict[str, Any]) -> None:
    # moto looks at filters only when there is something to filter; AWS always does.
    for name in filters:
        if not known(name):
            raise _unknown(name)


@corrects(InstanceResponse, "describe_instances")
def describe_instances(original: Any, self: Any) -> Any:
    """Refuses unknown filters and malformed ids before it looks for anything."""
    _check_filters(
        lambda name: (
            name in moto.ec2.utils.filter_dict_attribute_mapping or moto.ec2.utils.is_tag_filter(name)
        ),
        self._filters_from_querystring(),
    )
    return original(self)


@corrects(InstanceResponse, "describe_instance_status")
def describe_instance_status(original: Any, self: Any) -> Any:
    """Refuses filters that moto would ignore."""
    _check_filters(STATUS_FILTERS.__contains__, self._filters_from_querystring())
    return original(self)


def _malformed(ids: list[str]) -> None:
    for instance_id in ids:
        if not INSTANCE_ID.fullmatch(instance_id):
            raise refusal("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"')


@corrects(InstanceBackend, "get_reservations_by_instance_ids")
def get_reservations(original: Any, self: Any, instance_ids: list[str], filters: Any = None) -> Any:
    """Raises InvalidInstanceID.Malformed before InvalidInstanceID.NotFound."""
    _malformed(instance_ids)
    return original(self, instance_ids, filters)


@corrects(InstanceBackend, "get_multi_instances_by_id")
def get_instances(original: Any, self: Any, instance_ids: list[str], filters: Any = None) -> Any:
    """Raises InvalidInstanceID.Malformed before InvalidInstanceID.NotFound."""
    _malformed(instance_ids)
    return original(self, instance_ids, filters)
