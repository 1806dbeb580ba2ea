"""Values that each parameter of the templates takes, and values that it refuses."""

from __future__ import annotations

from tests.template.stacks import HUB, KEY

Values = dict[str, list[str]]
ACCOUNT, ORGANIZATION = "111122223333", "o-a1b2c3d4e5"
GOOD: Values = {
    "VpcCidr": [
        "10.0.0.0/16",
        *(f"10.1.{third}.0/{size}" for size in range(17, 22) for third in range(0, 256, 2 ** (24 - size))),
    ],
    "OfficeHours": [
        "",
        "Mon-Fri 08:00-20:00 Asia/Tokyo",
        "Mon-Fri 08:00-12:00, Mon-Fri 13:00-20:00, Sat 22:00-02:00 America/Argentina/Buenos_Aires",
        "Mon-Sun 00:00-24:00 Etc/GMT+5",
    ],
    "ExistingVpcId": ["", "vpc-01234567", "vpc-0123456789abcdef0"],
    "ExistingPublicSubnetIds": [
        "",
        "subnet-01234567",
        "subnet-0123456789abcdef0,subnet-01234567",
        ",".join(["subnet-01234567"] * 6),
    ],
    "ExistingPrivateRouteTableIds": ["", "rtb-01234567", ",".join(["rtb-0123456789abcdef0"] * 50)],
    "ExistingAllocationIds": ["", "eipalloc-01234567", "eipalloc-0123456789abcdef0,eipalloc-01234567"],
    "PrivateCidrs": ["", "10.0.0.0/8", ",".join(["10.0.0.0/16"] * 5)],
    "InstanceTypes": ["auto", "t4g.nano", "c7gn.medium,t4g.micro", "u7i-6tb.112xlarge"],
    "ImageParameter": ["/aws/service/debian/release/12/latest/arm64", "/my/nat_image-1.0"],
    "EgressTargets": ["https://1.1.1.1", "http://a.example:8080/x/~y", "https://a.b,https://c.d"],
    "AdminCidr": ["", "203.0.113.7/32", "0.0.0.0/0"],
    "PortForward1": ["", "tcp/9999=10.0.1.10:22", "udp/65535=10.0.1.10:1"],
    "KeyPair": ["", "me@home", "my key-1"],
    "DiskKeyArn": [
        "",
        KEY,
        "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef",
    ],
    "TestHostPort": ["", "9999", "65535"],
    "Tags": ["", "team=net", "aws-team=a b,cost:center/x@y=,awsome=1,C.d+e-f=g_h"],
    "TestHostInstanceType": ["t4g.nano"],
    "TestHostAddress": ["", "10.0.1.10"],
    "Prices": ["{}", '{"nat_gateway_hour": 0.045}', '{"t4g.nano spot":0.0016, "t3.nano":1}'],
    "NotificationEmail": ["", "me@example.com"],
    "FleetBus": ["", HUB, "arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/a/b.c_d"],
    "PermissionsBoundaryArn": [
        "",
        "arn:aws-cn:iam::123456789012:policy/a/b",
        "arn:aws:iam::aws:policy/PowerUserAccess",
    ],
}
BAD: Values = {
    "OfficeHours": [
        "Mon-Fri 08:00-20:00",
        "Mon-Fri 8:00-20:00 UTC",
        "Funday 08:00-20:00 UTC",
        "Mon 08:00-24:01 UTC",
        "Mon 24:00-02:00 UTC",
        "Mon 08:00-20:00,Tue 08:00-20:00 UTC",
    ],
    "VpcCidr": [
        "10.0.0.5/16",
        "10.0.1.0/16",
        *(f"10.1.{2 ** (23 - size)}.0/{size}" for size in range(17, 22)),
        "10.0.0.0",
        "10.0.0.0/22",
        "10.0.0.0/15",
        "10.0.0.256/16",
        "10.0.0.0/16,10.1.0.0/16",
    ],
    "ExistingVpcId": ["vpc-", "vpc-012345678", "my-vpc"],
    "ExistingPublicSubnetIds": ["subnet-01234567, subnet-01234568", ",".join(["subnet-01234567"] * 7)],
    "ExistingAllocationIds": [
        "203.0.113.7",
        "eipalloc-01234567,",
        "eipalloc-01234567, eipalloc-01234568",
        ",".join(["eipalloc-01234567"] * 7),
    ],
    "ExistingPrivateRouteTableIds": [",", "rtb-01234567,", ",".join(["rtb-01234567"] * 51)],
    "PrivateCidrs": ["0.0.0.0/0", "10.0.0.0/33", ",".join(["10.0.0.0/16"] * 6), "10.0.0.0/16;true"],
    "InstanceTypes": ["", "t4g", "auto,t4g.nano", "t4g.nano;t4g.micro"],
    "ImageParameter": ["ami-01234567", "aws/service", "/a b"],
    "EgressTargets": ["", "ftp://a.b", "https://a.b/?q=1", "https://a.b/$(id)", "https://a.b;id"],
    "AdminCidr": ["203.0.113.7", "2001:db8::/32", "203.0.113.7/33"],
    "PortForward1": [
        "9999",
        "tcp/0=10.0.1.10:22",
        "tcp/65536=10.0.1.10:22",
        "tcp/1=host:22",
        "icmp/1=1.1.1.1:1",
    ],
    "KeyPair": ["'", "$HOME", "a" * 256],
    "DiskKeyArn": ["alias/ebs", "arn:aws:kms:us-east-1:123456789012:alias/ebs", KEY[:-1], KEY.split("/")[1]],
    "TestHostPort": ["0", "65536", "22,23"],
    "Tags": [
        "team",
        "=net",
        "aws:team=net",
        "AWS:team=net",
        "team=net,natkeeper:stack=other",
        "Name=x",
        "a=b, c=d",
        "a=b,",
        ",".join(f"k{n}=v" for n in range(6)),
        "a" * 129 + "=b",
    ],
    "TestHostInstanceType": ["t4g"],
    "TestHostAddress": ["10.0.1", "10.0.1.256"],
    "Prices": ["", "0.045", '{"nat_gateway_hour": -1}', '{"a": "b"}', '{"a": 1,}', "{'a': 1}"],
    "FleetBus": [
        HUB.split("/")[1],
        HUB.replace("event-bus", "rule"),
        HUB.replace("events", "sns"),
        f"{HUB} ",
    ],
    "NotificationEmail": ["me", "me@example", "a@b.c d@e.f"],
    "PermissionsBoundaryArn": ["boundary", "arn:aws:iam::123456789012:role/x"],
}

# --- fleet.yaml

FLEET_GOOD: Values = {
    "OrganizationId": ["", ORGANIZATION, "o-" + "a" * 32],
    "Accounts": ["", ACCOUNT, ",".join([ACCOUNT] * 100)],
    "PermissionsBoundaryArn": ["", "arn:aws-cn:iam::123456789012:policy/a/b"],
}
FLEET_BAD: Values = {
    "OrganizationId": ["o-short", "a1b2c3d4e5", "o-A1B2C3D4E5", "*"],
    "Accounts": ["1234", f"{ACCOUNT}, {ACCOUNT}", "*", ",", ",".join([ACCOUNT] * 101)],
    "PermissionsBoundaryArn": ["boundary", "arn:aws:iam::123456789012:role/x"],
}
