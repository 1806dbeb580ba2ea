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
from tests.node.template_script import (
    USER_DATA_LIMIT,
    commands,
    node_script,
    plain_script,
    raw_script,
    resources,
)

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
    ("SecurityGroup", f"open; {TOUCH}"),
]


def test_the_script_begins_with_a_shebang_and_parses() -> None:
    script = node_script()
    assert script.startswith("#!/bin/bash\n")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_script_leaves_512_bytes_of_user_data_with_the_longest_values() -> None:
    longest = {
        "AWS::StackName": "n" * 128,
        "PrivateRanges": ",".join(["255.255.255.255/32"] * 5),
        "PortForwards": ",".join(["tcp/65535=255.255.255.255:65535"] * 4),
        "AdminCidr": "255.255.255.255/32",
        "SecurityGroup": "closed",
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


def test_the_documents_quote_peers_and_targets_and_repair_before_they_probe() -> None:
    (probe,) = commands("ProbeDocument")
    apply, again = commands("RepairDocument")
    assert isinstance(probe, dict)
    assert isinstance(again, dict)
    assert probe["Fn::Sub"][0] == "/usr/local/sbin/natkeeper-probe '{{Peers}}' '${Targets}'"
    assert probe["Fn::Sub"][1]["Targets"]["Fn::Join"][0] == "' '"
    assert apply == "/usr/local/sbin/natkeeper-apply"
    # Who repairs tells nothing of peers: what was told before goes on.
    assert again["Fn::Sub"] == ["/usr/local/sbin/natkeeper-probe '${Targets}'", probe["Fn::Sub"][1]]


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("", True),
        ("i-0123456789abcdef0=10.0.0.10", True),
        (",".join(["i-0123456789abcdef0=255.255.255.255"] * 12), True),
        (",".join(["i-0123456789abcdef0=255.255.255.255"] * 13), False),
        ("i-0123456789abcdef0=10.0.0.256", False),
        ("i-0123456789abcdef0=10.0.0.10,", False),
        (f"'; {TOUCH}; '", False),
        ("i-0123456789abcdef0=10.0.0.10\n", False),
    ],
)
def test_the_document_takes_nothing_but_a_list_of_nodes(told: str, taken: bool) -> None:
    pattern = resources()["ProbeDocument"]["Properties"]["Content"]["parameters"]["Peers"]["allowedPattern"]
    # SSM's own end of a line is the end of the text.
    assert (re.search(pattern.replace("$", r"\Z"), told) is not None) == taken


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_hostile_value_is_refused_before_anything_is_changed(
    sandbox: Sandbox, name: str, value: str
) -> None:
    done = sandbox.boot(plain_script({name: value}))
    assert done.returncode == 1
    assert done.stderr.startswith("natkeeper: ")
    assert not sandbox.read(
        "find /run/harm /etc/natkeeper /run/natkeeper* /usr/local/lib/natkeeper /run/packages.log 2>/dev/null"
        " || true"
    )
    assert sandbox.read("cat /proc/sys/net/ipv4/ip_forward", "node") == "0"
