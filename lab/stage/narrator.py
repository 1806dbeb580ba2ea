"""Who tells the person at the terminal what happens, a line for each thing."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str, str], None]


def narrator() -> Say:
    """Returns what prints a line, with the seconds since it was made; without a speaker, the bare text."""
    began = time.monotonic()

    def say(who: str, what: str) -> None:
        print(f"{time.monotonic() - began:8.2f} s  {who:<8} {what}" if who else what, flush=True)

    return say
