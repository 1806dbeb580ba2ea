"""Tells the controller, by EventBridge and in this node's own name, what is heard of peers. Each argument is
one word: about whom, silent or heard, since when, and who is heard at all.
"""

from __future__ import annotations

import json
import sys
import time
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from node.core.settings import CONNTRACK
from node.core.signature import signed
from node.system import machine

METADATA = "http://169.254.169.254/latest/"
ROLES, IDENTITY = "meta-data/iam/security-credentials/", "dynamic/instance-identity/document"
TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105 - the header's name
FULL = 0.95
"""Of the connection table: what finds no place in it is dropped, and echoes would be."""


def main(words: list[str]) -> int:
    """Says them all at once. Returns the exit code."""
    try:
        entries, most = (machine.number(f"/proc/sys/{CONNTRACK}{name}") for name in ("count", "max"))
        said = "not said: the connection table is full here"
        if entries < FULL * most:
            said = _put([_detail(*word.split(" ")) for word in words])
    except (OSError, ValueError) as error:
        # What EventBridge refuses, it explains.
        said = f"not said: {error} {getattr(error, 'read', bytes)()!r}"
    sys.stderr.write(f"natkeeper-guard: {', '.join(words)}: {said}\n")
    return 0


def _detail(about: str, word: str, at: str, *hears: str) -> str:
    stack, _, _ = machine.text(machine.PARAMETERS).partition("\n")
    since = time.strftime(f"%Y-%m-%dT%H:%M:%S.{at[-3:]}Z", time.gmtime(float(at)))
    return json.dumps({"stack": stack, "about": about, "word": word, "since": since, "hears": hears})


def _put(details: list[str]) -> str:
    token = {TOKEN: _ask("api/token", {f"{TOKEN}-ttl-seconds": "60"}, method="PUT")}
    role = _ask(ROLES, token)
    words = ("meta-data/services/partition", "meta-data/services/domain", IDENTITY, ROLES + role)
    partition, domain, document, secret = (_ask(each, token) for each in words)
    here = json.loads(document)
    region = here["region"]
    source = f"natkeeper.node/arn:{partition}:ec2:{region}:{here['accountId']}:instance/{here['instanceId']}"
    entries = [{"Source": source, "DetailType": "Peer Report", "Detail": each} for each in details]
    host, body = f"events.{region}.{domain}", json.dumps({"Entries": entries})
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return _ask(f"https://{host}/", signed(host, region, body, json.loads(secret), now), body.encode())


def _ask(url: str, headers: dict[str, str], body: bytes | None = None, method: str | None = None) -> str:
    """Returns the answer, of the metadata service unless another is named. Raises OSError, if refused too."""
    asked = Request(urljoin(METADATA, url), body, headers, method=method)  # noqa: S310 - of our own making
    with urlopen(asked, timeout=1.5) as answer:  # noqa: S310
        return str(answer.read().decode())
