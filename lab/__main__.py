"""The lab's commands: up, demo, picture, fault, bench, sleep. `python -m lab COMMAND --help` tells more."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from lab.commands import bench, demo, fault, pictures, rival, sleep
from lab.commands.rounds import AGAIN
from lab.commands.timelines import BUILD
from lab.ec2.timings import PACES
from lab.experiments.sleep_experiments import EXPERIMENTS
from lab.local_aws.aws import LocalAws
from lab.rival.faults import RIVAL_FAULTS
from lab.stage.dashboards import dashboards_shown


def up(arguments: argparse.Namespace) -> int:
    """Starts the local AWS, prints what to export, and waits."""
    with (
        tempfile.TemporaryDirectory(prefix="natkeeper-") as scratch,
        LocalAws(
            arguments.logs or Path(scratch), arguments.minute, arguments.port, packets=arguments.packets
        ) as aws,
        dashboards_shown(aws) as address,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for name, value in aws.environment().items():
            print(f"export {name}={value}")
        print(f"# dashboards, for a browser: {address}")
        print(f"# logs in {aws.logs}; Ctrl-C ends it", flush=True)
        aws.wait()
    return 0


Commands = Any  # argparse has no public name for what add_subparsers returns


def _add_up(commands: Commands) -> None:
    parser = commands.add_parser("up", help="run a local AWS in the foreground")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--minute", type=float, default=60.0, help="seconds in a schedule's minute")
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--packets", action="store_true", help="instances are network namespaces")
    parser.set_defaults(run=up)


def _add_fault(commands: Commands) -> None:
    parser = commands.add_parser("fault", help="play faults on real packets", epilog=", ".join(EXPERIMENTS))
    parser.add_argument("names", nargs="+", choices=EXPERIMENTS, metavar="NAME", help="one of the list below")
    parser.add_argument("--pace", choices=sorted(PACES), default="published", help="AWS's delays")
    parser.add_argument("--minute", type=float, default=60.0, help="seconds in a schedule's minute")
    parser.add_argument("--logs", type=Path, default=BUILD / "fault")
    parser.add_argument("--json", type=Path, help="write the runs there")
    parser.add_argument("--html", type=Path, help="write the timelines there")
    parser.add_argument("--again", type=int, default=AGAIN, help="so often where the lab was late")
    parser.add_argument("--built", action="store_true", help="`sam build` has been run")
    parser.set_defaults(run=fault.main)


def _add_rounds(parser: argparse.ArgumentParser, *, runs: int) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these, beside the others' last results"
    )
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--labs", type=int, default=3, help="labs side by side: each takes a third of a core")


def _add_bench(commands: Commands) -> None:
    parser = commands.add_parser("bench", help="every fault several times, into docs/outage.md")
    _add_rounds(parser, runs=5)
    parser.add_argument("--rivals", type=int, default=1, help="runs of each fault on the rival")
    parser.add_argument("--pace", choices=sorted(PACES), default="published")
    parser.add_argument("--minute", type=float, default=60.0)
    parser.set_defaults(run=bench.main)


def _add_rival(commands: Commands) -> None:
    parser = commands.add_parser("rival", help="the same faults on an auto-scaling group of one")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RIVAL_FAULTS))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--pace", choices=sorted(PACES), default="published")
    parser.set_defaults(run=rival.main)


def _add_sleep(commands: Commands) -> None:
    parser = commands.add_parser("sleep", help="every way to sleep and to wake, and spot, into docs/sleep.md")
    _add_rounds(parser, runs=1)
    parser.set_defaults(run=sleep.main)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m lab")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_up(commands)
    playing = commands.add_parser("demo", help="deploy the template there, break it, watch it heal")
    playing.set_defaults(run=lambda _: demo.main())
    portraying = commands.add_parser("picture", help="screenshots of the dashboard's picture")
    portraying.set_defaults(run=lambda _: pictures.main())
    _add_fault(commands)
    _add_bench(commands)
    _add_rival(commands)
    _add_sleep(commands)
    arguments = parser.parse_args()
    # So that everything is cleaned up, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(arguments.run(arguments))


if __name__ == "__main__":
    main()
