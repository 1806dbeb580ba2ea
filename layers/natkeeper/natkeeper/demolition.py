"""Stack deletion: first make the controller inert, then take away what it made, in an order that holds.

Creation and update have nothing to do: the first sweep builds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from natkeeper.core.errors import AwsError
from natkeeper.core.model import InstanceId, InterfaceId, RouteTableId
from natkeeper.ports import Clock, Journal, Store

PATIENCE = timedelta(minutes=12)
POLL = 3.0  # seconds


class Removal(Protocol):
    """Takes away what the controller has put into EC2."""

    def nodes(self) -> tuple[InstanceId, ...]: ...
    def interfaces(self) -> tuple[InterfaceId, ...]: ...
    def terminate(self, nodes: Sequence[InstanceId]) -> None: ...
    def delete_routes(self, tables: Sequence[RouteTableId], interfaces: Sequence[InterfaceId]) -> int: ...
    def free_addresses(self) -> int: ...


class LeftoversError(Exception):
    """Something of the stack was still there when patience ended."""


@dataclass(frozen=True, slots=True)
class Demolition:
    """Everything the teardown function needs, wired by `bootstrap`."""

    store: Store
    removal: Removal
    journal: Journal
    tables: tuple[RouteTableId, ...]
    clock: Clock
    sleep: Callable[[float], None]

    def demolish(self) -> str:
        """A summary. Raises AwsError, or LeftoversError when nodes or interfaces outlive our patience.

        A run of the reconciler may be under way and launch one more node, so nodes are ended in the loop.
        """
        self.store.save_removed()
        deadline = self.clock() + PATIENCE
        routes = self.removal.delete_routes(self.tables, self.removal.interfaces())
        addresses = self.removal.free_addresses()
        ended: set[InstanceId] = set()
        while True:
            nodes, interfaces = self.removal.nodes(), self.removal.interfaces()
            if not nodes and not interfaces:
                break
            if self.clock() > deadline:
                raise LeftoversError(f"still there: {', '.join((*nodes, *interfaces))}; delete again")
            fresh = [node for node in nodes if node not in ended]
            self._end(fresh)
            ended.update(fresh)
            self.sleep(POLL)
        return f"ended {len(ended)} nodes, freed {addresses} addresses, deleted {routes} routes"

    def _end(self, nodes: Sequence[InstanceId]) -> None:
        try:
            self.removal.terminate(nodes)
        except AwsError as error:
            self.journal.refused("TerminateNode", error)
            raise
