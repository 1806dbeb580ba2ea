"""A deployed stack on a local AWS: how it is deployed, what it looks like, who talks through it."""
