"""The same faults where AWS is otherwise than assumed: what nobody publishes is played with other answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lab.experiments.experiment import Experiment
from lab.experiments.promise import within

SLOW = (1.0, 3.0)
"""Seconds of AssociateAddress, which is assumed to take no longer than any other call."""
STRUCK = ("terminate", "hang")
OPEN = (*STRUCK, "replace")


def variants(faults: Mapping[str, Experiment]) -> Iterator[Experiment]:
    """Returns the faults that end a node, each with another answer of AWS."""
    for name in STRUCK:
        fault = faults[name]
        yield replace(
            fault,
            name=f"{name}-strict-group",
            title=f"{fault.title}; security groups do not pick up a flow in its middle",
            story=f"{fault.story} A group that sees a flow first in its middle does not begin to track it.",
            midstream=False,
        )
    for name in OPEN:
        fault = faults[name]
        yield replace(
            fault,
            name=f"{name}-open-group",
            title=f"{fault.title}; the nodes' security group is open",
            story=f"{fault.story} What is open both ways is not tracked, and the node's own firewall guards.",
            parameters={**fault.parameters, "SecurityGroup": "open"},
            midstream=False,
        )
    for seconds in SLOW:
        fault = faults["terminate"]
        yield replace(
            fault,
            name=f"terminate-address-{seconds:g}s",
            title=f"{fault.title}; AssociateAddress takes {seconds:g} s",
            story=f"{fault.story} The address moves there and back, each time after the route.",
            timings={"association": seconds},
            promise=within(2 + 2 * seconds),
        )
