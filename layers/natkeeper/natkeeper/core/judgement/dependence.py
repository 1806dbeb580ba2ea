"""What a step waits for, and its name. A refusal takes along what needs the step, and nothing else."""

from __future__ import annotations

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    DisableSourceDestCheck,
    DropImage,
    LaunchNode,
    Notify,
    PointRoute,
    StartNode,
    StopNode,
    TerminateNode,
)
from natkeeper.core.last_resort_actions import DeleteNatGateway, PointAtGateway
from natkeeper.core.model import AllocationId, InterfaceId, RouteTableId, ZoneName


def depends(action: Action, on: Action) -> bool:
    """Whether `action` must not be done when `on`, planned before it, was not.

    Traffic is sent to no node that would drop it. Nothing is ended in a zone that did not get what was to
    take its place: this is coarse on purpose.
    """
    match action:
        case PointRoute() | AssociateAddress():
            return isinstance(on, DisableSourceDestCheck) and on.interface == action.interface
        case TerminateNode() | StopNode():
            awaited = isinstance(on, LaunchNode | StartNode | PointRoute | AssociateAddress)
            return awaited and on.zone == action.zone
    return False


def step_of(action: Action) -> str:
    """The name under which a refusal of the whole action is remembered."""
    match action:
        case Notify():
            subject = action.key
        case AssociateAddress():
            return step_of_address(action.address, action.private)
        case DisableSourceDestCheck():
            return step_of_check(action.interface)
        case DropImage(image=about) | PointAtGateway(gateway=about) | DeleteNatGateway(gateway=about):
            subject = str(about)
        case LaunchNode():
            return step_of_launch(action.zone, urgent=action.urgent)
        case PointRoute():  # of one kind of move its refusal says nothing about another
            fence = f" behind a fence at {action.fence}" if action.fence else ""
            subject = f"{action.node}{fence}{' (planned)' if action.at_once else ''}"
        case _:
            subject = getattr(action, "node", action.zone)
    return f"{type(action).__name__} {subject}"


def step_of_launch(zone: ZoneName, *, urgent: bool) -> str:
    """The same of a launch: what is only wished for never holds up what an emergency needs."""
    return f"{LaunchNode.__name__} {zone}{'' if urgent else ' (planned)'}"


def step_of_check(interface: InterfaceId) -> str:
    """The same of turning a node's source/dest check off."""
    return f"{DisableSourceDestCheck.__name__} {interface}"


def step_of_address(address: AllocationId, private: str = "") -> str:
    """The same of an address that goes over, alone or with the routes."""
    return step_of_cover(address) if private else f"{AssociateAddress.__name__} {address}"


def step_of_cover(address: AllocationId) -> str:
    """The same of one that goes to a neighbour: of who may have it at home that says nothing."""
    return f"{AssociateAddress.__name__} {address} to a neighbour"


def step_of_table(table: RouteTableId) -> str:
    """The same of one table of a move."""
    return f"{PointRoute.__name__} {table}"


def steps_of(action: Action) -> tuple[str, ...]:
    """Every step of an action by name: a move has several, which stand alone."""
    if isinstance(action, PointAtGateway):
        return (step_of(action), *map(step_of_table, action.tables))
    if not isinstance(action, PointRoute):
        return (step_of(action),)
    address = (step_of_address(action.address, action.private),) if action.address else ()
    return (step_of(action), *address, *map(step_of_table, action.tables))
