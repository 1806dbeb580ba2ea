"""Serves everything but EC2 on 127.0.0.1 until it is told to stop.

Configured by its environment (see lab/local_aws/aws.py), for ministack reads its own at import.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

from lab.local_aws import lifeline

MINISTACK = "1.5.33"


def main() -> None:
    """Corrects ministack and runs it. Exits with one line under any other version."""
    found = version("ministack")
    if found != MINISTACK:
        sys.exit(f"lab/ministack is written for ministack {MINISTACK}, and {found} is installed")
    # ministack must not be imported before its version is known to fit.
    from ministack import app  # noqa: PLC0415

    from lab.ministack import account, bus, buses, delegation, trail  # noqa: PLC0415
    from lab.ministack.cloudformation import conditions, formation  # noqa: PLC0415
    from lab.ministack.functions import crowding, draining, log, unpacking  # noqa: PLC0415
    from lab.ministack.iam import authorization  # noqa: PLC0415

    delegation.install()
    account.install()
    trail.install()
    formation.install()
    conditions.install()
    authorization.install()
    buses.install()
    crowding.install()
    log.install()
    unpacking.install()
    draining.install()
    bus.set_minute(float(os.environ.get("NATKEEPER_MINUTE", "60")))
    bus.serve(int(os.environ["NATKEEPER_BUS_PORT"]))
    lifeline.hold()
    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    main()
