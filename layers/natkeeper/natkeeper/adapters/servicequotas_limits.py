"""What the account may have, in Service Quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from natkeeper.adapters.aws_errors import named

VCPUS, ADDRESSES, GATEWAYS = "L-1216C47A", "L-0263D0A3", "L-FE5A380F"
"""Running on-demand standard instances, in vCPUs, and elastic addresses of VPCs are quotas of ec2; NAT
gateways in a zone one of vpc."""


@dataclass(frozen=True, slots=True)
class ServiceQuotas:
    """Quotas as they are applied to this account, in this region."""

    client: Any

    def vcpus(self) -> int:
        """How many vCPUs may run."""
        return self._quota(VCPUS)

    def addresses(self) -> int:
        """How many elastic addresses there may be."""
        return self._quota(ADDRESSES)

    def gateways(self) -> int:
        """How many NAT gateways a zone may have."""
        return self._quota(GATEWAYS, of="vpc")

    def _quota(self, code: str, of: str = "ec2") -> int:
        with named("reading the quota", code):
            answer = self.client.get_service_quota(ServiceCode=of, QuotaCode=code)
            return int(answer["Quota"]["Value"])
