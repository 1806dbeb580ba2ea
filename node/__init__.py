"""What makes a NAT of an instance and keeps it one. Standard library of Python 3.9 only."""
