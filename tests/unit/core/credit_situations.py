"""Situations of CPU credits: a node boots without a limit, and works on what it earns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.memory import Memory, NodeMemory
from natkeeper.core.model import Lifecycle, Node, Outcome, Probe, Wish, WishKind
from tests.builders import NOW, POLICY, ago, booting, node, pending, served, silent, world, zone
from tests.unit.core.refusal_situations import refused
from tests.unit.core.situations import LAUNCH_A, Situation
from tests.unit.core.sleep_situations import DEMAND, TASK, falling, slept
from tests.unit.core.sleep_situations import asleep as stopped

a1 = node("a1")
OWN = replace(POLICY, sets_cpu_credits=True)
OWN_SLEEP = replace(DEMAND, sets_cpu_credits=True)
STANDARD, UNLIMITED = (
    "SetCpuCredits i-a1 standard (cpu-credits)",
    "SetCpuCredits i-a1 unlimited (cpu-credits)",
)
SLEEPS = world(zone((stopped,), to=a1, holder=a1))
unready = booting("a1", probes=(Probe(NOW, Outcome.UNREADY),))
failing = booting("a1", launched_at=ago(minutes=11), probes=(Probe(NOW, Outcome.UNREADY),) * 3)


def verified(mode: CpuCredits | None = None, *nodes: Node) -> Memory:
    """These nodes (i-a1) were verified a moment ago, and their credits are known to be so."""
    past = NodeMemory(verified_at=ago(minutes=1), cpu_credits=mode)
    return Memory(nodes={n.id: past for n in nodes or (a1,)})


def sleeping(mode: CpuCredits | None, **changes: Any) -> Memory:
    return slept(cpu_credits=mode, **changes)


# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

CREDITS = (
    Situation("it boots: as it was launched, without a limit", world(served(unready)), (), Memory(), OWN),
    Situation("it is pending: EC2 would change nothing", world(zone((pending("a1"),), to="eni-a1", address=None)), (), Memory(), OWN),
    Situation("it is verified", world(served(a1)), (STANDARD,), verified(), OWN),
    Situation("it is verified, and the route is not there yet: both", world(zone((a1,), holder=a1)), ("PointRoute rtb-a at i-a1 (route)", STANDARD), verified(), OWN),
    Situation("set already: nothing", world(served(a1)), (), verified(CpuCredits.STANDARD), OWN),
    Situation("the table was lost, and with it what was set: once more", world(served(a1)), (STANDARD,), Memory(), OWN),
    Situation("it never came to work, and its time to boot is over", world(served(failing)), (f"{LAUNCH_A} (unhealthy)", STANDARD), Memory(), OWN),
    Situation("it is silent after its boot: it may be busy", world(served(node("a1", probes=(silent(),)))), (STANDARD,), verified(), OWN),
    Situation("the types are the user's own choice, and so are their credits", world(served(a1)), (), verified(), POLICY),
    Situation("its type has no credits: it was launched before the types became ours", world(served(replace(a1, instance_type="c7gn.medium"))), (), verified(), OWN),
    Situation("refused a moment ago: it waits, and holds nothing up", world(zone((a1,), holder=a1)), ("PointRoute rtb-a at i-a1 (route)", "Wait eu-west-1a (cpu-credits)"), refused("SetCpuCredits i-a1", memory=verified()), OWN),
    Situation("refused again and again: it rests for a quarter of an hour", world(served(a1)), ("Wait eu-west-1a (cpu-credits)",), refused("SetCpuCredits i-a1", memory=verified(), count=30, minutes=14), OWN),
    Situation("that rest is over", world(served(a1)), (STANDARD,), refused("SetCpuCredits i-a1", memory=verified(), count=30, minutes=15), OWN),
    Situation("it sleeps: without a limit for its next boot", SLEEPS, (UNLIMITED,), sleeping(CpuCredits.STANDARD), OWN_SLEEP),
    Situation("it sleeps, and that is set: nothing", SLEEPS, (), sleeping(CpuCredits.UNLIMITED), OWN_SLEEP),
    Situation("it is stopping still: EC2 would change nothing", world(zone((falling,), to=a1, holder=a1)), (), sleeping(CpuCredits.STANDARD, slept_at=ago(seconds=20)), OWN_SLEEP),
    Situation("it is to wake: it starts as it is, at once", world(zone((stopped,), to=a1, holder=a1, workloads=TASK)), ("StartNode i-a1 (waking)",), sleeping(CpuCredits.STANDARD), OWN_SLEEP),
    Situation("stopped by somebody else in a stack that never sleeps: another comes", world(served(stopped)), (f"{LAUNCH_A} (unhealthy)",), verified(), OWN),
    Situation("verified, and to sleep at once: limited, then stopped", world(served(a1, wish=Wish(WishKind.OFF, NOW))), (STANDARD, "StopNode i-a1 (asleep)"), verified(), OWN),
    Situation("woken: it boots without a limit", world(zone((booting("a1", lifecycle=Lifecycle.PENDING),), to=a1, holder=a1, workloads=TASK)), (), sleeping(None, slept_at=None, started_at=ago(seconds=5), verified_at=None), OWN_SLEEP),
)

# fmt: on

CREDIT_CHAPTERS = {"CPU credits": CREDITS}
