"""Apply: one action, carried out through the ports. Decides nothing; every call is safe to repeat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from natkeeper.core.actions import (
    Action,
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
from natkeeper.core.judgement.dependence import step_of, step_of_address, step_of_table
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
from natkeeper.core.model import GOING, ImageId, Market, RouteTableId
from natkeeper.ports import Gateways, Images, Launched, Network, Nodes, Notices, Repairs


@dataclass(frozen=True, slots=True)
class Applier:
    """The hands of the controller."""

    nodes: Nodes
    network: Network
    repairs: Repairs
    notices: Notices
    images: Images
    gateways: Gateways
    pool: Callable[[], Executor] | None = None  # moves a zone's tables side by side

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
            case DisableSourceDestCheck():
                self.nodes.set_source_dest_check(action.interface, on=False)
            case AssociateAddress():
                self.network.associate(action.address, action.interface, action.private)
            case PointRoute():
                return self._move(action, before_write)
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

    def _image(self, action: CreateImage | DropImage) -> None:
        self.images.create(action) if isinstance(action, CreateImage) else self.images.drop(action.image)

    def _last_resort(self, action: LastResortAction) -> Done:
        match action:
            case CreateNatGateway():
                return Done(action, gateway=self.gateways.create(action))
            case PointAtGateway(gateway=gateway):
                lead = partial(self.gateways.point, gateway=gateway)
                return Done(action, refused=self._move_tables(action, lead))
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

    def _move(self, action: PointRoute, before_write: Callable[[], None]) -> Done:
        """Fence, address, routes, back to back. The tables stand alone; when anything is refused, or the
        lease cannot be kept, the fence comes off again: nobody else may know that it is on."""
        if action.fence:
            self.nodes.set_source_dest_check(action.fence, on=True)
        refused: tuple[Refused, ...] | None = None
        try:
            refused = self._move_behind_the_fence(action, before_write)
        finally:
            if action.fence and refused != ():
                # If this is refused too, the next sweep sees a serving node with the check on.
                with suppress(AwsError):
                    self.nodes.set_source_dest_check(action.fence, on=False)
        return Done(action, refused=refused)

    def _move_behind_the_fence(
        self, action: PointRoute, before_write: Callable[[], None]
    ) -> tuple[Refused, ...]:
        before_write()
        point = partial(self.network.point, interface=action.interface)
        if self.pool and action.private and action.even_without_address:
            # Whichever comes first: a cover address without the zone's has no public one, and shows none.
            with self.pool() as pool:
                moving = pool.submit(self._move_address, action)
                stuck = self._move_tables(action, point)
                refused = moving.result()
        else:
            refused = self._move_address(action)
            before_write()
            if refused and not action.even_without_address:
                return refused
            stuck = self._move_tables(action, point)
        if not refused and len(stuck) == len(action.tables):
            self._give_back_the_address(action)
        return (*refused, *stuck)

    def _give_back_the_address(self, action: PointRoute) -> None:
        """To the node behind the fence, or to the neighbour that covers: no table has left it, so its clients
        still leave by it."""
        giver = (action.fence, "") if action.fence else None
        if action.giver and action.giver.holder:
            giver = (action.giver.holder, action.giver.private)
        if action.address and giver:
            # If this is refused too, the goal of the address is missed, and told.
            with suppress(AwsError):
                self.network.associate(action.address, *giver)

    def _move_address(self, action: PointRoute) -> tuple[Refused, ...]:
        if action.address is None:
            return ()
        try:
            self.network.associate(action.address, action.interface, action.private)
        except AwsError as error:
            return (Refused(action, step_of_address(action.address, action.private), error),)
        return ()

    def _move_tables(
        self, action: PointRoute | PointAtGateway, point: Callable[[RouteTableId], None]
    ) -> tuple[Refused, ...]:
        def move(table: RouteTableId) -> Refused | None:
            try:
                point(table)
            except AwsError as error:
                return Refused(action, step_of_table(table), error)
            return None

        if self.pool is None or len(action.tables) == 1:
            return tuple(filter(None, map(move, action.tables)))
        with self.pool() as pool:
            return tuple(filter(None, pool.map(move, action.tables)))


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
