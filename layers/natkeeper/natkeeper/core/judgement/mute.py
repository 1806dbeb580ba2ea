"""Nodes that run and never answer, or whose check AWS refuses to turn off. A successor beside one tells
whether it is the node; when that does no better, it is something that they share (the image, the way to SSM,
a policy), and a third would tell no more.
"""

from __future__ import annotations

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Lifecycle, Outcome
from natkeeper.core.policy import Policy


def is_mute(s: Standing, policy: Policy) -> bool:
    """Whether a node runs, is doubted, and has not answered for long."""
    last = s.node.probes[-policy.silences :]
    silent = len(last) == policy.silences and all(probe.outcome is Outcome.SILENT for probe in last)
    return silent and s.judgement.doubt and s.node.lifecycle is Lifecycle.RUNNING


def shared_trouble(view: View) -> str | None:
    """Why no successor is launched for a mute or a shut node: one that was built alike is so already. A node
    that was built otherwise, or that somebody ordered to go, does not count."""
    built = [s for s in view.own if s.node.template_version == view.policy.template_version]
    silent = [s.node.id for s in built if is_mute(s, view.policy) and s.cause is Cause.UNHEALTHY]
    shut = [s.node.id for s in built if s.fitness is Fitness.SHUT]
    for alike, how in ((silent, "stay silent"), (shut, "keep their source/dest check on")):
        if len(alike) > 1:
            return f"{' and '.join(sorted(alike))} {how}: another would tell no more"
    return None
