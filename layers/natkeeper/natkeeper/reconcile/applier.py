"""Apply: one action, carried out through the ports. Decides nothing; every call is safe to repeat."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import assert_never

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    DisableSourceDestCheck,
    LaunchNode,
    Notify,
    PointRoute,
    RepairNode,
    StartNode,
    StopNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.decision.dependence import step_of, step_of_address, step_of_table
from natkeeper.core.errors import AwsError
from natkeeper.core.model import GOING
from natkeeper.core.outcome import Done, Refused
from natkeeper.core.render import sentence
from natkeeper.ports import Network, Nodes, Notices, Repairs


@dataclass(frozen=True, slots=True)
class Applier:
    """The hands of the controller."""

    nodes: Nodes
    network: Network
    repairs: Repairs
    notices: Notices

    def apply(self, action: Action) -> Done:
        """What came of the action: what AWS refuses of it is part of that."""
        try:
            return self._carry_out(action)
        except AwsError as error:
            return Done(action, refused=(Refused(action, step_of(action), error),))

    def _carry_out(self, action: Action) -> Done:  # noqa: C901  # one branch an action is the point
        match action:
            case LaunchNode():
                return self._launch(action)
            case DisableSourceDestCheck():
                self.nodes.set_source_dest_check(action.interface, on=False)
            case AssociateAddress():
                self.network.associate(action.address, action.interface)
            case PointRoute():
                return self._move(action)
            case RepairNode():
                self.repairs.repair(action.node)
            case TerminateNode():
                self.nodes.terminate(action.node)
            case StopNode():
                self.nodes.stop(action.node)
            case StartNode():
                self.nodes.start(action.node)
            case Notify():
                self.notices.publish(f"natkeeper: {action.cause} in {action.zone}", sentence(action))
            case Wait():
                pass
            case _:
                assert_never(action)
        return Done(action)

    def _launch(self, action: LaunchNode) -> Done:
        launched = self.nodes.launch(action)
        replayed = launched.lifecycle in GOING
        return Done(action, None if replayed else launched.instance, launched.without_capacity)

    def _move(self, action: PointRoute) -> Done:
        """Fence, address, routes, back to back. The tables stand alone; when anything is refused, the fence
        comes off again."""
        if action.fence:
            self.nodes.set_source_dest_check(action.fence, on=True)
        refused = self._move_address(action)
        if action.even_without_address or not refused:
            refused += self._move_tables(action)
        if action.fence and refused:
            # If this is refused too, the next sweep sees a serving node with the check on.
            with suppress(AwsError):
                self.nodes.set_source_dest_check(action.fence, on=False)
        return Done(action, refused=refused)

    def _move_address(self, action: PointRoute) -> tuple[Refused, ...]:
        if action.address is None:
            return ()
        try:
            self.network.associate(action.address, action.interface)
        except AwsError as error:
            return (Refused(action, step_of_address(action.address), error),)
        return ()

    def _move_tables(self, action: PointRoute) -> tuple[Refused, ...]:
        refused: list[Refused] = []
        for table in action.tables:
            try:
                self.network.point(table, action.interface)
            except AwsError as error:
                refused.append(Refused(action, step_of_table(table), error))
        return tuple(refused)
