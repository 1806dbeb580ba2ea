"""The certificate authority that the lab's instances trust, so that https is https."""

from __future__ import annotations

import trustme


class Authority:
    """One authority, made anew for every lab; its key never leaves the process."""

    def __init__(self) -> None:
        self._authority = trustme.CA(organization_name="natkeeper lab")

    def certificate(self, *names: str) -> str:
        """Returns a certificate for these names and addresses, with its key, as PEM."""
        found = self._authority.issue_cert(*names)
        return found.private_key_and_cert_chain_pem.bytes().decode()

    def root(self) -> str:
        """Returns the authority's own certificate as PEM."""
        return self._authority.cert_pem.bytes().decode()
