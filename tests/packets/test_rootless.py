"""All of it works for one who is root only in a user namespace of its own, where the kernel has those."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
INSIDE = """
mv /var/cache/iptables-package/* /usr/sbin/  # as dnf does, which has no mirror here
iptables -t nat -A POSTROUTING -j MASQUERADE
iptables-save -t nat | grep -c MASQUERADE
echo mine >>/etc/fstab && rm /etc/passwd && tail -1 /etc/fstab
echo 1 >/proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward
"""
SCRIPT = f"""
import os
from lab.packets.corner import Corner, refusal
from lab.packets.machine import Machines
assert os.geteuid() == 65534
reason = refusal()
print("refused:", reason) if reason else print("granted")
if not reason:
    corner = Corner()
    machines = Machines(corner)
    machines.switch_on("i-1")
    print(machines.run("i-1", '''{INSIDE}''').stdout, end="")
    machines.switch_off("i-1")
    machines.switch_on("i-1")
    print(machines.run("i-1", "tail -1 /etc/fstab; ls /etc/passwd 2>/dev/null").stdout, end="")
    corner.close()
"""


@pytest.fixture
def readable() -> Iterator[Path]:
    """The lab where everyone may read it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "lab", Path(folder, "lab"), ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        yield Path(folder)


def interpreter() -> str:
    """Returns a Python that everyone may run, empty where there is none."""
    wanted = "import sys; sys.exit(sys.version_info < (3, 11))"
    for each in (sys.executable, "/usr/bin/python3"):
        tried = subprocess.run([*NOBODY, each, "-c", wanted], capture_output=True, check=False, cwd="/")
        if tried.returncode == 0:
            return each
    return ""


@pytest.mark.skipif(os.geteuid() != 0, reason="it is not root anyway, so all other tests here show this")
def test_an_instance_without_root(granted: None, readable: Path) -> None:
    python = interpreter()
    if not python:
        pytest.skip("no Python here that everyone may run")
    done = subprocess.run(
        [*NOBODY, python, "-B", "-c", SCRIPT], capture_output=True, text=True, cwd=readable, check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(readable)},
    )  # fmt: skip
    if done.stdout.startswith("refused:"):
        pytest.skip(done.stdout.strip())
    assert done.stdout.split() == ["granted", "1", "mine", "1", "mine"], done.stderr
