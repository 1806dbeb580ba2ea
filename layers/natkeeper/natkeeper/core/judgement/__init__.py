"""What is so: who is well, who should serve a zone, what it wants, what rests and what is left to spend."""
