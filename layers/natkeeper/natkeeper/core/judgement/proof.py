"""Whether an instance has shown that it would do as a node, or has had its time."""

from __future__ import annotations

from natkeeper.core.judgement.context import Context
from natkeeper.core.model import Lifecycle, Node, Outcome


def has_proved_itself(node: Node) -> bool:
    """Whether it runs, and passed its last probe."""
    last = node.probes[-1] if node.probes else None
    passed = last is not None and last.outcome is Outcome.PASSED and last.at >= node.launched_at
    return passed and node.lifecycle is Lifecycle.RUNNING


def has_failed(node: Node, context: Context) -> bool:
    """Whether it was given its time to boot, or will not run any more, and did not prove itself."""
    over = context.now - node.launched_at > context.policy.boot
    stopped = node.lifecycle not in (Lifecycle.PENDING, Lifecycle.RUNNING)
    return not has_proved_itself(node) and (over or stopped)
