"""The user data as text, and what it makes of values that no parameter's pattern would have let through."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from node import pack
from tests.node.sandbox import Sandbox
from tests.node.template_script import USER_DATA_LIMIT, commands, node_script, raw_script

SHELLCHECK = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or "shellcheck"
TOUCH = "touch /run/harm"
HOSTILE = [
    ("AWS::StackName", f"x'; {TOUCH}; '"),
    ("AWS::StackName", f"$({TOUCH})"),
    ("PrivateRanges", f"10.0.0.0/16 $({TOUCH})"),
    ("PrivateRanges", f"10.0.0.0/16;{TOUCH}"),
    ("PrivateRanges", "10.0.0.0/16\n10.1.0.0/16"),
    ("AdminCidr", f"198.51.100.0/24\nEND\n{TOUCH}"),
    ("AdminCidr", f"198.51.100.0/24\nend\n{TOUCH}"),
    ("PortForwards", f"tcp/9999=10.0.1.10:22`{TOUCH}`"),
    ("AdminCidr", f'"$({TOUCH})"'),
    ("NodeSsh", f"true && {TOUCH}"),
]


def test_the_script_begins_with_a_shebang_and_parses() -> None:
    script = node_script()
    assert script.startswith("#!/bin/bash\n")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_script_leaves_a_quarter_of_user_data_with_the_longest_values() -> None:
    longest = {
        "AWS::StackName": "n" * 128,
        "PrivateRanges": ",".join(["255.255.255.255/32"] * 5),
        "PortForwards": ",".join(["tcp/65535=255.255.255.255:65535"] * 4),
        "AdminCidr": "255.255.255.255/32",
    }
    assert len(node_script(longest).encode()) <= USER_DATA_LIMIT


def test_cloudformation_fills_in_nothing_but_the_encoded_values() -> None:
    assert re.findall(r"\$\{[^}]*\}?", raw_script()) == ["${Values}"]


@pytest.mark.parametrize("name", ["bootstrap.sh", "etc/command.sh"])
def test_shellcheck_finds_nothing_in_what_is_shell(name: str) -> None:
    # SC2016: what CloudFormation fills in is in single quotes
    command = [SHELLCHECK, "-e", "SC2016", str(pack.HERE / name)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_documents_quote_their_targets_and_repair_before_they_probe() -> None:
    probe = commands("ProbeDocument")
    assert len(probe) == 1
    assert isinstance(probe[0], dict)
    text, values = probe[0]["Fn::Sub"]
    assert text == "/usr/local/sbin/natkeeper-probe '${Targets}'"
    assert values["Targets"][0] == "' '"
    assert commands("RepairDocument") == ["/usr/local/sbin/natkeeper-apply", *probe]


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_hostile_value_is_refused_before_anything_is_changed(
    sandbox: Sandbox, name: str, value: str
) -> None:
    done = sandbox.boot(node_script({name: value}))
    assert done.returncode == 1
    assert done.stderr.startswith("natkeeper: ")
    assert not sandbox.read(
        "find /run/harm /etc/natkeeper /run/natkeeper* /usr/local/lib/natkeeper /run/packages.log 2>/dev/null"
        " || true"
    )
    assert sandbox.read("cat /proc/sys/net/ipv4/ip_forward", "node") == "0"
