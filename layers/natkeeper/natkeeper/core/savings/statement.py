"""The report as a message for people: plain numbers, and a star on each that is not sure. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from natkeeper.core.savings.cost import GB, Bill, Usage, bill, gateway_bill
from natkeeper.core.savings.overhead import Overhead
from natkeeper.core.savings.prices import DATE, Prices
from natkeeper.core.savings.usage import Day


@dataclass(frozen=True, slots=True)
class Statement:
    """What some days used, what that cost, and what NAT gateways would have cost. `damaged`: what was written
    down of other days, and is in no sum."""

    days: Sequence[Day]
    prices: Prices
    overhead: Overhead
    damaged: Sequence[str] = ()

    @property
    def usage(self) -> Usage:
        """What all the days used."""
        return sum((day.usage for day in self.days), Usage())

    @property
    def spent(self) -> Bill:
        """What natkeeper cost."""
        return bill(self.usage, self.prices, self.overhead)

    @property
    def avoided(self) -> Bill:
        """What NAT gateways would have cost."""
        return gateway_bill(self.usage, self.prices)

    @property
    def saved(self) -> float:
        """The difference in dollars; below zero when natkeeper cost more."""
        return self.avoided.dollars - self.spent.dollars

    def figures(self) -> dict[str, float]:
        """The few numbers that are metrics."""
        return {
            "HoursOn": round(self.usage.hours, 3),
            "HoursAsleep": round(self.usage.asleep, 3),
            "GigabytesCarried": round(self.usage.sent / GB, 6),
            "DollarsSpent": round(self.spent.dollars, 6),
            "DollarsSaved": round(self.saved, 6),
        }

    def subject(self, stack: str) -> str:
        """The message's first line."""
        return f"{stack}: {_money(self.saved)} saved in {len(self.days)} day{'s' * (len(self.days) != 1)}"

    def text(self, stack: str) -> str:
        """The whole message."""
        return "\n".join(self._lines(stack))

    def _lines(self, stack: str) -> Iterator[str]:
        usage = self.usage
        first, last = self.days[0].on, self.days[-1].on
        yield f"Stack {stack} in {self.prices.region}, {first} to {last} (UTC)"
        yield ""
        yield f"Nodes were on for {usage.hours:.1f} h."
        yield f"Zones were without a running node for {usage.asleep:.1f} of {usage.zones:.1f} h."
        yield f"Nodes sent at least {usage.sent / GB:.2f} GB: what they forwarded, both ways, and a little of"
        yield "their own. So much a NAT gateway would have processed."
        yield ""
        yield from _table("NAT gateways would have cost", self.avoided)
        yield from _table("This has cost", self.spent)
        yield f"{'Saved':<44}{_money(self.saved):>12}"
        yield ""
        yield f"* An estimate, or a price that was not checked. Prices of {DATE}, free tiers not taken off."
        yield "  Transfer out to the internet costs the same either way and is left out."
        unknown = (*self.avoided.unknown(), *self.spent.unknown())
        if unknown:
            yield f"  In no sum, for it has no known price: {', '.join(unknown)}. The parameter Prices"
            yield "  can name one."
        for what in self.damaged:
            yield f"  Damaged in the stack's table, and in no sum: {what}"


def _table(title: str, part: Bill) -> Iterator[str]:
    yield title
    for line in part.lines:
        price = f"{line.amount:.2f} {line.unit} at ${line.price.dollars:.5g}"
        star = "" if line.is_sure else " *"
        yield f"  {line.what:<22}{price:>28}{_money(line.dollars):>10}{star}"
    yield f"  {'together':<50}{_money(part.dollars):>10}"
    yield ""


def _money(dollars: float) -> str:
    return f"{'-' if dollars < 0 else ''}${abs(dollars):.2f}"
