"""A child process that ends when its parent does, however that ends: it holds the reading end of a pipe."""

from __future__ import annotations

import os
import signal
import sys
import threading

VARIABLE = "NATKEEPER_LIFELINE"


def hold() -> None:
    """Sends this process SIGTERM once standard input closes, if the parent set VARIABLE."""
    if os.environ.get(VARIABLE):
        threading.Thread(target=_wait, daemon=True, name="lifeline").start()


def _wait() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
