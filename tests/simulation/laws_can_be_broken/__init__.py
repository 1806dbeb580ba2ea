"""Every law can fail: a controller with one rule broken on purpose is caught by it, and by no other before."""
