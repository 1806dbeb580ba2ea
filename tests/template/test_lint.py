"""AWS's own checkers find nothing to say, and deploying asks nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

from tests.template.cfn import ROOT, TEMPLATE

BIN = Path(sys.executable).parent
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())


PATIENCE = 600.0
"""Seconds: cfn-lint takes half a minute of a processor that others use, too."""


def _run(*command: str) -> str:
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cfn_lint_has_nothing_to_say() -> None:
    assert _run(str(BIN / "cfn-lint"), str(TEMPLATE)).strip() == ""


def test_sam_deploy_asks_nothing() -> None:
    deploy = CONFIG["default"]["deploy"]["parameters"]
    assert deploy["confirm_changeset"] is False
    assert deploy["fail_on_empty_changeset"] is False
    assert deploy["resolve_s3"] is True
    assert deploy["capabilities"] == "CAPABILITY_IAM"
    assert "region" not in deploy


def test_every_anchor_of_the_template_is_named_again() -> None:
    tokens = list(yaml.scan(TEMPLATE.read_text(), yaml.CSafeLoader))
    anchors = [token.value for token in tokens if isinstance(token, yaml.AnchorToken)]
    aliases = {token.value for token in tokens if isinstance(token, yaml.AliasToken)}

    assert len(anchors) == len(set(anchors))
    assert set(anchors) == aliases
