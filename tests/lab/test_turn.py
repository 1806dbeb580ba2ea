"""Labs side by side: one at a time breaks something, and has the machine to itself for that time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from lab.experiments.disturbance import BOOTED, LEAST, MOST, may_be_disturbed
from lab.experiments.promise import only_while_moving, within
from lab.report.run import Moment
from lab.stage.turn import Turn

ANOTHER = """
import sys
from pathlib import Path
from lab.stage.turn import Turn
turn = Turn(Path(sys.argv[1]))
turn.take()
print("taken", flush=True)
sys.stdin.read()
"""


def waiting_for(turn: Turn) -> tuple[Thread, Event]:
    """Somebody who waits for it, and whether they have it."""
    has_it = Event()

    def take() -> None:
        turn.take()
        has_it.set()

    thread = Thread(target=take, daemon=True)
    thread.start()
    return thread, has_it


@contextmanager
def waited_for(turn: Turn) -> Iterator[None]:
    """Somebody waits for it in here, has it in the end, and gives it back."""
    thread, has_it = waiting_for(turn)
    assert not has_it.wait(0.3)
    yield
    thread.join(10)
    assert has_it.is_set()
    turn.give_back()


def test_only_one_lab_has_it(tmp_path: Path) -> None:
    ours, theirs = Turn(tmp_path / "turn"), Turn(tmp_path / "turn")

    with ours.held():
        ours.take()
        thread, has_it = waiting_for(theirs)
        assert not has_it.wait(0.3)

    thread.join(10)
    assert has_it.is_set()
    theirs.give_back()
    theirs.give_back()
    with ours.held():
        pass


def test_a_lab_that_dies_leaves_it_to_the_next(tmp_path: Path) -> None:
    place = tmp_path / "turn"
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as another:
        assert another.stdout
        assert another.stdout.readline() == b"taken\n"
        with waited_for(Turn(place)):
            another.kill()


def test_who_asks_for_it_does_not_wait(tmp_path: Path) -> None:
    ours, theirs = Turn(tmp_path / "turn"), Turn(tmp_path / "turn")
    theirs.take()

    ours.ask()
    ours.ask()
    theirs.give_back()
    ours.take()

    with waited_for(theirs):
        ours.give_back()


def test_who_has_asked_and_needs_it_no_more_leaves_it_to_others(tmp_path: Path) -> None:
    ours, theirs, third = (Turn(tmp_path / "turn") for _ in range(3))
    theirs.take()
    ours.ask()
    ours.give_back()

    theirs.give_back()

    thread, has_it = waiting_for(third)
    thread.join(10)
    assert has_it.is_set()
    third.give_back()


def test_who_cannot_have_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        Turn(tmp_path).take()


@pytest.mark.parametrize(
    ("after", "answered", "over"),
    [(LEAST - 1, True, False), (LEAST + 1, False, False), (LEAST + 1, True, True), (MOST + 1, False, True)],
)
def test_it_is_given_back_when_packets_are_answered_again_or_that_takes_long(
    after: float, answered: bool, over: bool
) -> None:
    assert may_be_disturbed(within(2), after, lambda: answered, []) is over


COVERED = Moment(1.0, "decision", "PointRoute i-b1 in us-east-1a: by event")
BOOTS = Moment(45.0, "node", f"i-a2: {BOOTED}")
BROUGHT_BACK = Moment(53.0, "decision", "PointRoute i-a2 in us-east-1a: it can serve again")


@pytest.mark.parametrize(
    ("moments", "over"),
    [([], True), ([COVERED], True), ([COVERED, BOOTS], False), ([COVERED, BOOTS, BROUGHT_BACK], True)],
)
def test_a_planned_move_must_not_be_disturbed_once_its_successor_has_booted(
    moments: list[Moment], over: bool
) -> None:
    planned = only_while_moving(0.2)

    assert may_be_disturbed(planned, MOST + 1, lambda: True, moments) is over
    assert not may_be_disturbed(planned, LEAST - 1, lambda: True, moments)
