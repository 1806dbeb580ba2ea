"""What the metadata service tells an instance of itself."""

from __future__ import annotations

import base64
import json

from lab.packets.picture import Interface, Vpc

REGION, ACCOUNT = "us-east-1", "123456789012"


def instance_metadata(vpc: Vpc, interface: Interface, user_data: str) -> dict[str, str]:
    """Returns what is told to whoever asks from this interface's primary address, by path."""
    subnet = vpc.subnet(interface.subnet)
    own = f"meta-data/network/interfaces/macs/{interface.mac}"
    told = {
        **_identity(interface.instance),
        "meta-data/instance-id": interface.instance,
        "meta-data/local-ipv4": interface.addresses[0],
        "meta-data/mac": interface.mac,
        f"{own}/device-number": str(interface.index),
        f"{own}/interface-id": interface.id,
        f"{own}/local-ipv4s": "\n".join(interface.addresses),
        f"{own}/subnet-id": subnet.id,
        f"{own}/subnet-ipv4-cidr-block": subnet.cidr,
        f"{own}/vpc-id": vpc.id,
        f"{own}/vpc-ipv4-cidr-block": vpc.cidr,
        **{f"{own}/ipv4-associations/{public}": private for private, public in interface.mapped},
    }
    if interface.public:
        told["meta-data/public-ipv4"] = interface.public
    if user_data:
        told["user-data"] = base64.b64decode(user_data).decode(errors="replace")
    return told


def _identity(instance: str) -> dict[str, str]:
    # Every instance has a role here. By its key, whoever is called knows the instance.
    document = {"version": "2017-09-30", "instanceId": instance, "region": REGION, "accountId": ACCOUNT}
    key = f"ASIA{instance.removeprefix('i-').upper()}"
    role = {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": "secret", "Token": "token"}
    return {
        "dynamic/instance-identity/document": json.dumps(document),
        "meta-data/iam/security-credentials/node": json.dumps(role),
        "meta-data/services/domain": "amazonaws.com",
        "meta-data/services/partition": "aws",
    }
