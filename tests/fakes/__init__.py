"""In-memory stand-ins for the ports, by role. tests/contract holds them to what the adapters do."""
