"""What a run of a fault leaves behind, and the pages that tell of it."""
