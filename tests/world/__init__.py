"""AWS in memory, with virtual time and one seed: what the ports of the controller see of it, its delays and its
faults. `World` puts the parts together; tests/contract holds it to what the adapters do."""
