"""Which of natkeeper's faults are played on the rival too, and when one of them is over there."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from lab.experiments.experiment import Before, Experiment
from lab.experiments.faults import FAULTS
from lab.experiments.promise import Promise
from lab.rival.stage import RivalStage
from lab.stage.stage import Stage

SAME = (
    "terminate",
    "stop",
    "hang",
    "panic",
    "link-dead",
    "rules-broken",
    "flush-rules",
    "forwarding-off",
    "check-on",
    "route-deleted",
    "route-hijacked",
)
DOCUMENTED = Promise(
    "fck-nat documents about 5 min for a replacement, and existing connections are cut",
    lambda run, _: run.outage_seconds <= PATIENCE,
)
PATIENCE = 300.0
"""Seconds after which nobody waits any longer."""


def _over(stage: Stage, _before: Before) -> bool:
    return cast("RivalStage", stage).is_over()


def _same(fault: Experiment) -> Experiment:
    return replace(fault, healed=_over, promise=DOCUMENTED, zones=1, deadline=PATIENCE, parameters={})


RIVAL_FAULTS = {name: _same(FAULTS[name]) for name in SAME}
