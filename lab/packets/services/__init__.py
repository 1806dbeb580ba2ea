"""What answers in the lab's network: programs of their own, and the authority of their certificates."""
