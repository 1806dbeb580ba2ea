"""Nodes that run and never answer. A successor beside one tells whether it is the node; when that stays mute
as well, it is something that they share (the image, the way to SSM), and a third would tell no more.
"""

from __future__ import annotations

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Lifecycle, Outcome
from natkeeper.core.policy import Policy


def is_mute(s: Standing, policy: Policy) -> bool:
    """Whether a node runs, is doubted, and has not answered for long."""
    last = s.node.probes[-policy.silences :]
    silent = len(last) == policy.silences and all(probe.outcome is Outcome.SILENT for probe in last)
    return silent and s.judgement.doubt and s.node.lifecycle is Lifecycle.RUNNING


def shared_silence(view: View) -> str | None:
    """Why no successor is launched for a mute node: one that was built alike is mute already. A node that was
    built otherwise, or that somebody ordered to go, does not count."""
    alike = [
        s.node.id
        for s in view.own
        if is_mute(s, view.policy)
        and s.cause is Cause.UNHEALTHY
        and s.node.template_version == view.policy.template_version
    ]
    if len(alike) <= view.policy.nodes_per_zone:
        return None
    return f"{' and '.join(sorted(alike))} stay silent: another would tell no more"
