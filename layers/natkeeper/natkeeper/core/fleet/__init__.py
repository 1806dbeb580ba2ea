"""Many stacks in one place: what a stack says of itself, who may say it, and how they all stand."""
