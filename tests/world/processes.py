"""Running functions, interleaved: each lives in a greenlet and gives way whenever it waits for AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from greenlet import GreenletExit, getcurrent, greenlet

from tests.world.agenda import Agenda


@dataclass(eq=False)
class Process:
    """One invocation. Killed, it does nothing more: not even what stands in a `finally`."""

    name: str
    number: int
    started: float
    deadline: float
    fatal_wait: int | None = None  # killed at this one of its waits
    waits: int = 0
    killed: bool = False
    body: greenlet = field(init=False, repr=False)

    @property
    def alive(self) -> bool:
        """Whether it still runs, or waits."""
        return not self.killed and not self.body.dead


@dataclass
class Processes:
    """All that run now, on one agenda. Outside of any, waiting takes no time."""

    agenda: Agenda
    ended: Callable[[Process, object], None] = lambda process, outcome: None
    current: Process | None = None
    running: list[Process] = field(default_factory=list)
    started: int = 0

    def start(
        self, name: str, run: Callable[[], object], limit: float, fatal_wait: int | None = None
    ) -> Process:
        """Starts one that is killed after `limit` seconds."""
        self.started += 1
        process = Process(name, self.started, self.agenda.at, self.agenda.at + limit, fatal_wait)
        process.body = greenlet(lambda: self._live(process, run))
        self.running.append(process)
        self._resume(process)
        return process

    def wait(self, seconds: float) -> None:
        """Lets time pass for the one that asks; the others go on."""
        process = self.current
        if process is None:
            return
        if process.killed:
            raise GreenletExit
        process.waits += 1
        if process.waits == process.fatal_wait:
            process.killed = True
            raise GreenletExit
        left = process.deadline - self.agenda.at
        if seconds < left:
            self.agenda.after(seconds, lambda: self._resume(process))
        else:
            self.agenda.after(left, lambda: self.kill(process))
        process.body.parent.switch()
        if process.killed:
            raise GreenletExit

    def kill(self, process: Process) -> None:
        """Ends one where it stands."""
        if not process.alive:
            return
        process.killed = True
        if getcurrent() is process.body:
            raise GreenletExit
        before, self.current = self.current, process
        process.body.throw(GreenletExit)
        self.current = before

    def _resume(self, process: Process) -> None:
        if process.alive:
            self.current = process
            process.body.switch()
            self.current = None

    def _live(self, process: Process, run: Callable[[], object]) -> None:
        outcome: object = None
        try:
            outcome = run()
        except GreenletExit:
            process.killed = True
        except Exception as error:  # noqa: BLE001  # a function that fails is an outcome, to be judged
            outcome = error
        self.running.remove(process)
        self.ended(process, outcome)
