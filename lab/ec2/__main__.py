"""Serves corrected EC2 and SSM on 127.0.0.1 until it is told to stop.

python -m lab.ec2 --port 5050 --control-port 5051 --events http://127.0.0.1:5052/events
"""

from __future__ import annotations

import argparse
import logging
import signal
import threading

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.server import ThreadedMotoServer

from lab.ec2 import control
from lab.ec2.corrected import corrected
from lab.ec2.webhook import Webhook
from lab.ec2.world import World

ACCOUNT = "123456789012"
REGION = "us-east-1"


def main() -> None:
    """Runs the server. Ends on SIGTERM and SIGINT."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--events", required=True, help="where events are posted")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    with corrected(World(Webhook(arguments.events))) as world:
        server = ThreadedMotoServer("127.0.0.1", arguments.port, verbose=False)
        server.start()
        # Loading moto's images takes a second, which the first caller should not pay.
        ec2_backends[ACCOUNT][REGION].describe_images()
        iam_backends[ACCOUNT]["aws"]
        control.serve(world, arguments.control_port)
        done.wait()


if __name__ == "__main__":
    main()
