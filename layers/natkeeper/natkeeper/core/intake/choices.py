"""What a person chose for the stack, looked at as a whole: mistakes that no single parameter shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

FORWARDS = ("PORT_FORWARD1", "PORT_FORWARD2", "PORT_FORWARD3", "PORT_FORWARD4")


def find_mistakes(chosen: Mapping[str, str]) -> Iterator[str]:
    """Each mistake as a sentence with the names of what it is about: ports that are taken twice, which EC2
    refuses in words that name no parameter; and two that stand by where one does."""
    taken: dict[str, list[str]] = defaultdict(list)
    for name in FORWARDS:
        if text := chosen.get(name):
            taken[text.partition("=")[0]].append(name)
    if port := chosen.get("TEST_HOST_PORT"):
        taken[f"tcp/{port}"].append("TEST_HOST_PORT")
    if chosen.get("NODE_SSH") == "true":
        taken["tcp/22"].append("NODE_SSH")
    if chosen.get("SPARE") == "stopped" and chosen.get("STANDBY") == "zone":
        yield "SPARE is 'stopped' and STANDBY is 'zone': choose one; the standby serves long before a spare"
    for port, names in taken.items():
        if len(names) > 1:
            yield f"{' and '.join(names)} take {port}: give one of them another port"
