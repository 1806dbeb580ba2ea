"""The inside of an instance: user data, forwarding, rules, the guard, the agent; and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from natkeeper.core.model import InstanceId

INFINITE = float("inf")
NOT_FOUND = 127
"""bash: the script is not there (yet)."""


@dataclass(slots=True)
class Guest:
    """Times are the agenda's; `installed` is when user data has ended well, `registered` when SSM knows it."""

    installed: float = INFINITE
    registered: float = INFINITE
    hung: bool = False
    flushed: bool = False
    forwarding: bool = True
    guarded: bool = True  # the node's own guard puts rules and forwarding right
    agent: bool = True
    stubborn: bool = False  # no repair helps
    sent: int = 0
    peers: tuple[InstanceId, ...] = ()  # the ring that it was told of
    told: float = -INFINITE  # and when
    covers: tuple[str, ...] = ()  # the ranges that it sends by its cover address
    answers_to: dict[InstanceId, float] = field(default_factory=dict)  # whose echoes it sends back, told when

    def forwards(self, at: float) -> bool:
        """Whether it masquerades clients' packets."""
        return at >= self.installed and not self.hung and not self.flushed and self.forwarding

    def answers(self, at: float) -> bool:
        """Whether its agent takes a command."""
        return self.agent and not self.hung and at >= self.registered

    def repair(self, at: float) -> None:
        """What the repair document does, or the guard."""
        if not self.stubborn and not self.hung and at >= self.installed:
            self.flushed, self.forwarding, self.guarded = False, True, True

    def report(self, at: float, *, internet: bool, told: bool = False) -> tuple[int, str]:
        """What the probe's script answers: exit code and output. `told`: of its peers, with this question."""
        if at < self.installed:
            return NOT_FOUND, ""
        rules, forwarding = not self.flushed, self.forwarding
        return 0, report(rules, forwarding, self.guarded, rules and forwarding and internet, told)


@lru_cache(maxsize=32)
def report(rules: bool, forwarding: bool, guard: bool, egress: bool, told: bool = False) -> str:
    """The probe's output, as natkeeper-probe prints it."""
    words = {True: "true", False: "false"}
    return (
        f'{{"natkeeper": 1, "checks": {{"interface": true, "forwarding": {words[forwarding]}, '
        f'"rules": {words[rules]}, "guard": {words[guard]}, "egress": {words[egress]}}}, '
        f'"flows": {25 if told else "null"}}}'
    )


GOOD = report(rules=True, forwarding=True, guard=True, egress=True)
"""What a node that is well says."""
