"""A spare: a node that has proved itself and is stopped. It is started where the zone would wait for a launch
(`sleeping.wake`), and costs its disk.

It is made in a calm hour, on the budget of wishes: a node is launched like any, proves itself, gets no route
while another serves, and is stopped. A sleeping zone needs none, for its own node is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from natkeeper.core.actions import Action, Cause, StopNode, Wait
from natkeeper.core.decision.failed_launches import rests_until
from natkeeper.core.decision.launching import launch
from natkeeper.core.decision.succession import is_held
from natkeeper.core.judgement.view import View


def spare(view: View) -> Iterator[Action]:
    """One more node, proven and stopped, in a zone that is well. An old one is ended (`surplus`) once the
    next has proved itself."""
    if not view.lacks_spare() or not view.is_well() or is_held(view):
        return
    understudy, old = view.understudy(), view.sleeper()
    if understudy is None:
        yield from _launch(view, f"{old.node.id} is too old to stand by" if old else "no node stands by")
    elif old is None and view.is_drained(understudy) and not view.is_routed_to(understudy):
        reason = f"{understudy.node.id} has proved itself, and stands by"
        yield StopNode(view.zone.name, understudy.node.id, Cause.SPARE, reason)


def _launch(view: View, reason: str) -> Iterator[Action]:
    zone, subnet = view.zone.name, view.zone.launchable
    if subnet is None:
        return
    if until := _rests_until(view):
        yield Wait(zone, until, Cause.SPARE, f"{reason}; a launch was planned or ended by EC2 lately")
    else:
        yield launch(view, subnet, Cause.SPARE, reason)  # on demand: EC2 stops no one-time spot instance


def _rests_until(view: View) -> datetime | None:
    """Until when the launches that are left are for others: a spare never takes the last of those planned."""
    planned = (x.at + view.policy.spare_pause for x in view.past.launches if not x.urgent)
    untils = (*planned, view.unseen_until(), rests_until(view.past, view.now))
    return max((until for until in untils if until and view.now < until), default=None)
