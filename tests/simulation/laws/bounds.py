"""What several laws measure by: seconds, and kinds of calls."""

from __future__ import annotations

BOUND = 420.0
"""Seconds without a route to a usable node, while there is one and nothing hampers the controller."""
UNSEEN = 150.0
"""Seconds for which nobody may know that a node hangs: two probes, of which one was lost, and the pass."""
LATELY = 90.0
"""Seconds for which a read may not show yet that a zone wants a node: the longest lag, and the pass."""
HOUR, PASS = 3600.0, 60.0
"""The breaker counts launches from when their pass looked, and a pass may take so long."""
NETWORK = ("AssociateAddress", "ReplaceRoute", "CreateRoute")
ENDING = ("StopInstances", "TerminateInstances")
DISRUPTIVE = (*NETWORK, *ENDING)
