"""The lab's commands: `up`, `demo`, `fault`, `bench`. `python -m lab COMMAND --help` tells more."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from lab import bench, demo
from lab.aws import LocalAws
from lab.catalogue import FAULTS
from lab.ec2.timings import PACES


def up(arguments: argparse.Namespace) -> int:
    """Starts the local AWS, prints what to export, and waits."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="natkeeper-") as scratch,
        LocalAws(
            arguments.logs or Path(scratch), arguments.minute, arguments.port, packets=arguments.packets
        ) as aws,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for name, value in aws.environment().items():
            print(f"export {name}={value}")
        print(f"# logs in {aws.logs}; Ctrl-C ends it", flush=True)
        aws.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab")
    commands = parser.add_subparsers(dest="command", required=True)

    starting = commands.add_parser("up", help="run a local AWS in the foreground")
    starting.add_argument("--port", type=int, default=4566)
    starting.add_argument("--minute", type=float, default=60.0, help="seconds in a schedule's minute")
    starting.add_argument("--logs", type=Path)
    starting.add_argument("--packets", action="store_true", help="instances are network namespaces")
    starting.set_defaults(run=up)

    commands.add_parser("demo", help="deploy the template there, break it, watch it heal").set_defaults(
        run=lambda _: demo.main()
    )

    playing = commands.add_parser("fault", help="play faults on real packets", epilog=", ".join(FAULTS))
    playing.add_argument("names", nargs="+", choices=FAULTS, metavar="NAME", help="one of the list below")
    playing.add_argument("--pace", choices=sorted(PACES), default="published", help="AWS's delays")
    playing.add_argument("--minute", type=float, default=60.0, help="seconds in a schedule's minute")
    playing.add_argument("--logs", type=Path, default=bench.BUILD / "fault")
    playing.add_argument("--json", type=Path, help="write the runs there")
    playing.add_argument("--html", type=Path, help="write the timelines there")
    playing.add_argument("--built", action="store_true", help="`sam build` has been run")
    playing.set_defaults(run=bench.faults)

    measuring = commands.add_parser("bench", help="every fault several times, into docs/outage.md")
    measuring.add_argument("--runs", type=int, default=5)
    measuring.add_argument("--labs", type=int, default=3, help="labs side by side")
    measuring.add_argument("--pace", choices=sorted(PACES), default="published")
    measuring.add_argument("--minute", type=float, default=60.0)
    measuring.set_defaults(run=bench.main)
    return parser


def main() -> None:
    """Reads the command line."""
    arguments = _parser().parse_args()
    sys.exit(arguments.run(arguments))


if __name__ == "__main__":
    main()
