"""Traffic of a private host through the NAT, and the record of what was lost."""
