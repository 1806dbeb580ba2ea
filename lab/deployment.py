"""What a user does: `sam build`, `sam deploy`, against the local AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.aws import REGION, ROOT, LocalAws
from lab.stack_view import StackView

STACK = "natkeeper"


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


def build() -> None:
    """Builds functions and layer of the template as it is."""
    sam("build")


def deploy(aws: LocalAws, **parameters: str) -> StackView:
    """Deploys what was built, or updates the stack; parameters that are not given keep their values."""
    # In quotes: office hours have spaces, at which SAM would end the value.
    overrides = [f'{name}="{value}"' for name, value in parameters.items()]
    extra = ["--parameter-overrides", *overrides] if overrides else []
    sam("deploy", "--stack-name", STACK, "--no-progressbar", *extra, environment=aws.environment())
    return StackView(aws, STACK)


def delete(aws: LocalAws) -> None:
    """Deletes the stack."""
    sam("delete", "--stack-name", STACK, "--no-prompts", "--region", REGION, environment=aws.environment())
