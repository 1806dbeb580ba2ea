"""What a life is made of: the controller at work, its orders, what is noted, and calm that is left out."""
