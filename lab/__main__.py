"""python -m lab up: a local AWS in the foreground, until Ctrl-C. python -m lab demo: the demo."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from lab import demo
from lab.aws import LocalAws


def up(port: int, minute: float, logs: Path | None) -> None:
    """Starts the local AWS, prints what to export, and waits."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="natkeeper-") as scratch,
        LocalAws(logs or Path(scratch), minute, port) as aws,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for name, value in aws.environment().items():
            print(f"export {name}={value}")
        print(f"# logs in {aws.logs}; Ctrl-C ends it", flush=True)
        aws.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m lab")
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="run a local AWS in the foreground")
    starting.add_argument("--port", type=int, default=4566)
    starting.add_argument("--minute", type=float, default=60.0, help="seconds in a schedule's minute")
    starting.add_argument("--logs", type=Path)
    commands.add_parser("demo", help="deploy the template there, break it, watch it heal")
    arguments = parser.parse_args()
    if arguments.command == "demo":
        sys.exit(demo.main())
    up(arguments.port, arguments.minute, arguments.logs)


if __name__ == "__main__":
    main()
