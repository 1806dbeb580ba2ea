"""Observe: one reading of AWS and of the table, made into zones. A failed read is Unreadable, never empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from natkeeper.core.errors import AwsError
from natkeeper.core.image import Shelf
from natkeeper.core.intake.lending import without_lent_address
from natkeeper.core.intake.topology import (
    Layout,
    Listing,
    assemble,
    needed_subnets,
    private_subnets,
    unreadable,
)
from natkeeper.core.intake.workloads import Presence
from natkeeper.core.judgement.reading import Reading
from natkeeper.core.last_resort import NOTHING, LastResorts, NatGateway, remembered
from natkeeper.core.model import Observed, SubnetId, Unread
from natkeeper.ports import Gateways, Images, Network, Nodes, Workloads
from natkeeper.records import Records

THREADS = partial(ThreadPoolExecutor, 3)
LATER = Unread("this look was for the stack's own images, the next reads them again")


@dataclass(frozen=True, slots=True)
class Observation:
    """One look: the zones, the last resorts, and why nothing of the zones could be read, if so."""

    observed: Observed
    resorts: LastResorts
    error: AwsError | None


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads the stack's world in `pool`: the same few calls however many route tables there are.
    `workloads` only when they decide about sleep."""

    nodes: Nodes
    network: Network
    layout: Layout
    images: Images
    gateways: Gateways
    workloads: Workloads | None = None
    last_resort: bool = False  # gateways are always asked for, not only where one is remembered
    pool: Callable[[], Executor] = THREADS

    def observe(self, records: Records, now: datetime, *, workloads: bool = True) -> Observation:
        """The zones as they are now; with the error, all Unreadable, when any read failed. Without
        `workloads` those are left to the next look, and zones stay awake or asleep as they are."""
        there = remembered(zone.resort for zone in records.memory.zones.values())
        resorts = NOTHING
        if not (self.last_resort or there):
            observed, error = self._zones(records, now, workloads=workloads)
        else:
            with self.pool() as pool:
                asked = pool.submit(self._resorts, there)
                observed, error = self._zones(records, now, workloads=workloads)
                resorts = asked.result()
        zones = tuple(without_lent_address(zone, resorts) for zone in observed.zones)
        return Observation(replace(observed, zones=zones), resorts, error)

    def _zones(self, records: Records, now: datetime, *, workloads: bool) -> tuple[Observed, AwsError | None]:
        try:
            listing = self._list(records, workloads=workloads)
        except AwsError as error:
            return unreadable(self.layout, str(error), lasting=error.needs_person), error
        observed = assemble(self.layout, listing)
        zones = tuple(records.wished(zone, now) for zone in observed.zones)
        return replace(observed, zones=zones), None

    def _resorts(self, there: tuple[NatGateway, ...]) -> LastResorts:
        """Asked only where there may be one. That they cannot be read hides nothing else: then they are
        `there` as they are remembered."""
        try:
            return self.gateways.find()
        except AwsError as error:
            return LastResorts(there, unread=str(error))

    def read_shelf(self, reading: Reading) -> Shelf:
        """What is to be read of the stack's own images. That it cannot be read hides nothing else."""
        try:
            match reading:
                case Reading.IMAGES:
                    return Shelf(images=self.images.find())
                case Reading.BASE:
                    return Shelf(base=self.images.base())
                case _:
                    return Shelf()
        except AwsError as error:
            unread = Unread(str(error))
            return Shelf(images=unread) if reading is Reading.IMAGES else Shelf(base=unread)

    def _list(self, records: Records, *, workloads: bool) -> Listing:
        # Side by side: while a node is dead, every call in a row is packets lost.
        with self.pool() as pool:
            asked_addresses = pool.submit(self.network.addresses, self.layout.allocations)
            asked_nodes = pool.submit(self.nodes.find, records.memory.listed())
            vpc = self.network.vpc_of(self.layout.public_subnets)
            tables = self.network.tables(vpc) if vpc else ()
            subnets = self.network.subnets(vpc, needed_subnets(self.layout, tables)) if vpc else {}
            private = private_subnets(self.layout, subnets, tables)
            asked_presences = pool.submit(self._presences, private, asked=workloads)
            nodes = tuple(records.told_of(node) for node in asked_nodes.result())
            return Listing(subnets, tables, nodes, asked_addresses.result(), asked_presences.result())

    def _presences(self, subnets: Sequence[SubnetId], *, asked: bool) -> tuple[Presence, ...] | Unread:
        """Workloads that cannot be read hide nothing else: a node that is dead is still healed."""
        if self.workloads is None or not subnets:
            return ()
        if not asked:
            return LATER
        try:
            return self.workloads.find(subnets)
        except AwsError as error:
            return Unread(str(error))
