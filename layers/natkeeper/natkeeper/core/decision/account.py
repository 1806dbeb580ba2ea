"""What a notice tells of a zone: the causes in AWS's and the nodes' own words, and what was tried."""

from __future__ import annotations

from collections.abc import Iterator

from natkeeper.core.judgement.election import Fitness
from natkeeper.core.judgement.sight import Sight
from natkeeper.core.memory import recent
from natkeeper.core.model import Node


def account_of(sight: Sight) -> str:
    """The cause, what was tried, and the nodes' last probes, a sentence each."""
    causes = "; ".join(dict.fromkeys(_causes(sight))) or "nothing was refused, and no node is doubted"
    probes = "; ".join(_probes(sight)) or "no node of the zone was asked"
    return f"Cause: {causes}. Tried: {_launches(sight)}. Last probe: {probes}."


def _causes(sight: Sight) -> Iterator[str]:
    for s in sight.own:
        if s.fitness is not Fitness.FIT:
            yield s.reason
    launches = sight.past.launches
    if launches and launches[-1].reason:
        yield f"EC2 ended {launches[-1].instance}: {launches[-1].reason}"
    yield from _refusals(sight)


def _refusals(sight: Sight) -> Iterator[str]:
    """What AWS refuses of late that concerns this zone, in its own words: by a step's name, whose second word
    is what it is done to (dependence.py)."""
    zone = sight.zone
    concerned = {str(zone.name), *(r.table for r in zone.routes)}
    concerned |= {str(name) for node in zone.nodes for name in (node.id, node.interface)}
    concerned |= {zone.address.allocation} if zone.address else set()
    for step, refusal in sight.context.memory.refusals.items():
        if step.split()[1] in concerned:
            yield f"AWS refused {step} {refusal.count} times: {refusal.error}"


def _launches(sight: Sight) -> str:
    times = recent(tuple(launch.at for launch in sight.past.launches), sight.context.now)
    launched = [launch for launch in sight.past.launches if launch.at in times]
    names = ", ".join(launch.instance or "one that had ended" for launch in launched)
    return f"{len(launched)} launches within the hour ({names})" if launched else "no launch within the hour"


def _probes(sight: Sight) -> Iterator[str]:
    for node in sight.zone.nodes:
        if node.probes:
            yield f"{node.id} {_said(node)}"


def _said(node: Node) -> str:
    last = node.probes[-1]
    failing = f" in {', '.join(last.failing)}" if last.failing else ""
    why = f" ({last.note})" if last.note else ""
    return f"{last.outcome}{failing}{why} at {last.at:%H:%M:%S}"
