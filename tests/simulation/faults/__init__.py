"""What befalls a stack."""
