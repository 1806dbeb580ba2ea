"""What `python -m lab` does: the demo, single faults, the measurements of all, and the pages they write."""
