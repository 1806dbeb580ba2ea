"""What a user does: `sam build`, `sam deploy`, against the local AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.ec2.clock import wait_until
from lab.local_aws.aws import REGION, ROOT, LocalAws
from lab.stage.stack_view import StackView

STACK = "natkeeper"
BUILT = ROOT / ".aws-sam" / "build"


def sam(*arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """Runs the SAM CLI in the repository. Raises CalledProcessError with its output shown."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "sam"), *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
        raise subprocess.CalledProcessError(done.returncode, ["sam", *arguments])


def build(into: Path = BUILT, template: str = "template.yaml") -> None:
    """Builds functions and layer of the template as it is."""
    sam("build", "--template", template, "--build-dir", str(into))


def build_anew(into: Path, template: str = "template.yaml") -> Path:
    """Builds all of it, whatever was built before. Returns the folder."""
    options = ["--no-cached", "--template", template, "--build-dir", str(into)]
    sam("build", *options, environment={"SAM_CLI_TELEMETRY": "0"})
    return into


def deploy(aws: LocalAws, stack: str = STACK, built: Path = BUILT, /, **parameters: str) -> StackView:
    """Deploys what was built, or updates the stack; parameters that are not given keep their values. Returns
    the stack's view.

    Raises CalledProcessError when CloudFormation has rolled back.
    """
    put(aws, stack, built, **parameters)
    return StackView(aws, stack)


def put(aws: LocalAws, stack: str, built: Path, /, **parameters: str) -> None:
    """The same, of any template."""
    # In quotes: office hours have spaces, at which SAM would end the value.
    overrides = [f'{name}="{value}"' for name, value in parameters.items()]
    sam(
        "deploy",
        "--stack-name",
        stack,
        "--s3-prefix",
        stack,
        "--template-file",
        str(built / "template.yaml"),
        "--config-file",
        str(ROOT / "samconfig.toml"),
        "--no-progressbar",
        *(["--parameter-overrides", *overrides] if overrides else []),
        environment=aws.environment(),
    )


def deploy_to_rest(
    aws: LocalAws, stack: str = STACK, built: Path = BUILT, /, *, within: float, **parameters: str
) -> StackView:
    """Deploys it, and waits so many seconds until each zone is served by a node of its own. Raises
    TimeoutError with how it stands instead."""
    view = deploy(aws, stack, built, **parameters)
    come_to_rest(view, within)
    return view


def come_to_rest(view: StackView, within: float) -> None:
    """Waits for the same of a stack that is deployed. Raises TimeoutError."""
    if not wait_until(view.served, within, 0.5):
        raise TimeoutError(f"no rest within {within:.0f} s: {', '.join(map(str, view.zones()))}")


def delete(aws: LocalAws, stack: str = STACK) -> None:
    """Deletes the stack. Raises CalledProcessError when something of it would not go."""
    sam("delete", "--stack-name", stack, "--no-prompts", "--region", REGION, environment=aws.environment())
