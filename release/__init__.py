"""What is handed to those who do not build: the processed template and its zips, the same bytes each time."""
