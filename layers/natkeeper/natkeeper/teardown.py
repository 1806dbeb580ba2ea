"""Stack deletion: first make the controller inert, then take away what it made, in an order that holds.

Creation has nothing to do: the first sweep builds. An update that leaves out a zone or an address waits until
no node has it, for CloudFormation deletes both right after and leaves behind what is in use.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from natkeeper.core.errors import AwsError, NotFoundError
from natkeeper.core.last_resort import NatGatewayId
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, RouteTableId
from natkeeper.ports import Clock, Journal, Lease, Store
from natkeeper.records import Records

PATIENCE = timedelta(minutes=12)
LONGEST_RUN = timedelta(seconds=100)
"""After this no run of the reconciler lives (it has 60 s), and no lease is held (30 s)."""
CONSISTENCY = timedelta(minutes=1)
"""A node or a NAT gateway made so lately may not be in EC2's lists yet (EC2 API, eventual consistency)."""
IDLE = timedelta(seconds=150)
"""In two sweeps the controller gives a zone that a neighbour covers its new address. Of a zone that goes it
knows nothing any more, and where one sleeps it does nothing: nobody takes such an address off its node."""
LAST_TRIES = timedelta(seconds=30)
"""Of what is still to be done when patience has ended, while AWS is busy."""
POLL = 3.0  # seconds
T = TypeVar("T")


class Removal(Protocol):
    """Takes away what the controller has put into EC2."""

    def nodes(self) -> tuple[InstanceId, ...]: ...
    def interfaces(self, outside: Collection[str] = ()) -> tuple[InterfaceId, ...]: ...
    def terminate(self, node: InstanceId) -> None: ...
    def give_back(
        self,
        tables: Sequence[RouteTableId],
        interfaces: Collection[str],
        originals: Mapping[RouteTableId, str | None],
    ) -> tuple[str, ...]: ...
    def held_addresses(self, but: Collection[str] = ()) -> tuple[AllocationId, ...]: ...
    def idle_addresses(self, but: Collection[str] = ()) -> tuple[AllocationId, ...]: ...
    def free_addresses(self, but: Collection[str] = ()) -> int: ...
    def gateways(self, outside: Collection[str] = ()) -> tuple[NatGatewayId, ...]: ...
    def end_gateways(self) -> tuple[NatGatewayId, ...]: ...
    def release_addresses(self) -> tuple[AllocationId, ...]: ...
    def drop_images(self) -> int: ...


class LeftoversError(Exception):
    """Something of the stack was still there when patience ended."""


@dataclass(frozen=True, slots=True)
class Demolition:
    """Everything the teardown function needs, wired by `bootstrap`."""

    store: Store
    lease: Lease
    removal: Removal
    journal: Journal
    tables: tuple[RouteTableId, ...]
    clock: Clock
    sleep: Callable[[float], None]

    def demolish(self, time_left: timedelta = PATIENCE) -> str:
        """A summary. Raises AwsError, or LeftoversError when nodes or interfaces outlive our patience,
        which ends before `time_left` does. What was done stays done: it can be called again."""
        return _Run(self, self.clock() + min(time_left, PATIENCE)).carry_out()

    def trim(self, subnets: Collection[str], allocations: Collection[str], time_left: timedelta) -> str:
        """A summary. The controller, updated already, ends the nodes outside these subnets, if any are named,
        and with them those that hold other addresses. What it has not ended when time is up, CloudFormation
        will name. Without allocations all addresses leave their nodes. Raises AwsError."""
        run, removal = _Run(self, self.clock() + min(time_left, PATIENCE)), self.removal

        def left() -> tuple[str, ...]:
            nodes = removal.interfaces(outside=subnets) if subnets else ()
            gateways = removal.gateways(outside=subnets) if subnets else ()
            return (*nodes, *gateways, *(removal.held_addresses(but=allocations) if allocations else ()))

        run.outlast()
        if names := run.wait_for(left, run.deadline):
            self.journal.demolished(f"still in use, though the stack has left them: {', '.join(names)}")
        until = min(run.deadline, self.clock() + IDLE)
        run.deadline += LAST_TRIES
        run.wait_for(lambda: removal.idle_addresses(but=allocations), until)
        return f"freed {run.persist(lambda: removal.free_addresses(but=allocations))} addresses"


