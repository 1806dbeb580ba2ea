"""Lives in which a law was broken once, each for a fault of the product: `make soak` lives through them again."""

from __future__ import annotations

from tests.simulation.life.ways import ALWAYS

Job = tuple[int, int, float, float, str]
"""Zones, seed, years, how many times as many faults, and how the stack is run."""
STORM = 300.0

FOUND: tuple[Job, ...] = (
    # Targets that were down, beside a node without rules, were blamed on the node.
    (2, 105, 0.005, STORM, ALWAYS),
    # A launch whose answer was lost did not count for the breaker.
    (2, 1, 0.005, STORM, "on demand in office hours, spot"),
    # A baker that worked did not make room for a node.
    (3, 1, 0.001, STORM, "own image"),
    # A covered zone followed to a successor that had not heard whom it covers, and sent by no address yet.
    (2, 75, 0.005, STORM, ALWAYS),
    # A zone's table was given to a gateway while it was covered: the next zone was seen by its address.
    (3, 71, 0.005, STORM, ALWAYS),
    # A zone that sleeps kept its cover address from one that was covered.
    (3, 75, 0.001, STORM, "spot"),
    # An address on the wrong private one was left there while its table was fought for.
    (3, 79, 0.005, STORM, ALWAYS),
    # A planned move whose address AWS refused for a while went there and back every few seconds; and one of a
    # zone that shares its node was taken for the one before it in the same run.
    (3, 10, 0.005, STORM, "own image"),
    # A run that could not save a word which it had heard had seen all the same.
    (2, 37278, 0.01, STORM, "on demand"),
    # EC2's next answer was older than our own write: a zone's place was given to another, its routes went home alone.
    (3, 0, 0.005, STORM, "on demand"),
    (3, 1, 0.005, STORM, "last resort"),
    # It showed a node that had been ended as running, and a route went there.
    (2, 12, 0.005, STORM, ALWAYS),
    # A successor that had taken over counted as dead after one bad probe: those of its boot counted, too.
    (1, 106, 1.0, 1.0, ALWAYS),
    # A table was shown as before our own write: it seemed to lead to a node that was well again, and the address followed.
    (1, 217, 1.0, 1.0, ALWAYS),
    # A node without an agent was left alone for ever, once its successor had answered that it was not ready.
    (1, 75, 0.005, STORM, ALWAYS),
)
