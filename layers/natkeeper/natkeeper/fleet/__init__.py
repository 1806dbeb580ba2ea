"""The hub's function: hears what the stacks of many accounts say, and shows them all on one page."""
