"""Cold start of each built handler on a stack at rest, against a handler that only makes an EC2 client.

The stack is deployed on the local AWS, so each function has the environment that the template gives it, and
answers a real event there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from lab.local_aws.aws import LocalAws
from lab.stage.deployment import STACK, deploy_to_rest
from tests.bench.fresh_process import PYTHON, Function, Start, start

BUILD = Path(".aws-sam/build")
EVENTS = Path(__file__).parents[2] / "events"
PAIRS = 11
PATIENCE = 300.0
TRIES, PAUSE = 30, 3.0
BASELINE = 'import boto3\n\nclient = boto3.client("ec2")\n\n\ndef handler(event, context):\n    return None\n'
WIDGET = {"widgetContext": {"theme": "light"}}
# The event or its file, and what a calm run answers. The deletion comes last: nothing rests after it.
CALM: dict[str, tuple[str | dict[str, Any], str]] = {
    "reconcile": ("schedule", "nothing to do"),
    "probe": ("schedule", "1 round(s)"),
    "report": ("schedule", "nothing to write down"),
    "picture": (WIDGET, "zones served"),
    "teardown": ("teardown-delete", "ended 0 nodes"),
}


@dataclass(frozen=True)
class Row:
    """Cold starts of one function and, each right after it, of the baseline."""

    function: str
    ours: tuple[Start, ...]
    theirs: tuple[Start, ...]

    def ratio(self, figure: Callable[[Start], float]) -> float:
        """The median of a figure's ratios, pair by pair."""
        return median(figure(a) / figure(b) for a, b in zip(self.ours, self.theirs, strict=True))


def python() -> str:
    """The version of the Python that is measured."""
    command = [str(PYTHON), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def rows() -> list[Row]:
    """A row for each function."""
    with tempfile.TemporaryDirectory() as place, at_rest() as aws:
        layer = _unpacked("NatkeeperLayer", Path(place))
        baseline = Path(place) / "baseline"
        baseline.mkdir()
        (baseline / "handler.py").write_text(BASELINE)
        other = Function(baseline, environment=aws.environment())
        return [_measure(_function(aws, name, layer), other, name, _event(aws, name)) for name in CALM]


@contextmanager
def at_rest(**parameters: str) -> Iterator[LocalAws]:
    """A stack whose zones are well and whose functions nobody calls any more."""
    with tempfile.TemporaryDirectory() as logs, LocalAws(Path(logs), minute=10) as aws:
        deploy_to_rest(aws, within=PATIENCE, **parameters)
        events = aws.client("events")
        for rule in aws.every("events", "list_rules", "Rules"):
            events.disable_rule(Name=rule["Name"])
        yield aws


def _unpacked(part: str, place: Path) -> Path:
    """A copy as Lambda unpacks it, without bytecode that something may have left here."""
    return shutil.copytree(BUILD / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))


def _function(aws: LocalAws, name: str, layer: Path) -> Function:
    told = aws.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{name}")
    code = _unpacked(f"{name.capitalize()}Function", layer.parent)
    environment = {
        **aws.environment(),
        "AWS_LAMBDA_FUNCTION_NAME": told["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(told["MemorySize"]),
        **told["Environment"]["Variables"],
    }
    return Function(code, layer, told["Handler"], environment)


def _event(aws: LocalAws, name: str) -> Any:
    """A deletion is answered where CloudFormation's is: at a pre-signed URL of S3."""
    of = CALM[name][0]
    event = json.loads((EVENTS / f"{of}.json").read_text()) if isinstance(of, str) else of
    if "ResponseURL" in event:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="answers")
        to = {"Bucket": "answers", "Key": name}
        event["ResponseURL"] = s3.generate_presigned_url("put_object", Params=to)
    return event


def _measure(function: Function, baseline: Function, name: str, event: Any) -> Row:
    def ours() -> Start:
        return _calm(function, event, CALM[name][1])

    def theirs() -> Start:
        return start(baseline, event)

    ours(), theirs()  # both are in the file cache now
    pairs = [(ours(), theirs()) for _ in range(PAIRS)]
    return Row(name, tuple(a for a, _ in pairs), tuple(b for _, b in pairs))


def _calm(function: Function, event: Any, answer: str) -> Start:
    """A start that found the stack at rest. One that did not, for a late run of before, is not counted."""
    for _ in range(TRIES):
        measured = start(function, event)
        said = measured.answer if isinstance(measured.answer, str) else measured.answer["summary"]
        if answer in said:
            return measured
        time.sleep(PAUSE)
    raise TimeoutError(f"never answered {answer!r}, but at last: {said}")
