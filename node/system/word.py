"""Tells the controller, by EventBridge and in this node's own name, what is heard of peers. Each line that
comes in: about whom, unsure, silent or heard, since when, and who is heard at all.

An empty line says nothing to anybody. It comes first, with the first beat that is missed: what follows finds
a program that has its credentials and is connected. It lives for a moment.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from node.core.settings import CONNTRACK
from node.core.signature import signed
from node.system import machine

ROLES = "/latest/meta-data/iam/security-credentials/"
TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105 - the header's name
FULL = 0.95
"""Of the connection table: what finds no place in it is dropped, and echoes would be."""


def main(_: list[str]) -> int:
    """Says a line at a time. Returns the exit code."""
    for line in sys.stdin:
        try:
            said = _put(*line.split())
        except (OSError, ValueError, HTTPException) as error:
            said = f"not said: {error!r}"
            _way.cache_clear()
        sys.stderr.write(f"natkeeper-guard: {line.strip()}: {said}\n")
    return 0


def _put(about: str = "", word: str = "", at: str = "", *hears: str) -> str:
    """Returns the answer: what EventBridge refuses, it explains. About nobody, it connects."""
    if machine.number(f"/proc/sys/{CONNTRACK}count") >= FULL * machine.number(f"/proc/sys/{CONNTRACK}max"):
        raise ValueError("the connection table is full")
    source, region, credentials, way = _way()
    if not about:
        way.connect()
        return "ready"
    stack = machine.text(machine.PARAMETERS).partition("\n")[0]
    since = time.strftime(f"%Y-%m-%dT%H:%M:%S.{at[-3:]}Z", time.gmtime(float(at)))
    detail = json.dumps({"stack": stack, "about": about, "word": word, "since": since, "hears": hears})
    body = json.dumps({"Entries": [{"Source": source, "DetailType": "Peer Report", "Detail": detail}]})
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return _ask(way, "POST", "/", signed(way.host, region, body, credentials, now), body)


@cache
def _way() -> tuple[str, str, dict[str, str], HTTPConnection]:
    """Returns in whose name, where, with what right and to whom this node speaks."""
    own = HTTPConnection("169.254.169.254", timeout=1.5)
    token = {TOKEN: _ask(own, "PUT", "/latest/api/token", {f"{TOKEN}-ttl-seconds": "60"})}
    role = _ask(own, "GET", ROLES, token)
    paths = (
        "/latest/meta-data/services/partition",
        "/latest/meta-data/services/domain",
        "/latest/dynamic/instance-identity/document",
        ROLES + role,
    )
    partition, domain, *documents = (_ask(own, "GET", path, token) for path in paths)
    here, credentials = map(json.loads, documents)
    region = here["region"]
    source = f"natkeeper.node/arn:{partition}:ec2:{region}:{here['accountId']}:instance/{here['instanceId']}"
    return source, region, credentials, HTTPSConnection(f"events.{region}.{domain}", timeout=1.5)


def _ask(way: HTTPConnection, method: str, path: str, headers: dict[str, str], body: str = "") -> str:
    way.request(method, path, body, headers)
    return way.getresponse().read().decode()
