"""What memory keeps of what was seen and done, and what it forgets."""
