"""Lambda in ministack: how functions start, what they share, what they may write, and how they end."""
