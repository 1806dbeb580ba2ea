"""Labs side by side: one at a time breaks something, and has the machine to itself for that time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest

from lab.experiments.execution import TURN, may_be_disturbed
from lab.experiments.promise import only_while_moving, within
from lab.stage.turn import Turn

LEAST, MOST = TURN
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
        ours = Turn(place)
        thread, has_it = waiting_for(ours)
        assert not has_it.wait(0.3)

        another.kill()

        thread.join(10)
        assert has_it.is_set()
        ours.give_back()


@pytest.mark.parametrize(
    ("after", "answered", "over"),
    [(LEAST - 1, True, False), (LEAST + 1, False, False), (LEAST + 1, True, True), (MOST + 1, False, True)],
)
def test_it_is_given_back_when_packets_are_answered_again_or_that_takes_long(
    after: float, answered: bool, over: bool
) -> None:
    assert may_be_disturbed(within(2), after, lambda: answered) is over


def test_a_planned_move_comes_late_and_must_not_be_disturbed_either() -> None:
    assert not may_be_disturbed(only_while_moving(0.2), MOST + 1, lambda: True)
