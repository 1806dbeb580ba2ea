"""What befalls any stack, also one with which nobody meddles."""
