"""A zone's address and routes go over to another node, so that no server ever sees its clients by a third
address: at once, where neither node has one to show, else behind a fence (docs/adr/0004, 0032).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from natkeeper.core.actions import PointRoute
from natkeeper.core.decision.outcome import Refused
from natkeeper.core.errors import AwsError
from natkeeper.core.judgement.dependence import step_of_address, step_of_table
from natkeeper.core.last_resort_actions import PointAtGateway
from natkeeper.core.model import InterfaceId, RouteTableId
from natkeeper.ports import Network, Nodes

Pool = Callable[[], Executor]


@dataclass(frozen=True, slots=True)
class HandOver:
    """One of them, by who has the lease. `before_write` asks whether that is so still, and may raise."""

    nodes: Nodes
    network: Network
    pool: Pool
    action: PointRoute
    before_write: Callable[[], None]

    def carry_out(self) -> tuple[Refused, ...]:
        """What AWS refused of it."""
        if not self.action.at_once:
            return self._move_in_turn()
        bare = self._is_bare()
        self.before_write()
        try:
            refused = self._move_at_once() if bare else self._move_in_turn()
        except AwsError:  # of the fence
            self._set_public_addresses(self._taker, self.action.fence, on=True)
            raise
        self._set_public_addresses(self._taker, self.action.fence if refused else None, on=True)
        return refused

    def _is_bare(self) -> bool:
        """Whether neither node has, or is given, a public address of its own. What AWS will give to the old
        one cannot be seen; what the new one has can. Whatever is refused of this, there is the fence."""
        taken = self._set_public_addresses(self._taker, self.action.fence, on=False)
        try:
            return taken and not (self._taker and self.nodes.public_address(self._taker))
        except AwsError:
            return False

    def _set_public_addresses(self, *interfaces: InterfaceId | None, on: bool) -> bool:
        """Whether AWS took it of all of these. That they may have one again is asked as soon as they could
        need it; should that be refused, the next sweep gives it to whom it finds without any."""

        def put(interface: InterfaceId) -> bool:
            try:
                self.nodes.set_public_address(interface, on=on)
            except AwsError:
                return False
            return True

        with self.pool() as executor:
            return all(list(executor.map(put, filter(None, interfaces))))

    @property
    def _taker(self) -> InterfaceId | None:
        """Whose primary private address gets the elastic one; a cover address has no other public one."""
        return None if self.action.private else self.action.interface

    def _move_at_once(self) -> tuple[Refused, ...]:
        """Whichever comes first: what leaves without the address dies at the internet gateway."""
        refused, stuck = self._move_side_by_side()
        if refused and (origin := self.action.origin):
            # The address stayed there, so its clients leave by that node, or by none. If this is refused too,
            # the next sweep sees a node with routes and without the address.
            self._lead_tables(origin[0], but=frozenset(each.step for each in stuck))
        return self._concluded(refused, stuck)

    def _move_in_turn(self) -> tuple[Refused, ...]:
        """Fence, address, routes, back to back. When anything is refused, or the lease cannot be kept, the
        fence comes off again: nobody else may know that it is on."""
        fence = self.action.fence
        refused: tuple[Refused, ...] | None = None
        try:
            refused = self._move_behind_the_fence()
        finally:
            if fence and refused != ():
                # If this is refused too, the next sweep sees a serving node with the check on.
                with suppress(AwsError):
                    self.nodes.set_source_dest_check(fence, on=False)
        return refused

    def _move_behind_the_fence(self) -> tuple[Refused, ...]:
        if self.action.private and self.action.even_without_address:
            # A cover address without the zone's has no public one, and shows none.
            self._put_up_the_fence()
            return self._concluded(*self._move_side_by_side())
        refused = self._move_address_from_behind_it()
        self.before_write()
        if refused and not self.action.even_without_address:
            return refused
        return self._concluded(refused, self._lead_tables(self.action.interface))

    def _put_up_the_fence(self) -> None:
        if self.action.fence:
            self.nodes.set_source_dest_check(self.action.fence, on=True)
            self.before_write()

    def _move_address_from_behind_it(self) -> tuple[Refused, ...]:
        """At the same time where nothing comes back through the old node anyway, fenced or not: the routes
        follow. One that works would send by another address in between."""
        if self.action.fence and self.action.even_without_address:
            with self.pool() as executor:
                fenced = executor.submit(self.nodes.set_source_dest_check, self.action.fence, on=True)
                refused = self._move_address()
                with suppress(AwsError):
                    fenced.result()
            return refused
        self._put_up_the_fence()
        return self._move_address()

    def _move_side_by_side(self) -> tuple[tuple[Refused, ...], tuple[Refused, ...]]:
        with self.pool() as executor:
            moving = executor.submit(self._move_address)
            stuck = self._lead_tables(self.action.interface)
            return moving.result(), stuck

    def _concluded(self, refused: tuple[Refused, ...], stuck: tuple[Refused, ...]) -> tuple[Refused, ...]:
        """All that was refused. Where no table has moved, the address goes back."""
        if not refused and len(stuck) == len(self.action.tables):
            self._give_back_the_address()
        return (*refused, *stuck)

    def _give_back_the_address(self) -> None:
        """No table has left who had it, so its clients still leave by it."""
        if self.action.address and self.action.origin:
            # If this is refused too, the goal of the address is missed, and told.
            with suppress(AwsError):
                self.network.associate(self.action.address, *self.action.origin)

    def _move_address(self) -> tuple[Refused, ...]:
        action = self.action
        if action.address is None:
            return ()
        try:
            self.network.associate(action.address, action.interface, action.private)
        except AwsError as error:
            return (Refused(action, step_of_address(action.address, action.private), error),)
        return ()

    def _lead_tables(self, to: InterfaceId, but: frozenset[str] = frozenset()) -> tuple[Refused, ...]:
        tables = tuple(table for table in self.action.tables if step_of_table(table) not in but)
        return move_tables(
            replace(self.action, tables=tables), partial(self.network.point, interface=to), self.pool
        )


def move_tables(
    action: PointRoute | PointAtGateway, point: Callable[[RouteTableId], None], pool: Pool
) -> tuple[Refused, ...]:
    """Each table of the action by `point`, side by side; what AWS refused. They stand alone."""

    def move(table: RouteTableId) -> Refused | None:
        try:
            point(table)
        except AwsError as error:
            return Refused(action, step_of_table(table), error)
        return None

    if len(action.tables) < 2:
        return tuple(filter(None, map(move, action.tables)))
    with pool() as executor:
        return tuple(filter(None, executor.map(move, action.tables)))
