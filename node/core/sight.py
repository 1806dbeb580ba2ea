"""What the kernel says, and what is to be made of it."""

from __future__ import annotations

import re
from collections import Counter


def default_interface(routes: str) -> str:
    """Returns the interface of the best default route in the text of /proc/net/route; empty for none."""
    found = re.search(r"^([A-Za-z0-9._-]{1,15})\s0{8}(\s\w+){5}\s0{8}\s", routes, re.MULTILINE)
    return found[1] if found else ""


def in_force(saved: str) -> str:
    """Returns our three tables of what `iptables-save` printed, without counters and dates."""
    tables = re.findall(r"^\*(?:mangle|nat|filter)\n.*?^COMMIT\n", saved, re.DOTALL | re.MULTILINE)
    return re.sub(r" \[\d+:\d+\]$", "", "".join(tables), flags=re.MULTILINE)


def is_whole(wanted: str, live: str) -> bool:
    """Returns whether the rules in force are those just handed over: as many in each chain, and its policy.
    The kernel tells rules in words of its own, so their text says nothing."""
    return not _outline(wanted) - _outline(live) and wanted.count("\n-A ") == live.count("\n-A ")


def _outline(rules: str) -> Counter[str]:
    return Counter(re.findall(r"^(?:\*|:|-A )\w\S*(?: DROP)?", rules, re.MULTILINE))


def translates(live: str, interface: str) -> bool:
    """Returns whether the rules in force forward what is marked, translated, and nothing else by default."""
    wanted = (
        r"^:FORWARD DROP$",
        rf"^-A FORWARD -o {interface} .*-j ACCEPT$",
        rf"^-A POSTROUTING -o {interface} -m connmark .*-j MASQUERADE$",
    )
    return bool(interface) and all(re.search(each, live, re.MULTILINE) for each in wanted)


def memory(meminfo: str) -> int:
    """Returns the kB of memory that /proc/meminfo tells; 0 if it tells none."""
    found = re.match("MemTotal: +([0-9]+) kB", meminfo)
    return int(found[1]) if found else 0


def sent(devices: str, interface: str) -> int:
    """Returns the bytes that an interface has sent, by the text of /proc/net/dev; 0 if it is not there."""
    found = re.search(rf"^ *{re.escape(interface)}:(?: +\d+){{8}} +(\d+)", devices, re.MULTILINE)
    return int(found[1]) if found else 0


def exceeded(statistics: str) -> dict[str, int]:
    """Returns the allowances that this instance has exceeded, by what `ethtool -S` printed."""
    found = re.findall(r"^ *([a-z_]+_allowance_exceeded): ([1-9][0-9]{0,17})$", statistics, re.MULTILINE)
    return {name: int(count) for name, count in found}
