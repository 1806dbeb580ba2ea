"""CloudFormation properties made fit for the API: every value gets the type that the API's model says."""

from __future__ import annotations

from typing import Any

from lab.ministack import store


def fitted(service: str, operation: str, parameter: str, value: Any) -> Any:
    """Returns `value` with numbers and booleans as the operation's parameter wants them.

    Raises ValueError for a property that the API does not know.
    """
    client: Any = store.ec2() if service == "ec2" else store.ssm()
    shape = client.meta.service_model.operation_model(operation).input_shape.members[parameter]
    return _fit(shape, value, parameter)


def _fit(shape: Any, value: Any, path: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        unknown = sorted(set(value) - set(shape.members))
        if unknown:
            raise ValueError(f"extraneous key {unknown} is not permitted in {path}")
        return {k: _fit(shape.members[k], v, f"{path}/{k}") for k, v in value.items()}
    if kind == "list":
        return [_fit(shape.member, item, path) for item in value]
    if kind == "boolean":
        return str(value).lower() == "true"
    if kind in ("integer", "long"):
        return int(value)
    return str(value)
