"""Launches that EC2 took back: what it says of them, and how long the next one rests.

EC2 accepts a launch and may end the instance a moment later, with a reason that only DescribeInstances tells
(EC2 API reference, StateReason). `Server.` is AWS's own trouble, most often no room: another pool may do.
`Client.` is ours, a key for disks or a quota: the same launch again ends the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.actions import Action, Cause
from natkeeper.core.decision.telling import notice
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import Launch, Memory, ZoneMemory
from natkeeper.core.model import GOING, Zone

OURS = "Client."
SOMEBODYS = (
    "Client.InstanceInitiatedShutdown",
    "Client.InstanceTerminated",
    "Client.UserInitiatedHibernate",
    "Client.UserInitiatedShutdown",
)
"""Codes of an end that somebody wanted, we ourselves most often: they say nothing of the next launch."""
LONGEST = timedelta(minutes=15)
_KEY = (
    "name the key that encrypts the disks in the parameter DiskKeyArn, enable it, and let its policy allow us"
)
CURES = (
    ("KMS", _KEY),
    ("Client.InternalError", _KEY),  # that is how a key is told that the launch may not use
    ("VolumeLimitExceeded", "raise the quota of the account's disks, or delete some that nobody needs"),
    ("InvalidSnapshot", "the image's snapshot is gone: name another in the parameter ImageParameter"),
)
"""What helps, by a word of the reason (EC2 User Guide, an instance that terminates immediately)."""
OTHERWISE = "look for the code in EC2's documentation of StateReason, and at what the launch template names"


def with_reasons(launches: tuple[Launch, ...], zone: Zone, memory: Memory) -> tuple[Launch, ...]:
    """The launches, each with EC2's reason if its node ended before it was ever verified."""
    told = {
        node.id: node.ended
        for node in zone.listed()
        if node.ended and node.lifecycle in GOING and memory.node(node.id).verified_at is None
    }
    return tuple(
        replace(launch, reason=told[launch.instance]) if launch.instance in told else launch
        for launch in launches
    )


def failures(past: ZoneMemory) -> tuple[Launch, ...]:
    """The latest launches, as many in a row as ended with a `Client.` reason; empty when the last did not."""
    failed: list[Launch] = []
    for launch in reversed(past.launches):
        if not launch.reason.startswith(OURS) or launch.reason.partition(":")[0] in SOMEBODYS:
            break
        failed.append(launch)
    return tuple(reversed(failed))


def rests_until(past: ZoneMemory, now: datetime) -> datetime | None:
    """Until when no launch is tried that would most likely end as the last did: 1, 2, 4, 8, then 15 minutes
    after it; None: one may be."""
    failed = failures(past)
    if not failed:
        return None
    until = failed[-1].at + min(LONGEST, timedelta(minutes=2 ** (len(failed) - 1)))
    return until if now < until else None


def failed_launch(view: View) -> Iterator[Action]:
    """A person hears at once why, for only a person can change it."""
    if not (failed := failures(view.past)):
        return
    last = failed[-1]
    code = last.reason.partition(":")[0]
    times = f"{len(failed)} launches in a row were" if len(failed) > 1 else "a launch was"
    reason = (
        f"{times} ended by EC2 before the node served. Of {last.instance} it says: {last.reason}."
        f" The next try rests, up to 15 minutes. What to do: {cure_of(last.reason)}"
    )
    yield from notice(view, f"launch {code}", Cause.LAUNCH, reason)


def cure_of(reason: str) -> str:
    """What most likely helps against one of EC2's reasons."""
    return next((cure for word, cure in CURES if word in reason), OTHERWISE)
