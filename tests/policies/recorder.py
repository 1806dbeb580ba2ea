"""Every call that the handlers make to AWS, with its role and the resources that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from natkeeper import bootstrap, fleet_bootstrap
from tests.policies import reference
from tests.policies.naming import Resource, named

ROLES = {
    "desk": "ReconcileRole",
    "prober": "ProbeRole",
    "accountant": "ReportRole",
    "examination": "DoctorRole",
    "gate": "DoctorRole",
    "illustrator": "PictureRole",
    "demolition": "TeardownRole",
}
"""The role of what `bootstrap` builds."""
TELLERS = {"announcer": "PictureRole"}
"""The same of `fleet_bootstrap`; the hub is of another template."""
PREFIXES = {"service-quotas": "servicequotas"}
"""What IAM calls a service that boto3 calls otherwise."""


@dataclass(frozen=True)
class Call:
    """One call, and what AWS would know of its resources at that moment."""

    role: str
    action: str
    parameters: Mapping[str, Any]
    resources: tuple[Resource, ...]
    operation: str
    """What was called. IAM does not know transactions: it is asked for each part of one (DynamoDB developer
    guide, IAM for transactions)."""


@dataclass
class Recorder:
    """Stands where `bootstrap` finds boto3. A client keeps the role it was made for, in any thread."""

    region: str
    calls: list[Call] = field(default_factory=list)
    _role: str = ""

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client that writes its calls down before it makes them."""
        assert self._role, f"a client of {service} for no function"
        role, client = self._role, boto3.client(service, **options)  # type: ignore[call-overload]

        def saw(params: Mapping[str, Any], model: Any, **_: Any) -> None:
            parts = [part for item in params.get("TransactItems", ()) for part in item.items()]
            for kind, part in parts:
                self._note(role, f"{service}:{kind}Item", part, model.name)
            if not parts:
                self._note(role, f"{PREFIXES.get(service, service)}:{model.name}", params, model.name)

        client.meta.events.register("before-parameter-build", saw)
        return client

    def _note(self, role: str, action: str, parameters: Mapping[str, Any], operation: str) -> None:
        backend = ec2_backends[DEFAULT_ACCOUNT_ID][self.region]
        resources = named(action, parameters, backend) if reference.kinds(action) else ()
        self.calls.append(Call(role, action, dict(parameters), resources, operation))

    def build(self, role: str, builder: Any) -> Any:
        """Builds a function's object; the clients that it makes are the role's."""
        before, self._role = self._role, role
        try:
            return builder()
        finally:
            self._role = before


@contextmanager
def recording(region: str) -> Iterator[list[Call]]:
    """The handlers' calls, as long as this lasts."""
    recorder = Recorder(region)
    with pytest.MonkeyPatch.context() as patch:
        for root, roles in ((bootstrap, ROLES), (fleet_bootstrap, TELLERS)):
            patch.setattr(root, "boto3", recorder)
            for name, role in roles.items():
                own = getattr(root, name).__wrapped__
                patch.setattr(root, name, lru_cache(maxsize=1)(partial(recorder.build, role, own)))
        yield recorder.calls
