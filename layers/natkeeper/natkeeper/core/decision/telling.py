"""What a person is told, and not again so soon."""

from __future__ import annotations

from collections.abc import Iterator

from natkeeper.core.actions import Cause, Notify
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.dependence import step_of
from natkeeper.core.judgement.view import View


def notice(view: View, key: str, cause: Cause, reason: str) -> Iterator[Notify]:
    """A notice about the zone, unless the same was sent lately."""
    yield from tell(Notify(view.zone.name, f"{view.zone.name} {key}", cause, reason), view.context)


def tell(notify: Notify, context: Context) -> Iterator[Notify]:
    """The notice, unless one with the same key was sent lately, or could not be."""
    last = context.memory.told.get(notify.key)
    due = last is None or context.now - last >= context.policy.renotify
    if due and not context.resting_until(step_of(notify)):
        yield notify
