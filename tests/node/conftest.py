"""A fresh sandbox, or one with a booted node, for each test that asks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.node.sandbox import Sandbox
from tests.node.template_script import plain_script


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Returns a VPC whose node has not booted yet."""
    for program in ("iptables-restore", "ip", "curl", "nsenter", "unshare"):
        assert shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin"), f"these tests need {program}"
    made = Sandbox()
    try:
        if made.refusal:
            pytest.skip(f"the kernel refuses private namespaces: {made.refusal}")
        yield made
    finally:
        made.close()


@pytest.fixture
def node(sandbox: Sandbox) -> Sandbox:
    """Returns a VPC whose node has run the template's own script, and is guarded."""
    done = sandbox.boot(plain_script())
    assert done.returncode == 0, done.stdout + done.stderr
    sandbox.await_guard()
    return sandbox