@dataclass(slots=True)
class _Run:
    """One demolition: what was ended, NAT gateways that were seen, nodes that AWS would not end and why."""

    parts: Demolition
    deadline: datetime
    ended: set[InstanceId] = field(default_factory=set)
    met: set[NatGatewayId] = field(default_factory=set)
    refused: dict[InstanceId, AwsError] = field(default_factory=dict)

    def carry_out(self) -> str:
        records, removal, tables = self._silence(), self.parts.removal, self.parts.tables
        ours = (*self.persist(removal.interfaces), *self.persist(removal.gateways))
        # Routes before nodes: traffic goes back to what was there while the nodes still carry it.
        for news in self.persist(lambda: removal.give_back(tables, ours, records.originals)):
            self.parts.journal.demolished(news)
        addresses = self.persist(removal.free_addresses)
        self._end_nodes(records)
        addresses += self.persist(removal.free_addresses)  # those that a NAT gateway had until now
        self.persist(removal.release_addresses)
        images = self.persist(removal.drop_images)
        told = f", took away {images} images" if images else ""
        return f"ended {len(self.ended)} nodes, freed {addresses} addresses{told}"

    def _silence(self) -> Records:
        """Makes the controller inert. Returns what it remembers, once no run can launch anything more: a
        run that had begun before holds the lease, and one that begins later reads the tombstone."""
        try:
            self.persist(self.parts.store.save_removed)
            self.outlast()
            return self.persist(self.parts.store.load)
        except NotFoundError as error:  # no run can begin without the table, and what it held is lost
            self.parts.journal.demolished(str(error))
            return Records()

    def outlast(self) -> None:
        """Waits until a run that had begun before has ended. Without the table none can have."""
        lease, until = self.parts.lease, min(self.deadline, self.parts.clock() + LONGEST_RUN)
        try:
            while self.persist(lease.acquire) is None and self.parts.clock() < until:
                self.parts.sleep(POLL)
            self.persist(lease.release)
        except NotFoundError as error:
            self.parts.journal.demolished(str(error))

    def _end_nodes(self, records: Records) -> None:
        """Ends every node and last resort, and waits until they and their interfaces are gone, for those hold
        subnets, group and addresses."""
        removal = self.parts.removal
        while True:
            nodes, interfaces = self.persist(removal.nodes), self.persist(removal.interfaces)
            self._end([node for node in nodes if node not in self.ended])
            gateways = self.persist(removal.end_gateways)
            self.met.update(gateways)
            if not (nodes or interfaces or gateways or self._unseen(records)):
                return
            stuck = bool(self.refused) and set(nodes) == self.refused.keys() and not gateways
            if stuck or self.parts.clock() > self.deadline:
                raise LeftoversError(self._leftovers((*nodes, *interfaces, *gateways)))
            self.parts.sleep(POLL)

    def wait_for(self, read: Callable[[], tuple[str, ...]], until: datetime) -> tuple[str, ...]:
        """What is left when nothing is, or when time is up."""
        while (left := self.persist(read)) and self.parts.clock() <= until:
            self.parts.sleep(POLL)
        return left

    def _end(self, nodes: Sequence[InstanceId]) -> None:
        """Ends them one by one: one that AWS will not end must not keep the others alive."""
        self.refused.clear()
        for node in nodes:
            try:
                self.parts.removal.terminate(node)
                self.ended.add(node)
            except AwsError as error:
                self.parts.journal.refused("TerminateNode", error)
                if error.needs_person:
                    self.refused[node] = error

    def _unseen(self, records: Records) -> bool:
        """Whether a node or a NAT gateway was made just now that nobody has seen yet."""
        memory, since = records.memory, self.parts.clock() - CONSISTENCY
        seen, resorts = self.ended | memory.nodes.keys(), [zone.resort for zone in memory.zones.values()]
        nodes = [x for x in memory.launches() if x.instance and x.instance not in seen and x.at > since]
        gateways = [r for r in resorts if r.gateway and r.gateway.id not in self.met]
        return bool(nodes) or any(r.made_at and r.made_at > since for r in gateways)

    def persist(self, step: Callable[[], T]) -> T:
        """The step's result, tried again while AWS is busy or silent. Raises what only a person can mend."""
        while True:
            try:
                return step()
            except NotFoundError:
                raise
            except AwsError as error:
                if error.needs_person or self.parts.clock() > self.deadline:
                    raise
                self.parts.journal.refused("teardown", error)
                self.parts.sleep(POLL)

    def _leftovers(self, names: Sequence[str]) -> str:
        said = "".join(f" {error}." for error in self.refused.values())
        return (
            f"still there: {', '.join(names)}.{said} End these yourself (is a node protected from "
            "termination? does it hang in shutting-down?), then delete the stack again: what is done "
            "stays done."
        )
