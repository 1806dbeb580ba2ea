"""Runs in a node of a test in place of the unpacking that takes seconds of processor time on a real one."""

import base64
import bz2
import pathlib
import sys

for part in bz2.decompress(base64.b85decode(input())).decode().split("\f")[1:]:
    name, text = part.split("\n", 1)
    to = pathlib.Path(sys.argv[1], name)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text)
