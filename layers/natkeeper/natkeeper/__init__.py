"""natkeeper: a NAT for a VPC that keeps itself alive."""

VERSION = "0.2.0"
"""Of this code; tests/house/test_release.py holds all places that name it together."""
