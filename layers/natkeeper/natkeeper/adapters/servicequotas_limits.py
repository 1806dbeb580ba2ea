"""What the account may have, in Service Quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from natkeeper.adapters.aws_errors import named

VCPUS, ADDRESSES = "L-1216C47A", "L-0263D0A3"
"""Running on-demand standard instances, in vCPUs; elastic addresses of VPCs. Both are quotas of ec2."""


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

    def _quota(self, code: str) -> int:
        with named("reading the quota", code):
            answer = self.client.get_service_quota(ServiceCode="ec2", QuotaCode=code)
            return int(answer["Quota"]["Value"])
