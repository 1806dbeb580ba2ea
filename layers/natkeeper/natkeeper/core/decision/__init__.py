"""What is decided of it: who is well, who should serve, what to do now, and what to remember."""
