"""What comes in, read with suspicion: events, what nodes say, what AWS lists."""
