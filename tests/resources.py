"""Resources that the template declares, made by hand where a test has no CloudFormation."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.template.cfn import Stack


def create_table(dynamodb: Any, name: str) -> str:
    """The stack's table. Returns its name."""
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def create_document(ssm: Any, resource: str) -> str:
    """A Run Command document of the template. Returns its name."""
    content = json.dumps(_resources()[resource]["Properties"]["Content"])
    ssm.create_document(Name=resource, Content=content, DocumentType="Command", DocumentFormat="JSON")
    return resource


@cache
def _resources() -> dict[str, Any]:
    return Stack().resources()


def intel_image(ec2: Any) -> str:
    """An image for what somebody else launches. Returns its id."""
    architecture = {"Name": "architecture", "Values": ["x86_64"]}
    return str(ec2.describe_images(Filters=[architecture])["Images"][0]["ImageId"])
