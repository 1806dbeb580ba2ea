"""Stacks that tests share, and a few ways to look into them."""

from __future__ import annotations

from typing import Any

from tests.template.cfn import Stack, template

KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
HUB = "arn:aws:events:eu-west-1:210987654321:event-bus/natkeeper-fleet"
DEFAULT = Stack()
THREE_ZONES = Stack({"ZoneCount": "3"})
SIX_ZONES = Stack({"ZoneCount": "6"})
EXISTING = Stack(
    {
        "NetworkMode": "existing",
        "ExistingVpcId": "vpc-0123456789abcdef0",
        "ExistingPublicSubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
        "ExistingPrivateRouteTableIds": "rtb-0123456789abcdef0,rtb-0123456789abcdef1,rtb-01234567",
        "PrivateCidrs": "10.0.0.0/16,100.64.0.0/10",
    }
)
EXISTING_SIX = Stack(
    {
        **EXISTING.given,
        "ExistingPublicSubnetIds": ",".join(f"subnet-0123456789abcdef{n}" for n in range(6)),
        "ExistingAllocationIds": "eipalloc-01234567,eipalloc-01234568",
    }
)
TUTORIAL = Stack(
    {
        "TestHost": "true",
        "TestHostPort": "9999",
        "AdminCidr": "203.0.113.7/32",
        "KeyPair": "me",
    }
)
EVERYTHING = Stack(
    {
        **TUTORIAL.given,
        "ZoneCount": "3",
        "TestHostPort": "2222",
        "PortForward1": "tcp/9999=10.0.1.10:22",
        "PortForward2": "udp/51820=10.0.1.11:51820",
        "PortForward3": "tcp/80=10.0.3.1:8080",
        "PortForward4": "tcp/443=10.0.3.1:8443",
        "NodeSsh": "true",
        "NotificationEmail": "me@example.com",
        "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary",
        "DiskKeyArn": KEY,
        "Tags": "team=net,cost-center=42",
        "FleetBus": HUB,
        "FleetOrders": "true",
        "LastResort": "nat-gateway",
        "SecurityGroup": "open",
    }
)
TELLING = Stack({"ZoneCount": "3", "FleetBus": HUB})
"""It tells a hub how it stands, and takes no orders from there."""
ALL = {
    "default": DEFAULT,
    "one zone": Stack({"ZoneCount": "1"}),
    "three zones": THREE_ZONES,
    "six zones": SIX_ZONES,
    "existing": EXISTING,
    "existing, six zones": EXISTING_SIX,
    "tutorial": TUTORIAL,
    "everything": EVERYTHING,
    "no address kept": Stack({"KeepAddress": "false"}),
    "no dashboard": Stack({"Dashboard": "false"}),
    "addresses that stay": Stack({"RetainAddresses": "true", "LastResort": "nat-gateway"}),
    "own types": Stack({"InstanceTypes": "c7gn.medium"}),
    "telling a hub": TELLING,
}
FUNCTIONS = ("Reconcile", "Probe", "Report", "Doctor", "Picture", "Teardown")
ROLES = (*(f"{function}Role" for function in FUNCTIONS), "NodeRole", "FleetRole")


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The template's resources of a type, unevaluated."""
    return {n: r for n, r in template()["Resources"].items() if r["Type"] == kind}


def statements(stack: Stack, role: str) -> list[dict[str, Any]]:
    """The statements of a role's inline policies, evaluated."""
    policies = stack.properties(role)["Policies"]
    return [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]


def listed(value: Any) -> list[str]:
    """IAM takes one string or a list."""
    return value if isinstance(value, list) else [value]
