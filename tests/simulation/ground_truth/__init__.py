"""What is really so, whatever any read says: who serves, who wants it, for how long, and what excuses it."""
