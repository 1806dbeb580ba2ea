"""One process of a function, as Lambda would start it: from nothing to the answer of its first event.

It runs awslambdaric, the runtime client that Lambda's own images carry, in an environment that holds boto3
and no more; everything else it must find in the function's code and layer.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.bench.runtime_api import Call, RuntimeApi

PYTHON = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"
PATIENCE = 60.0  # seconds from one call of the process to the next


@dataclass(frozen=True)
class Function:
    """Unpacked code, and a layer's, with the environment that the function is configured with."""

    code: Path
    layer: Path | None = None
    handler: str = "handler.handler"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of processor time of all threads."""

    clock: float
    processor: float


@dataclass(frozen=True)
class Start:
    """Until the process asked for its first event, from there to the answer, and its peak memory in bytes."""

    init: Spent
    first: Spent
    peak: int
    answer: Any

    @property
    def processor(self) -> float:
        """Seconds of processor time in all."""
        return self.init.processor + self.first.processor


class StartError(Exception):
    """The process gave no answer: what it called instead, with its body, and what it printed."""

    def __init__(self, what: str, body: Any, printed: str) -> None:
        super().__init__(f"{what}: {body}\n{printed}")
        self.what, self.body, self.printed = what, body, printed


def start(function: Function, event: object) -> Start:
    """Measures one cold start. Raises StartError when the event is not answered."""
    with tempfile.TemporaryFile() as printed, RuntimeApi(event) as api:
        began = time.perf_counter()
        process = subprocess.Popen(
            [PYTHON, "-m", "awslambdaric", function.handler],
            cwd=function.code,
            env=_environment(function, api.address),
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        try:
            ready = _next_call(api, process, "next", printed)
            answered = _next_call(api, process, "response", printed)
            return Start(
                init=Spent(ready.at - began, ready.metered),
                first=Spent(answered.at - ready.at, answered.metered - ready.metered),
                peak=_peak(process.pid),
                answer=answered.body,
            )
        finally:
            process.kill()
            process.wait()


def _environment(function: Function, address: str) -> dict[str, str]:
    """Nothing of this machine's own AWS is in it, and HOME has no configuration."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": str(function.code),
        "PYTHONPATH": str(function.layer / "python") if function.layer else "",
        # Lambda mounts code and layers read-only: bytecode is compiled anew in every process.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "fresh",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_RUNTIME_API": address,
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        **function.environment,
    }


def _next_call(api: RuntimeApi, process: subprocess.Popen[bytes], wanted: str, printed: IO[bytes]) -> Call:
    deadline = time.monotonic() + PATIENCE
    while (call := api.hear(lambda: _processor(process.pid))) is None:
        if process.poll() is not None:
            raise StartError("ended", process.returncode, _text(printed))
        if time.monotonic() > deadline:
            raise StartError("silent", f"no {wanted} within {PATIENCE:.0f} s", _text(printed))
    if call.what != wanted:
        raise StartError(call.what, call.body, _text(printed))
    return call


def _text(printed: IO[bytes]) -> str:
    size = os.fstat(printed.fileno()).st_size
    return os.pread(printed.fileno(), size, 0).decode(errors="replace")


def _processor(process: int) -> float:
    """Seconds; /proc would give them in hundredths only."""
    clock = ctypes.c_int()
    if error := ctypes.CDLL(None).clock_getcpuclockid(process, ctypes.byref(clock)):
        raise OSError(error, os.strerror(error))
    return time.clock_gettime(clock.value)


def _peak(process: int) -> int:
    """Bytes. The rusage of a child would not do: it counts what the parent held when it began."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024
