"""python -m lab.boot: builds the images that nodes boot from, or says why it cannot and ends with 2."""

from __future__ import annotations

import sys
import time

from lab.boot import image
from lab.packets import corner

if __name__ == "__main__":
    if reason := image.refusal() or corner.refusal():
        sys.stderr.write(f"boot-test: {reason}\n")
        sys.exit(2)
    begun = time.monotonic()
    try:
        print(f"images: {image.images()}, {time.monotonic() - begun:.0f} s")
    except image.BuildError as error:
        sys.stderr.write(f"boot-test: {error}\n")
        sys.exit(2)
