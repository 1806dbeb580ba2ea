"""Of which resources IAM is asked for a call to EC2 (AWS's service authorization reference)."""

from __future__ import annotations

RESOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "AssociateAddress": (
        ("AllocationId", "elastic-ip"),
        ("NetworkInterfaceId", "network-interface"),
        ("InstanceId", "instance"),
    ),
    "CreateRoute": (("RouteTableId", "route-table"),),
    "CreateNatGateway": (("SubnetId", "subnet"), ("AllocationId", "elastic-ip")),
    "DeleteNatGateway": (("NatGatewayId", "natgateway"),),
    "DeleteNetworkInterface": (("NetworkInterfaceId", "network-interface"),),
    "DeleteRoute": (("RouteTableId", "route-table"),),
    "DeleteSnapshot": (("SnapshotId", "snapshot"),),
    "DeregisterImage": (("ImageId", "image"),),
    "DescribeVpcAttribute": (("VpcId", "vpc"),),
    "ModifyInstanceAttribute": (("InstanceId", "instance"),),
    "ModifyInstanceCreditSpecification": (("InstanceCreditSpecification.InstanceId", "instance"),),
    "ModifyNetworkInterfaceAttribute": (("NetworkInterfaceId", "network-interface"),),
    "RebootInstances": (("InstanceId", "instance"),),
    "ReleaseAddress": (("AllocationId", "elastic-ip"),),
    "ReplaceRoute": (("RouteTableId", "route-table"),),
    "StartInstances": (("InstanceId", "instance"),),
    "StopInstances": (("InstanceId", "instance"),),
    "TerminateInstances": (("InstanceId", "instance"),),
}
"""Those that a call names: its parameter, and the kind. Without a kind it is asked of no resource."""
MADE = {"AllocateAddress": ("elastic-ip",), "CreateNatGateway": ("natgateway",)}
"""Those that a call makes, with the tags that it gives them."""
ELSEWHERE = ("RunInstances", "CreateImage", "DisassociateAddress")
"""Calls of which `launching` knows more."""
