"""CPU credits: a node boots without a limit, and works on what it earns.

T4g, T3 and T3a start with no credits at all: under `standard` a nano's boot would get a tenth of a core, and
take minutes. So the launch template says `unlimited`, and once a node has proved itself, or its time to do so
is over, it goes back to `standard`: what it spent beyond what it earned is charged then, and a busy node can
spend no more. Credits outlast a stop by seven days, so who sleeps may wake with none: it is made `unlimited`
while it is stopped, when that costs nothing and nobody waits (EC2 User Guide, unlimited mode concepts).

What was set is remembered, never read; where that is not known, it is set once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from natkeeper.core.actions import Action, Cause, SetCpuCredits
from natkeeper.core.cpu_credits import CpuCredits, has_credits
from natkeeper.core.judgement.demand import Stage
from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Lifecycle


def cpu_credits(view: View) -> Iterator[Action]:
    """The zone's nodes get the credits that suit what they do, if their types are natkeeper's own choice."""
    unhurried = view.stage is Stage.ASLEEP or view.is_well()
    for s in view.own if view.policy.sets_cpu_credits else ():
        node, due = s.node, _due(s, unhurried=unhurried)
        if due and due is not view.memory.node(node.id).cpu_credits and has_credits(node.instance_type):
            booted = due is CpuCredits.STANDARD
            why = "has booted, and need spend no more" if booted else "may wake with no credits left"
            yield SetCpuCredits(view.zone.name, node.id, due, Cause.CREDITS, f"{node.id} {why}")


def _due(s: Standing, *, unhurried: bool) -> CpuCredits | None:
    """What a node should have now; EC2 changes it of one that runs or is stopped, in no other state (EC2 API
    reference, ModifyInstanceCreditSpecification)."""
    if s.node.lifecycle is Lifecycle.RUNNING and s.judgement.verdict is not Verdict.BOOTING:
        return CpuCredits.STANDARD
    asleep = s.node.lifecycle is Lifecycle.STOPPED and s.judgement.verdict is Verdict.ASLEEP
    return CpuCredits.UNLIMITED if asleep and unhurried else None
