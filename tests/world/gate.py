"""What every call passes: its delay, its token, and whatever is wrong with AWS just now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from natkeeper.adapters.aws_errors import error_class
from natkeeper.core.errors import UnreachableError
from tests.world.agenda import Agenda
from tests.world.buckets import Buckets
from tests.world.processes import Process, Processes
from tests.world.timings import Timings

TRIES = 2
"""As the adapters are configured (bootstrap.py)."""
READ_TIMEOUT = 7.0
"""Seconds: who is not answered by then asks again, and gives up. What was asked for may be done all the same."""


class Refusal(Exception):  # noqa: N818  # not an error of ours: AWS's answer
    """AWS says no; becomes what the adapters would raise."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Trouble:
    """Something wrong with some APIs: `code` is what they answer. UNREACHABLE: no answer, nothing done;
    ANSWER_LOST: done, but no answer."""

    code: str
    apis: tuple[str, ...]  # names, or how they begin; empty: all of them
    chance: float = 1.0
    on: str = ""  # only calls on this table, address, node, interface or zone

    def concerns(self, api: str, on: str) -> bool:
        """Whether it is about this API, on this resource."""
        return (not self.apis or api.startswith(self.apis)) and self.on in on


BROKEN = ("InternalError", "ServiceUnavailable")
"""Codes that EC2 answers with an HTTP status of 500 or above."""
UNREACHABLE, ANSWER_LOST = "ReadTimeoutError", "ConnectionClosedError"
TOO_LATE = Refusal(ANSWER_LOST, "the answer came too late")


@dataclass(frozen=True)
class Deed:
    """A write that is about to happen: by which process (None: by somebody else), to what."""

    at: float
    api: str
    subject: str
    process: Process | None
    detail: str = ""


@dataclass
class Gate:
    """Calls go in, answers come out. `witness` sees every write just before it happens."""

    agenda: Agenda
    processes: Processes
    random: Random
    timings: Timings
    buckets: Buckets = field(default_factory=Buckets)
    troubles: list[Trouble] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    slowness: float = 1.0  # each call takes so many times as long
    omitted: Counter[str] = field(default_factory=Counter)  # so many answers will leave these out
    witness: Callable[[Deed], None] = lambda deed: None
    written: Callable[[], None] = lambda: None
    asked: Callable[[str, str], None] = lambda api, on: None  # a write is asked for, whatever comes of it

    @contextmanager
    def read(self, api: str, attempted: str, on: str) -> Iterator[None]:
        """A call that only looks."""
        if self._enter(api, attempted, on):
            raise _refused(TOO_LATE, attempted, on)
        with _named(attempted, on):
            yield

    @contextmanager
    def note(self, api: str, attempted: str, on: str) -> Iterator[None]:
        """A call that changes a row of the table: no deed, for it touches nothing of EC2."""
        with self.read(api, attempted, on):
            yield
        self._leave(api, attempted, on)

    @contextmanager
    def write(self, api: str, attempted: str, on: str, detail: str = "") -> Iterator[None]:
        """A call that changes something."""
        self.asked(api, on)
        late = self._enter(api, attempted, on)
        self.witness(Deed(self.agenda.at, api, on, self.processes.current, detail))
        with _named(attempted, on):
            yield
        self.written()
        if late:
            raise _refused(TOO_LATE, attempted, on)
        self._leave(api, attempted, on)

    def _enter(self, api: str, attempted: str, on: str) -> bool:
        """Whether the answer comes when nobody waits for it any more."""
        delay = self._delay(api)
        late = delay > READ_TIMEOUT
        self.processes.wait(self.timings.time_out * TRIES if late else delay)
        self.counts[api] += 1
        for left in reversed(range(TRIES)):
            if _is_of_the_table(api) or self.buckets.take(api, self.agenda.at, self._luck()):
                break
            if not left:
                raise _refused(Refusal("RequestLimitExceeded", "slow down"), attempted, on)
            self.processes.wait(self.timings.draw(self.random, 0.5))
        self._refuse(api, attempted, on)
        return late

    def _refuse(self, api: str, attempted: str, on: str) -> None:
        for trouble in self.troubles:
            if trouble.code != ANSWER_LOST and trouble.concerns(api, on) and self._luck() < trouble.chance:
                if trouble.code == UNREACHABLE:
                    self.processes.wait(self.timings.time_out * self.random.randint(1, TRIES))
                raise _refused(Refusal(trouble.code, "refused by the simulation"), attempted, on)

    def beside(self, api: str, attempted: str, on: str) -> None:
        """A call of another thread's, for which nobody waits."""
        self.counts[api] += 1
        self._refuse(api, attempted, on)

    def _leave(self, api: str, attempted: str, on: str) -> None:
        for trouble in self.troubles:
            if trouble.code == ANSWER_LOST and trouble.concerns(api, on) and self._luck() < trouble.chance:
                self.processes.wait(self.timings.time_out)
                raise _refused(Refusal(ANSWER_LOST, "the answer was lost"), attempted, on)
        if not _is_of_the_table(api):
            self.processes.wait(self._delay(api) / 4)

    def omits(self, name: str) -> bool:
        """Whether this answer leaves out something that is there."""
        left_out = self.omitted[name] > 0
        if left_out:
            self.omitted[name] -= 1
        return left_out

    def _delay(self, api: str) -> float:
        return self._usual_delay(api) * self.slowness

    def _usual_delay(self, api: str) -> float:
        timings = self.timings
        if _is_of_the_table(api):
            return timings.draw(self.random, timings.table)
        return timings.draw(self.random, timings.launch if api == "RunInstances" else timings.api)

    def _luck(self) -> float:
        return self.random.random()


def _is_of_the_table(api: str) -> bool:
    return api.startswith("Table")


@contextmanager
def _named(attempted: str, on: str) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise _refused(refusal, attempted, on) from None


def _refused(refusal: Refusal, attempted: str, on: str) -> Exception:
    if refusal.code in (UNREACHABLE, ANSWER_LOST):
        return UnreachableError(attempted, on, refusal.code, refusal.message)
    status = 500 if refusal.code in BROKEN else 400
    kind = error_class(refusal.code, refusal.message, status)
    return kind(attempted, on, refusal.code, refusal.message)
