"""One local AWS: the processes that it is, and what changes it from outside."""
