"""SSM: documents, and the commands that are sent by them."""
