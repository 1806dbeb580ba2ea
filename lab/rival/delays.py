"""How long things take at the rival's that natkeeper does not do; all else takes as long as in `lab.ec2`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds."""

    check: float = 60.0
    """Between two looks of an auto-scaling group at its instance."""
    attach_again: float = 5.0
    """Until a node tries again to attach the interface that the one before it still has."""
    attached: float = 3.0
    """From AttachNetworkInterface until the interface is up inside."""
    associated: float = 3.0
    """That a node waits after AssociateAddress."""


DOCUMENTED = Delays()
_LOOKS = (
    "assumed: AWS publishes none, and fck-nat's page about availability says that a replacement takes about "
    "5 minutes in all"
)
SOURCES = {
    "the rival's group looks at its node": (DOCUMENTED.check, _LOOKS),
    "the rival attaches its interface again": (DOCUMENTED.attach_again, "fck-nat's service/fck-nat.sh"),
    "an attached interface is up": (DOCUMENTED.attached, "assumed: people report 2 to 5 s, and DHCP"),
    "the rival waits after AssociateAddress": (DOCUMENTED.associated, "fck-nat's service/fck-nat.sh"),
}
"""Each delay with its source, as the table of latencies shows them."""
