"""Apply: one action, carried out through the ports. Decides nothing; every call is safe to repeat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from natkeeper.core.actions import (
    Action,
    AssignPublicAddress,
    AssociateAddress,
    CreateImage,
    DisableSourceDestCheck,
    DropImage,
    EndBaker,
    LaunchBaker,
    LaunchNode,
    Notify,
    PointRoute,
    RepairNode,
    SetCpuCredits,
    StartNode,
    StopNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.decision.outcome import Done, Refused
from natkeeper.core.decision.render import sentence
from natkeeper.core.errors import AwsError
from natkeeper.core.judgement.dependence import step_of
from natkeeper.core.judgement.market import (
    is_of_the_pool,
    may_be_of_the_image,
    may_be_of_the_second_address,
    pool,
    pools,
)
from natkeeper.core.last_resort_actions import (
    CreateNatGateway,
    DeleteNatGateway,
    LastResortAction,
    PointAtGateway,
    ReleaseAddress,
)
from natkeeper.core.model import GOING, ImageId, Market
from natkeeper.ports import Gateways, Images, Launched, Network, Nodes, Notices, Repairs
from natkeeper.reconcile.hand_over import HandOver, move_tables


@dataclass(frozen=True, slots=True)
class Applier:
    """The hands of the controller."""

    nodes: Nodes
    network: Network
    repairs: Repairs
    notices: Notices
    images: Images
    gateways: Gateways
    pool: Callable[[], Executor]  # moves a zone's address and tables side by side

    def apply(
        self,
        action: Action,
        before_write: Callable[[], None] = lambda: None,
        learnt: Callable[[str], bool] = lambda _: True,
    ) -> Done:
        """What came of the action: what AWS refuses of it is part of that. `before_write` is asked before
        each of its steps, and may raise to stop it there. `learnt` hears at once of a pool that is bad, and
        says whether there is time for another."""
        before_write()
        try:
            return self._carry_out(action, before_write, learnt)
        except AwsError as error:
            return Done(action, refused=(Refused(action, step_of(action), error),))

    def _carry_out(  # noqa: C901, PLR0912  # one branch an action is the point
        self, action: Action, before_write: Callable[[], None], learnt: Callable[[str], bool]
    ) -> Done:
        match action:
            case LaunchNode() | LaunchBaker():
                return self._launch(action, before_write, learnt)
            case DisableSourceDestCheck() | AssignPublicAddress():
                self._interface(action)
            case AssociateAddress():
                self.network.associate(action.address, action.interface, action.private)
            case PointRoute():
                return self._hand_over(action, before_write)
            case CreateNatGateway() | PointAtGateway() | DeleteNatGateway() | ReleaseAddress():
                return self._last_resort(action)
            case RepairNode():
                self.repairs.repair(action.node)
            case CreateImage() | DropImage():
                self._image(action)
            case TerminateNode() | EndBaker():
                self.nodes.terminate(action.node)
            case StopNode():
                self.nodes.stop(action.node)
            case StartNode():
                self.nodes.start(action.node)
            case SetCpuCredits():
                self.nodes.set_cpu_credits(action.node, action.mode)
            case Notify():
                self.notices.publish(f"natkeeper: {action.cause} in {action.zone}", sentence(action))
            case Wait():
                pass
            case _:
                assert_never(action)
        return Done(action)

    def _interface(self, action: DisableSourceDestCheck | AssignPublicAddress) -> None:
        if isinstance(action, DisableSourceDestCheck):
            self.nodes.set_source_dest_check(action.interface, on=False)
        else:
            self.nodes.set_public_address(action.interface, on=True)

    def _hand_over(self, action: PointRoute, before_write: Callable[[], None]) -> Done:
        move = HandOver(self.nodes, self.network, self.pool, action, before_write)
        return Done(action, refused=move.carry_out())

    def _image(self, action: CreateImage | DropImage) -> None:
        self.images.create(action) if isinstance(action, CreateImage) else self.images.drop(action.image)

    def _last_resort(self, action: LastResortAction) -> Done:
        match action:
            case CreateNatGateway():
                return Done(action, gateway=self.gateways.create(action))
            case PointAtGateway(gateway=gateway):
                lead = partial(self.gateways.point, gateway=gateway)
                return Done(action, refused=move_tables(action, lead, self.pool))
            case DeleteNatGateway():
                self.gateways.delete(action.gateway)
            case ReleaseAddress():
                self.gateways.release(action.address)
        return Done(action)

    def _launch(
        self,
        action: LaunchNode | LaunchBaker,
        before_write: Callable[[], None],
        learnt: Callable[[str], bool],
    ) -> Done:
        """In the first pool that takes it. When none does, the refusal tells of each that was tried."""
        bad: list[str] = []
        told: list[AwsError] = []
        asked, left = action, deque(pools(action))
        while left:
            market, instance_type = left[0]
            if told or asked != action:
                before_write()
            try:
                launched, struck = self._launch_in(asked, market, instance_type)
            except AwsError as error:
                if humbler := _without_the_second_address(asked, error):
                    asked = humbler
                    continue
                left.popleft()
                told.append(error)
                if not is_of_the_pool(error):
                    break
                bad.append(pool(market, instance_type))
                if not learnt(bad[-1]):
                    break
            else:
                replayed = launched.lifecycle in GOING
                return Done(action, None if replayed else launched.instance, tuple(bad), struck=struck)
        refused = Refused(action, step_of(action), _all_of(told))
        return Done(action, bad_pools=tuple(bad), refused=(refused,))

    def _launch_in(
        self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str
    ) -> tuple[Launched, ImageId | None]:
        """In this pool, and the image that EC2 would not take: then it is the launch template's own, for no
        launch may be worse for an image of ours."""
        try:
            return self.nodes.launch(action, market, instance_type), None
        except AwsError as error:
            if isinstance(action, LaunchBaker) or not action.image or not may_be_of_the_image(error):
                raise
        return self.nodes.launch(replace(action, image=None), market, instance_type), action.image


def _without_the_second_address(
    action: LaunchNode | LaunchBaker, refusal: AwsError
) -> LaunchNode | LaunchBaker | None:
    """The launch as it may do after this refusal: none may be worse for an address to cover with."""
    if isinstance(action, LaunchNode) and action.covers and may_be_of_the_second_address(refusal):
        return replace(action, covers=False)
    return None


def _all_of(told: list[AwsError]) -> AwsError:
    """The last refusal, with what the pools before it said."""
    last = told[-1]
    earlier = "".join(f"; before: {e.on}: {e.code}: {e.message}" for e in told[:-1])
    return type(last)(last.attempted, last.on, last.code, f"{last.message}{earlier}")
