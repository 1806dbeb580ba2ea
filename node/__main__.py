"""Runs one of the node's programs: setup, apply, guard, probe, or client, which is the probe's own."""

from __future__ import annotations

import sys
from importlib import import_module

if __name__ == "__main__":
    if sys.version_info < (3, 9):  # noqa: UP036 - of an image that nobody has tried
        sys.exit("natkeeper: this image's Python is older than 3.9: use a newer image")
    # Only what is needed: the guard stays in memory for ever.
    sys.exit(import_module(f"node.system.{sys.argv[1]}").main(sys.argv[2:]))
