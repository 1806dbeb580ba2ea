"""What the stack asks of a node: seven values, a line each, checked as a whole before anything is changed."""

from __future__ import annotations

import re
from typing import NamedTuple

OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
ADDRESS = rf"{OCTET}(\.{OCTET}){{3}}"
SIZES = "3[0-2]|[12][0-9]|[89]"
"""Of the ranges that clients live in."""
PORT = "[1-9][0-9]{0,4}"
FORWARD = re.compile(f"(?P<protocol>tcp|udp)/(?P<port>{PORT})=(?P<host>{ADDRESS}):(?P<to>{PORT})")
PORTS = 65536


class ParameterError(ValueError):
    """All mistakes that were found, a line each; none repeats the value."""


class Forward(NamedTuple):
    """A port of the node's public address that leads to a private host's."""

    protocol: str
    port: str
    host: str
    to: str


class Parameters(NamedTuple):
    """What CloudFormation filled in."""

    stack: str
    ranges: list[str]
    """The private networks; what they say among themselves stays untranslated."""
    forwards: list[Forward]
    keep: bool
    """Whether a host sees the address of who uses a forward, or the node's."""
    ssh: bool
    """Whether the node itself takes SSH, from `admin`."""
    admin: str
    """The CIDR block that may use forwards and SSH; empty for none."""
    sources: list[str]
    """Whom the rules take for a client: where the security group is open they have to say who may come in."""


def read(text: str) -> Parameters:
    """Returns what the lines say: as Parameters has it. Raises ParameterError."""
    lines = text.split("\n")
    if lines[6:] not in (["closed", ""], ["open", ""]):
        raise ParameterError("a parameter holds a line break, or one is missing")
    stack, keep, ssh, admin = lines[0], *lines[3:6]
    ranges, forwards = (line.replace(",", " ").split(" ") for line in lines[1:3])
    ranges, forwards = list(filter(None, ranges)), list(filter(None, forwards))
    found = [FORWARD.fullmatch(each) for each in forwards]
    checks = {
        "not a stack name": re.fullmatch("[A-Za-z][A-Za-z0-9-]{0,127}", stack),
        "KeepClientAddress must be true or false": keep in ("true", "false"),
        "NodeSsh must be true or false": ssh in ("true", "false"),
        "AdminCidr must be like 203.0.113.7/32": not admin or _is_block(admin, "3[0-2]|[12]?[0-9]"),
        "a port forward or NodeSsh needs AdminCidr": admin or (ssh != "true" and not forwards),
        "there is no private range to translate": ranges,
        "a private range must be like 10.0.0.0/16": all(_is_block(each, SIZES) for each in ranges),
        "a port forward must be like tcp/9999=10.0.1.10:22": all(
            each and int(each["port"]) < PORTS > int(each["to"]) for each in found
        ),
        "a port is forwarded twice": len({each.split("=")[0] for each in forwards}) == len(forwards),
    }
    mistakes = [mistake for mistake, right in checks.items() if not right]
    if mistakes:
        raise ParameterError("\n".join(mistakes))
    sources = ["0.0.0.0/0"] if lines[6] == "closed" else ranges
    named = [Forward(**each.groupdict()) for each in found if each]
    return Parameters(stack, ranges, named, keep == "true", ssh == "true", admin, sources)


def _is_block(word: str, sizes: str) -> bool:
    return bool(re.fullmatch(f"{ADDRESS}/({sizes})", word))
