"""natkeeper: a NAT for a VPC that keeps itself alive."""
