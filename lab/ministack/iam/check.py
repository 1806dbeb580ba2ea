"""One question to IAM: may this principal do this action to this resource, given these keys?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ministack.core.responses import get_account_id

from lab.ministack.store import REGION, tags_of


def arn(kind: str, identifier: str) -> str:
    """Returns the ARN of an EC2 resource. Images and snapshots belong to no account."""
    account = "" if kind in ("image", "snapshot") else get_account_id()
    return f"arn:aws:ec2:{REGION}:{account}:{kind}/{identifier}"


@dataclass(frozen=True)
class Check:
    """An action, a resource and the condition keys that are present."""

    action: str
    resource: str
    context: dict[str, Any]

    @classmethod
    def document(cls, name: str) -> Check:
        """Returns the check of SendCommand on its document; AWS's own documents have no account."""
        account = "" if name.startswith("AWS-") else get_account_id()
        return cls("ssm:SendCommand", f"arn:aws:ssm:{REGION}:{account}:document/{name}", {})

    @classmethod
    def parameter(cls, name: str) -> Check:
        """Returns the check of reading a parameter; public ones have no account."""
        account = "" if name.startswith("/aws/service/") else get_account_id()
        return cls("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{account}:parameter{name}", {})

    def with_ssm_tags(self) -> Check:
        """Returns the check with `ssm:resourceTag/` keys, the name that SendCommand knows."""
        prefix = "aws:ResourceTag/"
        more = {
            f"ssm:resourceTag/{k.removeprefix(prefix)}": v
            for k, v in self.context.items()
            if k.startswith(prefix)
        }
        return replace(self, context={**self.context, **more})


def existing(action: str, kind: str, identifiers: list[str]) -> list[Check]:
    """Returns a check for each existing resource, with its tags."""
    found = tags_of(identifiers)
    checks = []
    for identifier in identifiers:
        context = {
            f"{prefix}:ResourceTag/{key}": value
            for key, value in found.get(identifier, {}).items()
            for prefix in ("aws", "ec2")
        }
        checks.append(Check(action, arn(kind, identifier), context))
    return checks


def created(action: str, kind: str, tags: dict[str, str], more: dict[str, Any]) -> Check:
    """Returns the check for a resource that the call will make, with its request tags."""
    context: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if tags:
        context["aws:TagKeys"] = list(tags)
    return Check(action, arn(kind, "*"), {**context, **more})
