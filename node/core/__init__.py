"""Pure: what a node should be, as values and text, and what is to be made of what the kernel says."""
