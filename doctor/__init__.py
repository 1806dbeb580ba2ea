"""The doctor at a terminal, before anything is deployed: `make doctor`."""
