"""What must never happen, whatever befalls a stack."""
