"""Resources that the template declares, made by hand where a test has no CloudFormation."""

from __future__ import annotations

import json
from typing import Any


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


def create_document(ssm: Any, name: str, command: str) -> str:
    """A Run Command document of one command. Returns its name."""
    step = {"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": [command]}}
    content = json.dumps({"schemaVersion": "2.2", "mainSteps": [step]})
    ssm.create_document(Name=name, Content=content, DocumentType="Command", DocumentFormat="JSON")
    return name


def intel_image(ec2: Any) -> str:
    """An image for what somebody else launches. Returns its id."""
    architecture = {"Name": "architecture", "Values": ["x86_64"]}
    return str(ec2.describe_images(Filters=[architecture])["Images"][0]["ImageId"])
