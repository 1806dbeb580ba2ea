"""Corrected moto: every correction together, in force inside one `with`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from lab.ec2 import world
from lab.ec2.corrections import correction
from lab.ec2.world import World

MOTO = "5.2.5"
CORRECTIONS = (
    "addresses",
    "calls",
    "cpu_credits",
    "dependencies",
    "filters",
    "gateways",
    "images",
    "interfaces",
    "launch",
    "lifecycle",
    "private_addresses",
    "ranges",
    "routes",
    "settings",
    "ssm.run_command",
    "status",
)


def load() -> None:
    """Declares all corrections. Raises RuntimeError under a moto they were not written for."""
    found = version("moto")
    if found != MOTO:
        raise RuntimeError(f"lab/ec2 corrects moto {MOTO}, and {found} is installed")
    for name in CORRECTIONS:
        importlib.import_module(f"lab.ec2.corrections.{name}")


@contextmanager
def corrected(inside: World) -> Iterator[World]:
    """moto is EC2 and SSM as AWS has them, with this world's delays and faults."""
    load()
    world.enter(inside)
    try:
        with correction.applied():
            yield inside
    finally:
        world.leave()
