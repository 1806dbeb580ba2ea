"""An instance with a second interface: it is plugged in, forwards, and another instance can have it later."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from lab.ec2.clock import wait_until

from .region import Region

NAT = """
echo 1 >/proc/sys/net/ipv4/ip_forward
for each in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$each; done
nft -f - <<'EOT'
table ip nat { chain out { type nat hook postrouting priority 100; oifname "ens5" masquerade; }; }
EOT
"""


@pytest.fixture(scope="module")
def fixed(region: Region) -> str:
    """An interface of its own, to which the private subnet's default route leads."""
    made = region.ec2.create_network_interface(SubnetId=region.public, Groups=[region.group])
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    region.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, SourceDestCheck={"Value": False}
    )
    region.ec2.create_route(
        RouteTableId=region.tables[region.one],
        DestinationCidrBlock="0.0.0.0/0",
        NetworkInterfaceId=interface,
    )
    return interface


def attach(region: Region, interface: str, node: str) -> None:
    region.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=node, DeviceIndex=1)
    region.settle()


def gateway(region: Region) -> str:
    node = region.launch(region.public, public=True)
    region.uncheck(node)
    region.run(node, NAT)
    return node


def test_what_comes_in_by_a_second_interface_leaves_by_the_first_and_it_outlives_its_instance(
    region: Region, fixed: str
) -> None:
    host, first = region.launch(region.one), gateway(region)
    assert region.fetch(host) == ""
    attach(region, fixed, first)
    assert region.fetch(host) == region.instance(first)["PublicIpAddress"]
    second = gateway(region)
    with pytest.raises(ClientError, match="InUse"):
        attach(region, fixed, second)
    region.ec2.terminate_instances(InstanceIds=[first])
    assert wait_until(lambda: is_free(region, fixed), 30)
    assert region.fetch(host) == ""
    attach(region, fixed, second)
    assert region.fetch(host) == region.instance(second)["PublicIpAddress"]


def test_a_detached_interface_is_gone_from_an_instance_that_lives_on(region: Region, fixed: str) -> None:
    shown = region.ec2.describe_network_interfaces(NetworkInterfaceIds=[fixed])["NetworkInterfaces"][0]
    node = shown["Attachment"]["InstanceId"]
    region.ec2.detach_network_interface(AttachmentId=shown["Attachment"]["AttachmentId"])
    region.settle()
    assert "ens6" not in region.run(node, "ip -br link")
    assert region.fetch(node) == region.instance(node)["PublicIpAddress"]
    attach(region, fixed, node)
    assert "ens6" in region.run(node, "ip -br link")


def is_free(region: Region, interface: str) -> bool:
    shown = region.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    return shown["Status"] == "available"
