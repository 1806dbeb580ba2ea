"""The whole controller in a simulated AWS under faults: `python -m tests.simulation.soak` for long runs."""
