"""What to do now: the plan, the rules that it asks, what a person is told; and what came of it."""
