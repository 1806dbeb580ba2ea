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
from natkeeper.core.decision.learning import Done
from natkeeper.core.errors import AwsError
from natkeeper.core.model import GOING
from natkeeper.core.render import sentence
from natkeeper.ports import Network, Nodes, Notices, Repairs


@dataclass(frozen=True, slots=True)
class Applier:
    """The hands of the controller."""

    nodes: Nodes
    network: Network
    repairs: Repairs
    notices: Notices

    def apply(self, action: Action) -> Done:  # noqa: C901  # one branch an action is the point
        """What came of the action. Raises AwsError when AWS refuses."""
        match action:
            case LaunchNode():
                return self._launch(action)
            case DisableSourceDestCheck():
                self.nodes.set_source_dest_check(action.interface, on=False)
            case AssociateAddress():
                self.network.associate(action.address, action.interface)
            case PointRoute():
                self._point(action)
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

    def _point(self, action: PointRoute) -> None:
        """Fence, address, routes, back to back; when AWS refuses one, the fence comes off again."""
        if action.fence:
            self.nodes.set_source_dest_check(action.fence, on=True)
        try:
            if action.address:
                self.network.associate(action.address, action.interface)
            for table in action.tables:
                self.network.point(table, action.interface)
        except AwsError:
            if action.fence:
                # If this is refused too, the next sweep sees a serving node with the check on.
                with suppress(AwsError):
                    self.nodes.set_source_dest_check(action.fence, on=False)
            raise
