"""What `make` can be asked for."""

from __future__ import annotations

import re

from tests.template.cfn import ROOT

TARGETS = frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
