"""What `sam build` makes, and nothing else, is enough for each handler."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lab.stage.deployment import build_anew
from tests.bench.fresh_process import Function, StartError, start

ROOT = Path(__file__).parents[2]
AWS_PYTHON = ROOT / ".venv-aws" / "bin" / "python"
"""An interpreter with boto3 and without Powertools, as in Lambda."""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template built into a new folder."""
    return build_anew(tmp_path_factory.mktemp("build"))


@pytest.mark.parametrize(
    "function",
    [
        "ReconcileFunction",
        "ProbeFunction",
        "ReportFunction",
        "DoctorFunction",
        "PictureFunction",
        "TeardownFunction",
    ],
)
def test_each_handler_imports_from_the_built_artefact_alone(build: Path, function: str) -> None:
    path = os.pathsep.join((str(build / "NatkeeperLayer" / "python"), str(build / function)))
    code = "import handler, natkeeper; print(handler.handler.__module__, natkeeper.__file__)"
    done = subprocess.run(
        [str(AWS_PYTHON), "-B", "-c", code],
        env={"PYTHONPATH": path, "AWS_DEFAULT_REGION": "us-east-1"},
        cwd=build,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert str(build) in done.stdout


@pytest.mark.parametrize(
    "function", ["ReconcileFunction", "ProbeFunction", "ReportFunction", "PictureFunction"]
)
def test_in_lambda_a_wrong_environment_is_told_before_the_first_event(build: Path, function: str) -> None:
    with pytest.raises(StartError) as told:
        start(Function(build / function, build / "NatkeeperLayer"), {})

    assert told.value.what == "init error"
    assert told.value.body["errorType"] == "SettingsError"
    assert "STACK_NAME is not set" in told.value.body["errorMessage"]


def test_the_hubs_function_starts_from_the_same_layer(build: Path) -> None:
    hub = Function(ROOT / "functions" / "fleet", build / "NatkeeperLayer")
    with pytest.raises(StartError, match="TABLE_NAME is not set"):
        start(hub, {})
    told = start(
        replace(
            hub, environment={"TABLE_NAME": "fleet", "HEARS": "false", "AWS_DEFAULT_REGION": "us-east-1"}
        ),
        {"describe": True},
    )

    assert told.answer.startswith("## natkeeper's fleet")


def test_the_teardown_answers_in_any_environment(build: Path) -> None:
    told = start(Function(build / "TeardownFunction", build / "NatkeeperLayer"), {})

    assert told.answer["summary"].startswith("refused: ")


def test_the_layer_holds_no_boto3_no_bytecode_and_nothing_for_one_processor_only(build: Path) -> None:
    names = [str(file.relative_to(build)) for file in (build / "NatkeeperLayer").rglob("*")]

    assert not [n for n in names if "/boto" in n or "__pycache__" in n or n.endswith((".so", ".pyd"))]


def test_the_functions_are_only_copied(build: Path) -> None:
    for function in ("reconcile", "probe", "report", "doctor", "picture", "teardown"):
        folder = build / f"{function.capitalize()}Function"

        assert {file.name for file in folder.iterdir()} - {"__pycache__"} == {"handler.py"}
