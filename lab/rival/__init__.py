"""A rival to run beside: an auto-scaling group of one with a fixed interface, as fck-nat documents it."""
