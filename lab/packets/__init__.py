"""The packet path: network namespaces, and the programs that run inside them."""
