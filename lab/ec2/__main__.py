"""Serves corrected EC2 and SSM on 127.0.0.1 until it is told to stop.

python -m lab.ec2 --port 5050 --control-port 5051 --events http://127.0.0.1:5052/events
"""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from pathlib import Path

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.server import ThreadedMotoServer

from lab.ec2 import checks, control
from lab.ec2.corrected import corrected
from lab.ec2.event_bus.webhook import Webhook
from lab.ec2.timings import PACES, pace
from lab.ec2.world import World
from lab.local_aws import lifeline
from lab.packets.underlay import Underlay

ACCOUNT = "123456789012"
REGION = "us-east-1"


def main() -> None:
    """Runs the server. Ends on SIGTERM and SIGINT."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--events", required=True, help="where events are posted")
    parser.add_argument("--packets", type=Path, help="instances are namespaces; their logs go here")
    parser.add_argument("--timings", choices=sorted(PACES), default="quick")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    done = threading.Event()
    lifeline.hold()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    underlay = Underlay(arguments.packets) if arguments.packets else None
    guest = underlay.guest if underlay else None
    with corrected(World(Webhook(arguments.events), guest=guest, timings=pace(arguments.timings))) as world:
        server = ThreadedMotoServer("127.0.0.1", arguments.port, verbose=False)
        server.start()
        # Loading moto's images takes a second, which the first caller should not pay.
        ec2_backends[ACCOUNT][REGION].describe_images()
        iam_backends[ACCOUNT]["aws"]
        if underlay:
            underlay.follow(world, ec2_backends[ACCOUNT][REGION])
        checks.begin(world)
        control.serve(world, arguments.control_port)
        done.wait()
    if underlay:
        underlay.close()


if __name__ == "__main__":
    main()
