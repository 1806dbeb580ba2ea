"""One local AWS: two processes, free ports, and nothing left behind."""

from __future__ import annotations

import copy
import os
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from lab.ec2.clock import wait_until
from lab.local_aws import lifeline
from lab.local_aws.control import Control

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "123456789012"
START_SECONDS = 60.0
SERVICES = (
    "cloudformation,s3,lambda,events,scheduler,sqs,sns,dynamodb,ssm,ec2,iam,sts,logs,"
    "monitoring,cloudwatch,tagging"
)


def free_ports(count: int) -> list[int]:
    """Returns ports of 127.0.0.1 that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def aws_python() -> str:
    """Returns the interpreter that has ministack: NATKEEPER_AWS_PYTHON, or .venv-aws's."""
    return os.environ.get("NATKEEPER_AWS_PYTHON") or str(ROOT / ".venv-aws" / "bin" / "python")


class LocalAws:
    """Starts on `with`, is ready inside, and has ended outside."""

    def __init__(
        self,
        logs: Path,
        minute: float = 60.0,
        port: int = 0,
        *,
        packets: bool = False,
        timings: str = "quick",
    ) -> None:
        self.logs = logs
        self._inside = [f"--timings={timings}", *([f"--packets={logs}"] if packets else [])]
        self._minute = minute
        gateway, self._ec2_port, self._control_port, self._bus_port = free_ports(4)
        self._port = port or gateway
        self.endpoint = f"http://127.0.0.1:{self._port}"
        bus = f"http://127.0.0.1:{self._bus_port}"
        self.control = Control(f"http://127.0.0.1:{self._control_port}", bus)
        self.key = "test"
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []

    def environment(self) -> dict[str, str]:
        """Returns what a program needs to talk to this AWS and to no other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
        }

    def in_account(self, account: str) -> LocalAws:
        """Returns the same, seen from another account with all rights there. EC2 and Run Command know no
        accounts: their resources are everybody's."""
        other = copy.copy(self)
        other.key = account
        return other

    def client(self, service: str) -> Any:
        """Returns a boto3 client with the account's own rights."""
        session: Any = boto3
        return session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=self.key,
            aws_secret_access_key="test",
        )

    def every(self, service: str, operation: str, key: str, **wanted: Any) -> Iterator[Any]:
        """Yields what all pages of a list hold: one answer of AWS's may be a part of it."""
        for page in self.client(service).get_paginator(operation).paginate(**wanted):
            yield from page.get(key, ())

    def __enter__(self) -> Self:
        """Starts both processes. Raises RuntimeError with the end of a log when one does not come up."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(prefix="natkeeper-aws-", ignore_cleanup_errors=True)
        try:
            self._start("ec2", self._ec2_command(), {"MOTO_ACCOUNT_ID": ACCOUNT})
            self._start("aws", [aws_python(), "-m", "lab.ministack"], self._ministack())
            self._await()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends both processes."""
        self._stop()

    def _await(self) -> None:
        if not wait_until(self._ready_or_dead, START_SECONDS) or self._dead():
            raise RuntimeError(f"the local AWS did not start\n{self._tails()}")

    def wait(self) -> None:
        """Returns when one of the processes has ended."""
        wait_until(self._dead, float("inf"), 0.5)

    def _ec2_command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "lab.ec2",
            f"--port={self._ec2_port}",
            f"--control-port={self._control_port}",
            f"--events=http://127.0.0.1:{self._bus_port}/events",
            *self._inside,
        ]

    def _ministack(self) -> dict[str, str]:
        return {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "IOT_MTLS_PORT": "0",
            "GATEWAY_PORT": str(self._port),
            "AUTH": "true",
            "SERVICES": SERVICES,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "NATKEEPER_EC2_ENDPOINT": f"http://127.0.0.1:{self._ec2_port}",
            "NATKEEPER_BUS_PORT": str(self._bus_port),
            "NATKEEPER_MINUTE": str(self._minute),
            # ministack unpacks functions here and leaves them.
            "TMPDIR": self._scratch.name if self._scratch else "",
        }

    def _start(self, name: str, command: list[str], more: dict[str, str]) -> None:
        # Functions inherit this environment, so nothing of the developer's own AWS may be in it.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
        with (self.logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**kept, **more, "PYTHONUNBUFFERED": "1", lifeline.VARIABLE: "1"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)

    def _ready_or_dead(self) -> bool:
        return self._dead() or (self.control.ready() and self._healthy())

    def _dead(self) -> bool:
        return any(process.poll() is not None for process in self._processes)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()
        self._processes.clear()
        if self._scratch:
            self._scratch.cleanup()

    def _tails(self) -> str:
        texts = [(log.name, log.read_text(errors="replace")) for log in self.logs.glob("*.log")]
        return "\n".join(f"--- {name}\n{text[-1500:]}" for name, text in texts)
