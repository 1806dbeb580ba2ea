"""SSM's Run Command: delivery that takes time or never succeeds, and answers from inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from natkeeper.adapters.ssm_commands import send_to
from natkeeper.core.model import InstanceId, Lifecycle
from natkeeper.core.ring import Peer, told
from natkeeper.ports import Answer
from tests.world.gate import Gate, Refusal
from tests.world.instances import Instances

FIRST_LOOK, NEXT_LOOK, LOOKS = 4.0, 3.0, 8
"""As the adapter looks for answers."""


@dataclass
class RunCommand:
    """The ports `Repairs` and `Probing`."""

    gate: Gate
    instances: Instances
    internet: Callable[[], bool] = lambda: True  # whether the outside targets answer
    down: bool = False  # SSM takes commands and delivers none
    repaired: Callable[[InstanceId, bool], None] = lambda node, well: None
    learned: Callable[[], None] = lambda: None  # a node has been told of its ring
    spoken: dict[InstanceId, str | None] = field(default_factory=dict)  # what some say instead of the truth
    slips: dict[InstanceId, str | None] = field(default_factory=dict)  # the same, but for one answer
    late_at: float = -math.inf  # when a node that answers had not in time

    def repair(self, node: InstanceId) -> None:
        """Sent, and carried out later."""
        with self.gate.write("SendCommand", "repairing", node):
            self._refuse_unknown([node])
        self.gate.agenda.after(
            self.gate.timings.draw(self.gate.random, self.gate.timings.repair), lambda: self._repair(node)
        )

    def _repair(self, name: InstanceId) -> None:
        at = self.gate.agenda.at
        instance = self.instances.all.get(name)
        well = instance is not None and self._delivers(name)
        if instance and well:
            instance.guest.repair(at)
            self.spoken.pop(name, None)
        self.gate.written()
        self.repaired(name, well)

    def ask(
        self, nodes: Sequence[InstanceId], time_left: Callable[[], float], ring: Sequence[Peer] = ()
    ) -> tuple[Answer, ...]:
        """As the adapter: one command for all who hear the same, or one each when SSM refuses that; one deadline for
        them."""
        commands, answers = send_to(nodes, self._send, lambda node: told(ring, node))
        waited = 0.0
        for look in range(LOOKS):
            pause = NEXT_LOOK if look else FIRST_LOOK
            opened = [c for c in commands if not answers.keys() >= c.keys()]
            if not opened or time_left() < pause:
                break
            self.gate.processes.wait(pause)
            waited += pause
            for command in opened:
                self._call("ListCommandInvocations", f"{len(command)} nodes")
                for node in (n for n in command if n not in answers):
                    if waited >= command[node] and self._delivers(node):
                        words = told(ring, node)
                        answers[node] = self._answer(node, told=bool(words))
                        self._tell(node, words)
        if any(self._delivers(node) for node in nodes if node not in answers):
            self.late_at = self.gate.agenda.at
        return tuple(answers.get(node, Answer(node, -1, None, "Pending")) for node in nodes)

    def _send(self, nodes: Sequence[InstanceId], words: str) -> dict[InstanceId, float]:
        """After how many seconds each will hear of it."""
        gate = self.gate
        with gate.read("SendCommand", "probing", ", ".join(nodes)):
            self._refuse_unknown(nodes)
        return {n: gate.timings.draw_answer(gate.random) for n in nodes}

    def _tell(self, node: InstanceId, words: str) -> None:
        guest = self.instances.all[node].guest
        entries = {InstanceId(entry.partition("=")[0]): entry for entry in words.split(",") if entry}
        own = entries.get(node, "").split("=")
        guest.peers, guest.told = tuple(entries), self.gate.agenda.at
        before, guest.covers = guest.covers, tuple(own[2].split("+")) if len(own) > 2 else ()
        if guest.covers != before:
            self.gate.written()  # its clients leave by another address
        guest.answers_to |= dict.fromkeys(guest.peers, guest.told)
        self.learned()

    def _answer(self, node: InstanceId, *, told: bool) -> Answer:
        if node in self.slips:
            said = self.slips.pop(node)
            return Answer(node, 0 if said is not None else -1, said)
        if node in self.spoken:
            return Answer(node, 0, self.spoken[node])
        guest = self.instances.all[node].guest
        code, output = guest.report(self.gate.agenda.at, internet=self.internet(), told=told)
        return Answer(node, code, output)

    def _call(self, api: str, on: str) -> None:
        with self.gate.read(api, "probing", on):
            pass

    def _refuse_unknown(self, nodes: Sequence[InstanceId]) -> None:
        if self._unknown(nodes):
            raise Refusal("InvalidInstanceId", "an instance is not in a valid state for Run Command")

    def _unknown(self, nodes: Sequence[InstanceId]) -> bool:
        return not all(self._is_registered(node) for node in nodes)

    def _is_registered(self, name: InstanceId) -> bool:
        instance = self.instances.all.get(name)
        runs = instance is not None and instance.node.lifecycle is Lifecycle.RUNNING
        return instance is not None and runs and self.gate.agenda.at >= instance.guest.registered

    def _delivers(self, name: InstanceId) -> bool:
        instance = self.instances.all.get(name)
        silenced = name in self.spoken and self.spoken[name] is None
        up = not self.down and not silenced and self._is_registered(name)
        # Its agent, like every word of its own, leaves by the primary private address.
        return (
            instance is not None
            and up
            and bool(instance.node.public_address)
            and instance.guest.answers(self.gate.agenda.at)
        )
