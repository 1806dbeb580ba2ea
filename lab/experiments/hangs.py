"""Nodes that forward nothing while the API says running: no event tells of it, their neighbours do."""

from __future__ import annotations

from lab.experiments import fault_injection
from lab.experiments.experiment import Experiment
from lab.experiments.preconditions import with_standby
from lab.experiments.promise import by_sweep, within
from lab.experiments.recovery import replaced

HANGS = (
    Experiment(
        "hang",
        "The node hangs: it drops every packet, and the API says running",
        "AWS tells of it after two minutes. Its neighbour has no echo through it any more, says so, and "
        "covers; then the node is replaced.",
        fault_injection.inside("hang", "the kernel hangs"),
        replaced,
        within(3),
    ),
    Experiment(
        "hang-three",
        "The node hangs, and two neighbours watch it",
        "In a stack of three zones: two words agree, and no objection is waited for.",
        fault_injection.inside("hang", "the kernel hangs"),
        replaced,
        within(2.5),
        zones=3,
    ),
    Experiment(
        "hang-alone",
        "The only node hangs",
        "The same with nobody who watches it or covers: its second silent probe wants a new node.",
        fault_injection.inside("hang", "the kernel hangs"),
        replaced,
        by_sweep(125),
        zones=1,
    ),
    Experiment(
        "hang-standby",
        "The node hangs, a standby of its zone runs beside it",
        "In a stack of one zone: the standby has no echo through it any more, says so, and takes over.",
        fault_injection.inside("hang", "the kernel hangs"),
        replaced,
        within(3),
        begin=with_standby,
        zones=1,
        parameters={"Standby": "zone"},
    ),
    Experiment(
        "panic",
        "The node's kernel panics",
        "All its processes are gone, its interface is dead, the API says running. The neighbour covers.",
        fault_injection.inside("panic", "kernel panic"),
        replaced,
        within(3),
    ),
    Experiment(
        "link-dead",
        "The node's link is dead: its kernel and its programs live, and nothing reaches them",
        "It hears nobody and can say nothing. Its neighbour misses its echoes, says so, and covers.",
        fault_injection.inside("link-dead", "the interface is down"),
        replaced,
        within(3),
    ),
    Experiment(
        "rules-broken",
        "The node's rules are gone for good: iptables removed, and all flushed",
        "The guard cannot load them again, and a node without rules objects to nothing. Its neighbour "
        "misses its echoes, and covers.",
        fault_injection.inside("rules-broken", "iptables removed, and -F in filter, nat and mangle"),
        replaced,
        within(3),
    ),
)
