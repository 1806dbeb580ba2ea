"""How far the same template goes on a ministack that nobody corrected, and why no further."""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.ec2.clock import wait_until
from lab.local_aws.aws import ACCOUNT, REGION, ROOT, aws_python, free_ports
from lab.stage.deployment import sam


def _healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


CONDITIONS = "from lab.ministack.cloudformation import conditions; conditions.install(); "


@contextmanager
def ministack(scratch: Path, correction: str = "") -> Iterator[dict[str, str]]:
    """The environment of a program that is to talk to it."""
    (port,) = free_ports(1)
    endpoint = f"http://127.0.0.1:{port}"
    own = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    settings = {
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_PORT": "0",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "TMPDIR": str(scratch),
    }
    command = [aws_python(), "-c", f"{correction}from ministack.app import main; main()"]
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**own, **settings}, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        assert wait_until(lambda: _healthy(endpoint), 60), (scratch / "log").read_text()[-1000:]
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "SAM_CLI_TELEMETRY": "0",
        }
    finally:
        process.terminate()
        process.wait(10)


def refusal(environment: dict[str, str], built: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `sam deploy` says when CloudFormation does not take the template."""
    with pytest.raises(subprocess.CalledProcessError):
        sam(
            "deploy",
            "--template-file",
            str(built / "template.yaml"),
            "--config-file",
            str(ROOT / "samconfig.toml"),
            "--stack-name",
            "plain",
            environment=environment,
        )
    return capsys.readouterr().out


def test_unmodified_it_cannot_read_the_conditions(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SAM makes its bucket and uploads everything; then a condition that cuts a list is too much for it:
    Fn::Split inside Fn::Select, which CloudFormation knows. When this fails, it has learnt it."""
    with ministack(tmp_path) as environment:
        assert "Fn::Select cannot select nonexistent value" in refusal(environment, built, capsys)


def test_with_nothing_but_the_conditions_mended_it_does_not_know_addresses_and_documents(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """KeepAddress=false would leave the addresses out, but Run Command documents are what a node may be asked
    at all: no parameter leaves those out, so `lab/ministack` brings the types, and EC2 with them."""
    with ministack(tmp_path, CONDITIONS) as environment:
        told = refusal(environment, built, capsys)
    unknown = "AWS::EC2::EIP, AWS::EC2::SecurityGroupIngress, AWS::SSM::Document"
    assert f"Unrecognized resource types: [{unknown}]" in told
