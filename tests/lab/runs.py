"""Runs by hand: a short outage in a long run, none at all, and one that never heals; with nasty texts."""

from __future__ import annotations

from dataclasses import replace

from lab.report.run import Flows, Moment, Outage, Run

STRUCK = 1_700_000_000.0
NASTY = """<script>alert("x")</script> & 'quoted' | piped"""


def lost(seconds: float, every: float = 0.01) -> tuple[float, ...]:
    return tuple(STRUCK + n * every for n in range(round(seconds / every)))


TERMINATED = Run(
    fault="terminate",
    title="A node is terminated",
    story="Somebody ends a node. Its neighbour must take over.",
    zones=2,
    timings="published",
    began=STRUCK - 3,
    struck=STRUCK,
    healed=STRUCK + 112,
    ended=STRUCK + 120,
    sent_udp=12_300,
    sent_tcp=2_460,
    lost_udp=lost(0.43),
    lost_tcp=lost(0.4, 0.05),
    outages=(
        Outage(STRUCK, STRUCK + 0.43, 43, "udp"),
        Outage(STRUCK, STRUCK + 0.4, 8, "tcp"),
    ),
    flows=Flows(20, 20, 3, 20, 0.9),
    moments=(
        Moment(STRUCK, "you", "terminate-instances i-1"),
        Moment(STRUCK + 0.31, "decision", "PointRoute us-east-1a to i-2: its own node is ending"),
        Moment(STRUCK + 0.32, "call", "ReplaceRoute", STRUCK + 0.42),
        Moment(STRUCK + 0.43, "route", "us-east-1a to i-2"),
        Moment(STRUCK + 111, "call", "ReplaceRoute back", STRUCK + 111.4),
        Moment(STRUCK + 119, "call", "DescribeInstances", STRUCK + 119.1),
    ),
    addresses=("203.0.113.10",),
    promise="under 2 s",
    kept=True,
    detection=0.31,
    repair=111.69,
)
CALM = replace(
    TERMINATED,
    fault="update",
    title="A template update",
    lost_udp=(),
    lost_tcp=(),
    outages=(),
    flows=Flows(20, 20, 20, 20, 0.02),
)
HUNG = replace(
    TERMINATED,
    fault="hang",
    title=NASTY,
    story=NASTY,
    promise=NASTY,
    healed=None,
    kept=False,
    lost_udp=lost(120),
    outages=(Outage(STRUCK, STRUCK + 120, 12_000, "udp"),),
    moments=(Moment(STRUCK, "you", NASTY),),
    addresses=(NASTY,),
    detection=None,
    repair=None,
)
RUNS = (TERMINATED, CALM, HUNG)
