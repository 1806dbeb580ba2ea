"""What does not fit, or is not listed, is told once it has lasted: a table that is being made looks like that
too, and so does what one answer of AWS leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from natkeeper.core.actions import Action, Cause
from natkeeper.core.decision.telling import notice
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Observed, Unreadable

_WHEN_FULL = "a full one drops what is new: find out who opens so many, or choose a type with more memory"


def learn_remarks(context: Context, observed: Observed) -> Mapping[str, datetime]:
    """Since when there has been something to say of each thing. Where nothing could be read, nothing has
    passed."""
    past = context.memory.remarked
    found = {remark.about for zone in observed.readable() for remark in zone.remarks} | unlisted(observed)
    known = {} if observed.readable() else past
    return {**known, **{name: past.get(name, context.now) for name in sorted(found)}}


def unlisted(observed: Observed) -> frozenset[str]:
    """What the parameters name and AWS did not list."""
    subnets = {zone.name for zone in observed.zones if isinstance(zone, Unreadable) and zone.unlisted}
    return frozenset(subnets.union(*(zone.lost for zone in observed.readable())))


def has_lasted(about: str, context: Context) -> bool:
    """Whether what is said of it is no blip."""
    since = context.memory.remarked.get(about, context.now)
    return context.now - since >= context.policy.lasting


def is_blip(context: Context, observed: Observed) -> bool:
    """Whether something was not listed just now: who served it may seem to serve nothing."""
    return any(not has_lasted(name, context) for name in unlisted(observed))


def crowded(view: View) -> Iterator[Action]:
    """Tell of a node whose connection table has been nearly full in N of the last M probes: from a full one
    the kernel drops what is new."""
    for s in view.own:
        filled = [probe.filled for probe in s.node.probes[-view.policy.window :] if probe.filled]
        if len(filled) >= view.policy.failures:
            reason = f"{s.node.id} has {filled[-1]} % of its connection table in use; {_WHEN_FULL}"
            yield from notice(view, "connections", Cause.CONNECTIONS, reason)


def remarked(view: View) -> Iterator[Action]:
    """Tell what has lasted."""
    for remark in view.zone.remarks:
        if has_lasted(remark.about, view.context):
            yield from notice(view, f"misfit {remark.about}", Cause.MISFIT, remark.text)
