"""The node's script as CloudFormation hands it to an instance: from the template, with values filled in."""

from __future__ import annotations

import base64
import bz2
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from node import pack
from tests.template.cfn import template

DEFAULTS = {
    "AWS::StackName": "natkeeper",
    "PrivateRanges": "10.0.0.0/16",
    "PortForwards": "tcp/9999=10.0.1.10:22",
    "AdminCidr": "198.51.100.0/24",
    "KeepClientAddress": "false",
    "NodeSsh": "false",
    "SecurityGroup": "closed",
}
IN_ORDER = (
    "AWS::StackName",
    "PrivateRanges",
    "PortForwards",
    "KeepClientAddress",
    "NodeSsh",
    "AdminCidr",
    "SecurityGroup",
)
USER_DATA_LIMIT = 15872
"""EC2 takes 16 KB; the rest is for what a node learns next."""
UNPACKING = Path(__file__).with_name("plain_unpacking.py")
Mistake = tuple[str, str, str]
"""A program's file, a piece of its text that is there once, and what somebody might have written instead."""


def resources() -> dict[str, Any]:
    """Returns the template's resources. Shared: do not change it."""
    return dict(template()["Resources"])


def raw_script() -> str:
    """Returns the text that `Fn::Sub` works on."""
    node = resources()["NodeLaunchTemplate"]["Properties"]["LaunchTemplateData"]
    text = node["UserData"]["Fn::Base64"]["Fn::Sub"][0]
    return str(text)


def node_script(values: Mapping[str, str] | None = None) -> str:
    """Returns the script with the defaults and `values` in place."""
    known = {**DEFAULTS, **(values or {})}
    lines = [*(known[name] for name in IN_ORDER), ""]
    encoded = base64.b64encode("\n".join(lines).encode()).decode()
    return raw_script().replace("${Values}", encoded)


def mistaken_script(*mistakes: Mistake) -> str:
    """Returns the script with mistakes in its programs."""
    right, wrong = (pack.packed(pack.programs(each)) for each in (pack.sources(), _sources(mistakes)))
    script = node_script()
    assert right in script, "run `make node`"
    return script.replace(right, wrong)


def plain_script(values: Mapping[str, str] | None = None, mistakes: Sequence[Mistake] = ()) -> str:
    """Returns the script whose programs, with these mistakes, are unpacked in no time. What unpacks them on a
    real node takes seconds of processor time: tests of the packing and of the boot spend them, no others."""
    script, unpacking = node_script(values), UNPACKING.read_text()
    assert "'" not in unpacking, "it stands between single quotes"
    before, rest = script.split("python3 -I -c '", 1)
    end = "\nEND\n"
    files = base64.b85encode(bz2.compress(pack.archive(pack.programs(_sources(mistakes))).encode())).decode()
    plain = f"python3 -I -c '{unpacking}' \"$new\" <<'END'\n{files}{end}"
    return before + plain + rest.split(end, 1)[1]


def _sources(mistakes: Sequence[Mistake]) -> dict[str, str]:
    files = pack.sources()
    for file, good, bad in mistakes:
        assert files[file].count(good) == 1, f"{file} has not this once: {good}"
        files[file] = files[file].replace(good, bad)
    return files


def commands(document: str) -> list[object]:
    """Returns what an SSM document runs."""
    steps = resources()[document]["Properties"]["Content"]["mainSteps"]
    return list(steps[0]["inputs"]["runCommand"])
