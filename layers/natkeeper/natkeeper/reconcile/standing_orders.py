"""What has been ordered already. An order that asks for what is so has nothing to do; one that was given by a
look from before somebody else's order is refused, or is the same button, pressed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from natkeeper.core.intake.commands import Asked, Command, Report, SetWish, Succession
from natkeeper.core.model import EVERYWHERE, InstanceId, Order, Pause, Wish, WishKind
from natkeeper.records import Records

Standing = Order | Wish | Pause


def already(asked: Asked, records: Records, now: datetime) -> str:
    """Why there is nothing to do for it; empty when there is."""
    match asked:
        case Pause():
            held = records.paused_until
            return "" if asked.until or (held and now < held) else "it is not paused"
        case SetWish():
            return _already_wished(asked, records, now)
        case Succession():
            order = _order(asked, records)
            return _told(order) if order and order.verb is asked.verb else ""
        case Report():
            return ""
        case _:
            assert_never(asked)


def pressed_again(command: Command, records: Records) -> str:
    """What was ordered of the same since the person looked, if all of it is the same again."""
    later = _later(command, records)
    same = later and all(_says(command.asked, standing) for standing in later)
    return _told(max(later, key=lambda standing: standing.at)) if same else ""


def overtaken(command: Command, records: Records) -> str:
    """Why an order means what is no longer so: what was ordered of the same since the person looked; empty
    when nothing was."""
    later = _later(command, records)
    if not later:
        return ""
    last = max(later, key=lambda standing: standing.at)
    return f"since you looked, at {_time(command.as_of)}, another order came: {_told(last)}. Look again"


def _later(command: Command, records: Records) -> list[Standing]:
    seen = command.as_of
    return [standing for standing in _standing(command.asked, records) if seen and standing.at > seen]


def _standing(asked: Asked, records: Records) -> Iterator[Standing]:
    """What stands of the same."""
    if isinstance(asked, Pause) and records.pause:
        yield records.pause
    if isinstance(asked, SetWish):
        yield from (
            w for z, w in records.wishes.items() if asked.zone is None or z in (asked.zone, EVERYWHERE)
        )
    if isinstance(asked, Succession) and (order := _order(asked, records)):
        yield order


def _says(asked: Asked, standing: Standing) -> bool:
    if isinstance(asked, SetWish):
        return isinstance(standing, Wish) and standing.kind is asked.wish.kind
    if isinstance(asked, Succession):
        return isinstance(standing, Order) and standing.verb is asked.verb
    paused = isinstance(standing, Pause) and standing.until is not None
    return isinstance(asked, Pause) and paused is (asked.until is not None)


def _already_wished(asked: SetWish, records: Records, now: datetime) -> str:
    """A wish to be awake has an end, and a later one moves it."""
    zones = [asked.zone] if asked.zone else [EVERYWHERE, *(z for z in records.wishes if z != EVERYWHERE)]
    standing = [records.wish(zone, now) for zone in zones]
    if asked.wish.kind is WishKind.AUTOMATIC:
        none = all(wish is None or wish.kind is WishKind.AUTOMATIC for wish in standing)
        return "nobody wants anything else" if none else ""
    same = [wish for wish in standing if wish and wish.kind is asked.wish.kind is WishKind.OFF]
    return _told(min(same, key=lambda wish: wish.at)) if len(same) == len(standing) else ""


def _order(asked: Succession, records: Records) -> Order | None:
    """What stands for the node that is named, by either name."""
    named = asked.instance or asked.served_by
    return records.orders.get(InstanceId(named)) if named else None


def _told(standing: Standing) -> str:
    """What was ordered, and when."""
    match standing:
        case Order():
            said = str(standing.verb)
        case Wish():
            said = f"to be {standing.kind}{_until(standing.until)}"
        case Pause():
            said = f"a pause{_until(standing.until)}" if standing.until else "to act again"
        case _:
            assert_never(standing)
    return f"{said}, at {_time(standing.at)}"


def _until(at: datetime | None) -> str:
    return f" until {_time(at)}" if at else ""


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
