"""Links that break, liars, and programs that die while the kernel lives: nothing is moved for any of them,
but by a liar of two, once an hour."""

from __future__ import annotations

from lab.experiments import broken_links
from lab.experiments.experiment import Experiment
from lab.experiments.promise import moved_once, unmoved
from lab.experiments.recovery import kept

SHORT = 8.0  # seconds in a minute where only time must pass
WATCH = 8  # of these minutes: for as long as one word holds

LINKS = (
    Experiment(
        "link-one-way",
        "The link between two nodes breaks, one way",
        "What one node sends to the other is lost. Both miss their echoes and say so of each other: two "
        "contrary reports mean the link, and nobody moves.",
        broken_links.one_way,
        kept,
        unmoved(),
        mend=broken_links.mended,
        watch=WATCH,
        minute=SHORT,
    ),
    Experiment(
        "link-both-ways",
        "The link between two nodes breaks, both ways",
        "The same both ways. Each node has the internet, and its own clients.",
        broken_links.both_ways,
        kept,
        unmoved(),
        mend=broken_links.mended,
        watch=WATCH,
        minute=SHORT,
    ),
    Experiment(
        "link-pause",
        "The network of a node's host stands still for 400 ms",
        "Fewer beats are lost than it takes to call anybody silent.",
        broken_links.pause,
        kept,
        unmoved(broken_links.PAUSE / 1000),
        mend=broken_links.mended,
        watch=2,
        minute=SHORT,
    ),
    Experiment(
        "zone-cut-off",
        "A zone is cut off from the others, and has its own way out",
        "No node of another zone could carry its clients: they would not reach it.",
        broken_links.zone,
        kept,
        unmoved(),
        mend=broken_links.mended,
        watch=WATCH,
        minute=SHORT,
        zones=3,
    ),
    Experiment(
        "liar",
        "A node says that its neighbour is silent, and it is not, nor do others say so",
        "Signed in its own name, a whole minute. The third node watches the accused too, and says nothing.",
        broken_links.lie,
        kept,
        unmoved(),
        watch=WATCH,
        minute=SHORT,
        zones=3,
    ),
    Experiment(
        "liar-of-two",
        "The same, and there is no third node",
        "There is nobody else who could say so, and the accused, which hears its accuser, says nothing. The "
        "zone is moved until a probe of the accused has passed: then it comes back, and the liar is not "
        "believed for an hour.",
        broken_links.lie,
        kept,
        moved_once(1.5),
        watch=WATCH,
        minute=SHORT,
    ),
    Experiment(
        "programs-stopped",
        "Every program on the node stands still, and its kernel lives",
        "The guard, the agent and all others do nothing any more. Packets need none of them, and echoes tell "
        "the neighbour so.",
        broken_links.stop_programs,
        kept,
        unmoved(),
        mend=broken_links.continue_programs,
        watch=4,
        minute=SHORT,
    ),
)
