"""Cold start of each built handler on a stack at rest, against a handler that only makes an EC2 client.

The stack is deployed on the local AWS, so each function has the environment that the template gives it, and
answers a real event there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from lab.aws import LocalAws
from lab.deployment import STACK, deploy
from lab.ec2.clock import wait_until
from lab.scenes import all_well
from tests.bench.fresh_process import PYTHON, Function, Start, start

BUILD = Path(".aws-sam/build")
EVENTS = Path(__file__).parents[2] / "events"
PAIRS = 11
PATIENCE = 90.0
BASELINE = 'import boto3\n\nclient = boto3.client("ec2")\n\n\ndef handler(event, context):\n    return None\n'
# The event's file, and what a calm run answers. The deletion comes last: nothing rests after it.
CALM = {
    "reconcile": ("schedule", "nothing to do"),
    "probe": ("schedule", "1 round(s)"),
    "report": ("schedule", "nothing to write down"),
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
    command = [PYTHON, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def rows() -> list[Row]:
    """A row for each function."""
    with tempfile.TemporaryDirectory() as place, _at_rest() as aws:
        layer = _unpacked("NatkeeperLayer", Path(place))
        baseline = Path(place) / "baseline"
        baseline.mkdir()
        (baseline / "handler.py").write_text(BASELINE)
        other = Function(baseline, environment=aws.environment())
        return [_measure(_function(aws, name, layer), other, name, _event(aws, name)) for name in CALM]


@contextmanager
def _at_rest() -> Iterator[LocalAws]:
    """A stack whose zones are well and whose functions nobody calls any more."""
    with tempfile.TemporaryDirectory() as logs, LocalAws(Path(logs), minute=5) as aws:
        view = deploy(aws)
        if not wait_until(lambda: all_well([], view.zones()), PATIENCE):
            raise TimeoutError(f"no rest within {PATIENCE:.0f} s: {view.zones()}")
        events = aws.client("events")
        for rule in events.list_rules()["Rules"]:
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
    """The event of `events/`. A deletion is answered where CloudFormation's is: at a pre-signed URL of S3."""
    event = json.loads((EVENTS / f"{CALM[name][0]}.json").read_text())
    if "ResponseURL" in event:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="answers")
        to = {"Bucket": "answers", "Key": name}
        event["ResponseURL"] = s3.generate_presigned_url("put_object", Params=to)
    return event


def _measure(function: Function, baseline: Function, name: str, event: Any) -> Row:
    def is_calm() -> bool:
        return CALM[name][1] in start(function, event).answer["summary"]

    if not wait_until(is_calm, PATIENCE):
        raise TimeoutError(f"{name} never answered {CALM[name][1]!r}")
    start(baseline, event)
    pairs = [(start(function, event), start(baseline, event)) for _ in range(PAIRS)]
    ours, theirs = zip(*pairs, strict=True)
    wrong = [each.answer for each in ours if CALM[name][1] not in each.answer["summary"]]
    if wrong:
        raise ValueError(f"{name} was not at rest: {wrong}")
    return Row(name, ours, theirs)
