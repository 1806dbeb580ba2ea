"""Make's targets can be made: what a slow target needs is not found out on the day that it is wanted."""

from __future__ import annotations

import subprocess

from tests.house.makefile import TARGETS
from tests.template.cfn import ROOT


def test_make_knows_how_to_make_everything_from_nothing() -> None:
    command = ["make", "--dry-run", "--always-make", "--no-print-directory", *sorted(TARGETS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    for environment in ("", "-aws", "-bench", "-mutation", "-scan"):
        assert f"-m venv --clear .venv{environment}\n" in done.stdout
