"""What it costs, and what that saved."""
