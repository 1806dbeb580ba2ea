"""Links of a VPC that break, for a while or until they are mended: what one interface sends to another is
lost on the way, and nobody tells.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.packets.picture import Interface

GATEWAY = "internet"
EVERYWHERE = "*"
"""Every other interface, and the gateway."""
Way = tuple[str, str]
"""From whom to whom: instances, the internet or everywhere."""


def of(interfaces: Iterable[Interface], ways: Iterable[Way]) -> list[Way]:
    """Returns the ways that begin or end at one of these."""
    there = {each.instance for each in interfaces}
    return [way for way in ways if there & set(way)]


def pairs(ways: Iterable[Way], interfaces: Iterable[Interface]) -> list[Way]:
    """Returns the router's devices between which nothing passes any more, for instances that are switched on.
    Raises ValueError naming every place that is not in this VPC."""
    devices = {GATEWAY: "igw", **{i.instance: i.device for i in interfaces if not i.index}}
    wanted = list(ways)
    if unknown := sorted({place for way in wanted for place in way} - {EVERYWHERE, *devices}):
        raise ValueError(f"no interface of {', '.join(unknown)}: one of {', '.join(sorted(devices))}")
    found = {
        (one, two)
        for first, second in wanted
        for one in (devices.values() if first == EVERYWHERE else (devices[first],))
        for two in (devices.values() if second == EVERYWHERE else (devices[second],))
    }
    return sorted((one, two) for one, two in found if one != two)


def ruleset(cut: Iterable[Way], milliseconds: int) -> str:
    """Returns the router's ruleset that loses all between these pairs of devices; 0 milliseconds: until it is
    replaced by another."""
    for_long = f" timeout {milliseconds}ms" if milliseconds else ""
    elements = ", ".join(f'"{one}" . "{two}"{for_long}' for one, two in cut)
    filled = f"elements = {{ {elements} }}" if elements else ""
    return f"""
add table ip cut
delete table ip cut
table ip cut {{
  set ways {{
    type ifname . ifname
    flags timeout
    {filled}
  }}
  chain passing {{
    type filter hook forward priority 0; policy accept;
    iifname . oifname @ways counter drop
  }}
}}
"""
