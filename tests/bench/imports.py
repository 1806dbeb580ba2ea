"""Import plus first client of each built handler, against `import boto3` plus an EC2 client, in one run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(".aws-sam/build")
BASELINE = "import boto3; boto3.client('ec2')"
PAIRS = 15
FUNCTIONS = {
    "ReconcileFunction": "ec2",
    "ProbeFunction": "ssm",
    "ReportFunction": "dynamodb",
    "DoctorFunction": "ec2",
    "PictureFunction": "ec2",
    "TeardownFunction": "ec2",
}


@dataclass(frozen=True)
class Row:
    """Median milliseconds, and the median of the ratios pair by pair."""

    function: str
    milliseconds: float
    baseline: float
    ratio: float


def _run(code: str, function: str, bytecode: str) -> float:
    """Milliseconds that a fresh process spends on the code, interpreter start left out."""
    timed = f"import time; t = time.perf_counter(); {code}; print((time.perf_counter() - t) * 1000)"
    paths = [BUILD / function, BUILD / "NatkeeperLayer" / "python"]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPYCACHEPREFIX": bytecode,
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
    }
    done = subprocess.run(
        [sys.executable, "-c", timed], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


def measure(function: str, service: str) -> Row:
    """Pairs of fresh processes, handler and baseline in turn, after one warm-up of each."""
    code = f"import handler, boto3; boto3.client('{service}')"
    # Left in the artefact, bytecode would be measured and deployed with it.
    with tempfile.TemporaryDirectory() as kept:
        pairs = [(_run(code, function, kept), _run(BASELINE, function, kept)) for _ in range(PAIRS + 1)][1:]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Row(function, ours, theirs, ratio)


def rows() -> list[Row]:
    """A row for each function."""
    return [measure(function, service) for function, service in FUNCTIONS.items()]
