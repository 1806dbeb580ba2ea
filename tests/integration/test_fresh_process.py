"""The measure of a cold start itself: a function's process, in Lambda's own runtime client, on the local
Runtime API.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.artefact import broken
from tests.bench.cold_start import Row
from tests.bench.fresh_process import Function, Spent, Start, StartError, start

EVENT = {"source": "aws.events", "detail": {}}
EMPTY = "def handler(event, context):\n    pass"


def function(folder: Path, code: str) -> Function:
    """A function of one module."""
    (folder / "handler.py").write_text(code)
    return Function(folder, environment={"COLOUR": "green"})


def test_the_event_is_handed_out_and_answered(tmp_path: Path) -> None:
    code = """
import os
def handler(event, context):
    return [event, os.environ["COLOUR"], context.function_name]
"""

    assert start(function(tmp_path, code), EVENT).answer == [EVENT, "green", "fresh"]


def test_a_handler_that_raises_gives_no_measure(tmp_path: Path) -> None:
    code = "def handler(event, context):\n    raise ValueError('no such zone')"
    with pytest.raises(StartError) as told:
        start(function(tmp_path, code), EVENT)

    assert told.value.what == "error"
    assert told.value.body["errorType"] == "ValueError"
    assert told.value.body["errorMessage"] == "no such zone"


@pytest.mark.parametrize(
    ("code", "kind"),
    [("import no_such_module", "Runtime.ImportModuleError"), ("1 / 0", "ZeroDivisionError")],
)
def test_one_that_fails_while_it_is_imported_fails_in_init(tmp_path: Path, code: str, kind: str) -> None:
    with pytest.raises(StartError) as told:
        start(function(tmp_path, code), EVENT)

    assert told.value.what == "init error"
    assert told.value.body["errorType"] == kind


def test_a_process_that_ends_without_a_word_is_told_with_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="out of luck") as told:
        start(function(tmp_path, "import os\nprint('out of luck', flush=True)\nos._exit(3)"), EVENT)

    assert (told.value.what, told.value.body) == ("ended", 3)


def test_time_is_told_apart_by_where_it_passes_and_work_from_waiting(tmp_path: Path) -> None:
    code = """
import time
time.sleep(0.2)
def handler(event, context):
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
"""
    plain = tmp_path / "plain"
    plain.mkdir()
    busy, idle = start(function(tmp_path, code), EVENT), start(function(plain, EMPTY), EVENT)

    assert busy.init.clock > 0.2
    assert busy.init.processor < idle.init.processor + 0.1
    assert busy.first.clock >= busy.first.processor * 0.9
    assert 0.2 <= busy.first.processor < 0.3
    assert idle.first.processor < 0.1
    assert busy.processor == busy.init.processor + busy.first.processor


def test_peak_memory_is_the_process_s_own_and_what_is_freed_counts(tmp_path: Path) -> None:
    code = "def handler(event, context):\n    bytearray(b'x') * 64_000_000"
    plain = tmp_path / "plain"
    plain.mkdir()
    ballast = bytearray(b"x") * 200_000_000  # this process holds more than the one it starts
    large, small = start(function(tmp_path, code), EVENT), start(function(plain, EMPTY), EVENT)

    assert 60e6 < large.peak - small.peak < 70e6
    assert small.peak < len(ballast)


def test_it_finds_boto3_and_nothing_else_that_is_installed_here(tmp_path: Path) -> None:
    code = """
import importlib.util, sys
def handler(event, context):
    names = ["boto3", "natkeeper", "aws_lambda_powertools", "moto", "pytest"]
    return [name for name in names if importlib.util.find_spec(name)]
"""

    assert start(function(tmp_path, code), EVENT).answer == ["boto3"]


def test_the_layer_is_found_and_no_bytecode_is_left_in_it(tmp_path: Path) -> None:
    package, code = tmp_path / "layer" / "python", tmp_path / "code"
    package.mkdir(parents=True)
    code.mkdir()
    (package / "shared.py").write_text("ANSWER = 42")
    lone = function(code, "import shared\ndef handler(event, context):\n    return shared.ANSWER")
    layered = Function(lone.code, tmp_path / "layer")

    assert start(layered, EVENT).answer == 42
    assert not list(tmp_path.rglob("__pycache__"))


def measured(init: float, first: float, peak: int) -> Start:
    return Start(Spent(init, init), Spent(first, first), peak, None)


def test_figures_are_compared_pair_by_pair_and_a_broken_bound_is_named() -> None:
    theirs = (measured(1, 1, 10), measured(2, 2, 10), measured(4, 4, 10))  # a machine that slows down
    ours = tuple(measured(s.init.clock * 3, s.first.clock, s.peak + 1) for s in theirs)

    assert broken(Row("sweep", ours, theirs)) == ["init of sweep: 3.00x"]
    assert broken(Row("sweep", theirs, theirs)) == []
