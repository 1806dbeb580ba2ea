"""What people order is obeyed once and answered, and what they have to know is told them, not too often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import HOUR

if TYPE_CHECKING:
    from tests.simulation.life.life import Life
    from tests.simulation.life.orders import Order

TELLING = 600.0
"""Seconds from a deadline until a person has been told: a sweep, and what is seen to be broken only after a while."""
ORDER_AGE = 1000.0
"""Seconds after which no order is obeyed any more: a quarter of an hour, and the run."""


def wrong_orders_are_not_obeyed(life: Life, order: Order, scope: str) -> str | None:
    """An order with a mistake in it changes nothing."""
    return None if order.good else f"obeyed for {scope}: {order.event['detail-type']} {order.event['detail']}"


def orders_are_answered(life: Life, order: Order) -> str | None:
    """Whoever orders something hears what became of it, and a person hears of each refusal: nothing is ignored in
    silence."""
    if life.world.gate.troubles or life.world.gate.buckets.drained or life.muffled() > order.at:
        return None
    kind = str(order.event["detail-type"])
    if not any(answer.origin.id == order.event["id"] for answer in life.world.bus.answers):
        return f"{kind} {order.event['detail']} was never answered"
    told = life.told.get(f"natkeeper: {kind} refused")
    deaf = not order.good and (not told or told[-1] < order.at)
    return f"{kind} {order.event['detail']} was refused, and no person was told" if deaf else None


def orders_are_obeyed_once(life: Life, order: Order, scope: str) -> str | None:
    """An order is obeyed once, not when it comes again hours later, and not after a newer one about the same."""
    newer = life.orders.newest.get(scope, -1.0)
    life.orders.newest[scope] = max(newer, order.at)
    if order.at < newer:
        return f"{order.event['detail-type']} of {life.at - order.at:.0f} s ago obeyed after a newer order"
    old = life.at - order.at > ORDER_AGE
    return f"{order.event['detail-type']} obeyed after {life.at - order.at:.0f} s" if old else None


def missed_deadlines_are_told(life: Life) -> str | None:
    """A zone without a working node of its own, past its deadline, is known to a person, whatever the cause: unless the
    controller could not act or nobody can be told."""
    policy = life.controller.policy
    for zone, since in life.jobless.items():
        table = life.world.layout.tables[life.world.zones.index(zone)]
        # At a gateway nobody misses a way out meanwhile.
        grace = policy.grace * (2 if truth.leads_to_gateway(life.world, table) else 1)
        deadline = (policy.boot + grace).total_seconds() + TELLING
        wanted = life.demand.wanted.get(zone)
        free = max(since, life.excuses.since(zone), life.excused.get(zone, 0.0), life.muffled())
        late = wanted is not None and life.at - max(free, wanted) > deadline
        recent = free - policy.renotify.total_seconds()
        if late and not any(zone in subject and told[-1] > recent for subject, told in life.told.items()):
            return f"{zone} has had no node that works for {life.at - since:.0f} s, and nobody was told"
    return None


def tells_and_does_not_nag(life: Life, subject: str) -> str | None:
    """The same news is told a few times an hour and a day at most, however long it lasts."""
    told = life.told[subject]
    hour, day = (sum(life.at - at < span for at in told) for span in (HOUR, 24 * HOUR))
    return f"told {hour} times within the hour, {day} a day: {subject}" if hour > 12 or day > 40 else None
