"""Observe: one reading of AWS and of the table, made into zones. A failed read is Unreadable, never empty."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from natkeeper.core.errors import AwsError
from natkeeper.core.model import Node, Observed
from natkeeper.core.topology import Layout, Listing, assemble, unreadable
from natkeeper.ports import Network, Nodes, Records

TWO_THREADS = partial(ThreadPoolExecutor, 2)


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads the stack's world in `pool`: the same few calls however many route tables there are."""

    nodes: Nodes
    network: Network
    layout: Layout
    pool: Callable[[], Executor] = TWO_THREADS

    def observe(self, records: Records) -> tuple[Observed, AwsError | None]:
        """The zones as they are now; with the error, all Unreadable, when any read failed."""
        try:
            listing = self._list(records)
        except AwsError as error:
            return unreadable(self.layout, str(error), lasting=error.needs_person), error
        return assemble(self.layout, listing), None

    def _list(self, records: Records) -> Listing:
        # Side by side: while a node is dead, every call in a row is packets lost.
        with self.pool() as pool:
            asked_tables = pool.submit(self.network.tables, self.layout.tables)
            asked_addresses = pool.submit(self.network.addresses, self.layout.allocations)
            nodes = tuple(_with_records(node, records) for node in self.nodes.find())
            tables, addresses = asked_tables.result(), asked_addresses.result()
        subnets = {*self.layout.public_subnets, *(s for table in tables for s in table.subnets)}
        return Listing(self.network.zones_of(subnets), tables, nodes, addresses)


def _with_records(node: Node, records: Records) -> Node:
    """The node with what the table holds of it; EC2's own announcement of doom goes first."""
    return replace(
        node,
        probes=records.evidence.get(node.id, ()),
        doom=node.doom or records.dooms.get(node.id),
        order=records.orders.get(node.id),
    )
