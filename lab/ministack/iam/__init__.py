"""What a function's role may do to EC2 and Run Command."""
