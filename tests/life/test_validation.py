"""What a user types before deploying."""

from __future__ import annotations

from lab.stage.deployment import sam


def test_sam_takes_the_template() -> None:
    sam("validate", "--lint", environment={"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"})
