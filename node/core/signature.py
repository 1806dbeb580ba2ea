"""A call to EventBridge, signed (Signature Version 4), for no AWS library is on every image."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

KIND = "AWS4-HMAC-SHA256"


def signed(host: str, region: str, body: str, credentials: Mapping[str, str], now: str) -> dict[str, str]:
    """Returns the headers of PutEvents with this body, for credentials as the metadata service tells them,
    at a time like 20260314T120000Z."""
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": now,
        "x-amz-security-token": credentials["Token"],
        "x-amz-target": "AWSEvents.PutEvents",
    }
    names = ";".join(headers)
    lines = ["POST", "/", "", *map(":".join, headers.items()), "", names, _hash(body)]
    scope = f"{now[:8]}/{region}/events/aws4_request"
    text = "\n".join([KIND, now, scope, _hash("\n".join(lines))])
    key = f"AWS4{credentials['SecretAccessKey']}".encode()
    for part in [*scope.split("/"), text]:
        key = hmac.digest(key, part.encode(), "sha256")
    signer = f"{credentials['AccessKeyId']}/{scope}"
    return {
        **headers,
        "authorization": f"{KIND} Credential={signer}, SignedHeaders={names}, Signature={key.hex()}",
    }


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
