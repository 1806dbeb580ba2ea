"""Writes docs/cost.md from the price table and the counted runs: `make docs`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from natkeeper.core.image import OLDER_KEPT
from natkeeper.core.intake.figures import GatewayMetrics
from natkeeper.core.policy import Policy
from natkeeper.core.savings.cost import GB, MONTH, Usage, bill, gateway_bill
from natkeeper.core.savings.overhead import (
    BAKES_EACH,
    BAKING_CPU_HOURS,
    BAKING_HOURS,
    CALM,
    FREE,
    SNAPSHOT_GB,
    amounts,
    dollars,
    overhead_of,
)
from natkeeper.core.savings.prices import DATE, TABLES, Prices, prices_in
from natkeeper.core.savings.statement import Statement
from natkeeper.core.savings.usage import Day
from tests.template.modes import (
    ASLEEP,
    OFFICE_HOURS,
    Sleep,
    always_on,
    asleep,
    gateway,
    on_for,
    with_a_spare,
    with_a_standby,
)

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
GIGABYTES = (0, 100, 1_000, 10_000)
RELEASED = Sleep(stops=False, keeps_address=False)
STOPPED = Sleep(stops=True, keeps_address=True)
OVERHEAD = overhead_of(2, dashboard=True)
X86_SECOND = 0.0000166667  # Lambda on x86, from memory: alterNAT's testers
ENDPOINT = {"us-east-1": 0.01, "ap-northeast-1": 0.014}  # an interface endpoint's hour, from memory


def natkeeper(usage: Callable[[float], Usage]) -> Callable[[float, Prices], float]:
    """The price of a zone in one of natkeeper's modes, by gigabytes."""
    return lambda gigabytes, prices: bill(usage(gigabytes), prices, OVERHEAD).dollars


def alternat(gigabytes: float, prices: Prices) -> float:
    """A node, a NAT gateway standing by without traffic, two addresses, a tester that always runs, an endpoint."""
    standing_by = gateway_bill(gateway(), prices).dollars
    tester = MONTH * 3600 * 0.25 * X86_SECOND
    return (
        bill(always_on(gigabytes), prices, OVERHEAD).dollars
        + standing_by
        + tester
        + MONTH * ENDPOINT[prices.region]
    )


MODES: dict[str, Callable[[float, Prices], float]] = {
    "NAT gateway": lambda gigabytes, prices: gateway_bill(gateway(gigabytes), prices).dollars,
    "natkeeper, always on": natkeeper(always_on),
    "natkeeper, always on, a stopped spare": natkeeper(with_a_spare),
    "natkeeper, always on, a standby": natkeeper(with_a_standby),
    "natkeeper, spot": natkeeper(lambda gigabytes: always_on(gigabytes, spot=True)),
    "natkeeper, office hours, " + str(STOPPED): natkeeper(lambda gb: on_for(OFFICE_HOURS, STOPPED, gb)),
    "natkeeper, office hours, " + str(RELEASED): natkeeper(lambda gb: on_for(OFFICE_HOURS, RELEASED, gb)),
    "fck-nat": natkeeper(always_on),
    "alterNAT": alternat,
    "nat-zero, always wanted": natkeeper(always_on),
    "nat-zero, office hours": natkeeper(
        lambda gb: on_for(OFFICE_HOURS, Sleep(stops=True, keeps_address=False), gb)
    ),
}

EXAMPLE = Day(
    on=date(2026, 11, 20),
    usage=Usage(
        machines={"t4g.nano": 24.0, "t4g.nano spot": 10.0},
        disks=34.0,
        addresses=48.0,
        zones=48.0,
        asleep=14.0,
        controller=24.0,
        sent=50 * GB,
    ),
    at=datetime(2026, 11, 21, 0, 10, tzinfo=UTC),
)
"""Two zones with kept addresses: one always on; the other on spot, terminated for 14 hours."""
BY_HAND = (
    ("NAT gateways", "48 * 0.045 = 2.16"),
    ("bytes processed", "50 * 0.045 = 2.25"),
    ("their public addresses", "48 * 0.005 = 0.24"),
    ("NAT gateways together", "2.16 + 2.25 + 0.24 = 4.65"),
    ("t4g.nano", "24 * 0.0042 = 0.1008"),
    ("t4g.nano spot (estimated)", "10 * 0.0017 = 0.017"),
    ("GB-months of disk", "34 * 8 / 730 = 0.372603"),
    ("disks", "0.372603 * 0.08 = 0.029808"),
    ("public addresses", "48 * 0.005 = 0.24"),
    ("the controller's month (the table above), by the hour", "CONTROLLER / 730 = HOUR"),
    ("controller (estimated)", "24 * HOUR = DAY"),
    ("this together", "0.1008 + 0.017 + 0.029808 + 0.24 + DAY = SPENT"),
    ("saved", "4.65 - SPENT = SAVED"),
)


def example() -> Statement:
    """The example's statement."""
    return Statement([EXAMPLE], prices_in("us-east-1"), OVERHEAD)


def by_hand() -> list[tuple[str, str]]:
    """The steps with their numbers: each is written here, but what follows from the counted runs."""
    month = round(sum(dollars(OVERHEAD, prices_in("us-east-1"), free=False).values()), 6)
    hour = round(month / 730, 6)
    day = round(24 * hour, 6)
    spent = round(0.1008 + 0.017 + 0.029808 + 0.24 + day, 6)
    values = {"CONTROLLER": month, "HOUR": hour, "DAY": day, "SPENT": spent, "SAVED": round(4.65 - spent, 6)}
    steps = []
    for what, step in BY_HAND:
        text = step
        for name, value in values.items():
            text = text.replace(name, f"{value:.6f}")
        steps.append((what, text))
    return steps


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from (
        "# Cost",
        "",
        f"Generated by `make docs` from `core/savings/prices.py` ({DATE}) and counted runs; a test holds that it is current.",
        f"US dollars; a month has {MONTH:.0f} hours; one zone with one t4g.nano and {8} GiB gp3. Transfer out to the",
        "internet costs the same by every way out and is left out. Tokyo's instance prices are from memory, spot prices",
        "everywhere estimates. A stack has its controller besides, once for all zones: see below.",
    )
    for region in ("us-east-1", "ap-northeast-1"):
        yield from _modes(prices_in(region))
    yield from ASSUMPTIONS
    yield from _standby()
    yield from _sleeps()
    yield from _credits()
    yield from _gateway_metrics()
    yield from _controller()
    yield from _example()
    yield from _sources()


def _modes(prices: Prices) -> Iterator[str]:
    yield from ("", f"## A zone and month in {prices.region}", "")
    yield "| | " + " | ".join(f"{gigabytes:,} GB" for gigabytes in GIGABYTES) + " |"
    yield "|---|" + "---|" * len(GIGABYTES)
    for name, price in MODES.items():
        yield f"| {name} | " + " | ".join(f"{price(gigabytes, prices):.2f}" for gigabytes in GIGABYTES) + " |"


ASSUMPTIONS = (
    "",
    f"Office hours: 12 hours from Monday to Friday, {OFFICE_HOURS:.0f} h a month. A t4g.nano sustains 32 Mbit/s, which is",
    "10,512 GB a month: at 10,000 GB choose t4g.small ($9.20 more) or c7gn.medium. Peers with the same instance, as",
    "read in November 2026: fck-nat with its address and one node; alterNAT with a NAT gateway and its address standing by",
    "without traffic, a tester Lambda of 256 MB that always runs and an interface endpoint, around one t4g.nano (its own",
    "default is far bigger); nat-zero stops the node and releases the address.",
    "",
    "A stopped spare (`Spare=stopped`) costs its disk in each zone, and minutes of an instance, some $0.0005, each time that",
    "it is made: once a month, and after each use. The report counts both, by the hours that it saw.",
    "",
    "A last resort (`LastResort=nat-gateway`) costs nothing while nodes serve. A NAT gateway that is one costs its hours, each",
    "that was begun whole, with its address $0.050 an hour in us-east-1, and $0.045 for each GB; 168 hours of a zone in 30 days",
    "are made at most, $8.40. The report counts the hours, not the bytes.",
    "",
    "Nodes that watch each other (`PeerWatch`, on by default) send ten beats a second and their echoes. Between two zones that is",
    "4.4 GB a month, at $0.01 a GB in each direction: $0.09 for the pair, with three zones $0.26 in all. Within a zone it is free.",
    "Reports are put on the bus only when something is wrong: an event and a run of the function each, some $0.000005.",
)


def standby_dollars(prices: Prices) -> tuple[float, float]:
    """What a standby costs a zone and month, and what of it is its public address."""
    pair, alone = (bill(usage(), prices, OVERHEAD).dollars for usage in (with_a_standby, always_on))
    return pair - alone, MONTH * prices.of("public_ipv4_hour").dollars


def _standby() -> Iterator[str]:
    (us, address), (tokyo, _) = (standby_dollars(prices_in(r)) for r in ("us-east-1", "ap-northeast-1"))
    yield from (
        "",
        f"A standby (`Standby=zone`) is a second node that runs: ${us:.2f} a zone and month in us-east-1, ${tokyo:.2f} in Tokyo. ${address:.2f} of that is",
        f"its public address; without one it would be ${us - address:.2f}. It needs a way out of its own to Systems Manager, by which it is",
        "verified: through the node that serves it would depend on what it is to replace. With `Market=spot` one of the two is on",
        "spot. The report counts both nodes and both addresses, so the saving that it tells is smaller by the standby.",
    )


def _sleeps() -> Iterator[str]:
    yield from ("", "## A zone that sleeps all month", "")
    yield "| how it sleeps | us-east-1 | ap-northeast-1 |"
    yield "|---|---|---|"
    for sleep in ASLEEP:
        cells = (f"{bill(asleep(sleep), prices_in(r), OVERHEAD).dollars:.2f}" for r in ENDPOINT)
        yield f"| {sleep} | {' | '.join(cells)} |"


CPU_SECONDS = 40  # of a boot with its packages, research's guess: 30 to 40; not measured on AWS
VCPUS = 2  # of each type of ours


def credits_of_a_boot(vcpu_hour: float) -> tuple[float, float]:
    """Dollars that a boot costs beyond what it earns: as guessed, and when it is busy for all its time."""
    longest = VCPUS * Policy(1, ()).boot.total_seconds()
    return CPU_SECONDS / 3600 * vcpu_hour, longest / 3600 * vcpu_hour


def _credits() -> Iterator[str]:
    prices = prices_in("us-east-1")
    yield from (
        "",
        "## CPU credits of a boot",
        "",
        "A new T4g, T3 or T3a has no credits, and under `standard` boots at a tenth of a core. So it is launched `unlimited`, and",
        "goes back to `standard` when it is verified or its boot's time is over; what it spent beyond what it earned is charged",
        "then. The same after a sleep: credits outlast a stop by seven days. Only with `InstanceTypes=auto`; types of your own",
        "choice keep your account's default, which for these families is `unlimited` for good.",
        "",
        f"| type | a boot of {CPU_SECONDS} CPU-seconds | busy for all of `BootSeconds` | if it stayed `unlimited`, busy: an hour |",
        "|---|---|---|---|",
    )
    for family in ("t4g", "t3"):
        price = prices.of(f"{family}_vcpu_hour").dollars
        usual, longest = credits_of_a_boot(price)
        yield f"| {family}.nano | {usual:.5f} | {longest:.4f} | {VCPUS * price:.2f} |"


def gateway_metrics(choice: GatewayMetrics) -> float:
    """Dollars a zone and month at most, in us-east-1."""
    return len(choice.names()) * prices_in("us-east-1").of("metric_month").dollars


def _gateway_metrics() -> Iterator[str]:
    yield from (
        "",
        "## The metrics of a NAT gateway, a zone and month",
        "",
        "What each node carried stands in the probe function's log under the gateway's names, a line a minute: some 500 bytes, so",
        "22 MB a month, $0.01 beyond the free tier. As CloudWatch metrics by the parameter `GatewayMetrics`; an hour in which one is 0",
        "is not sent and costs nothing, so these are the most.",
        "",
        "| `GatewayMetrics` | names | at most |",
        "|---|---|---|",
    )
    for choice in GatewayMetrics:
        yield f"| `{choice}` | {', '.join(sorted(choice.names())) or 'none'} | {gateway_metrics(choice):.2f} |"


def _controller() -> Iterator[str]:
    minute, prices = CALM[2], prices_in("us-east-1")
    yield from (
        "",
        "## The controller: one stack and month, two zones",
        "",
        f"A calm minute, counted (`python -m tests.bench controller`): {minute.invocations} invocations of 256 MB, {minute.log_bytes} bytes of",
        f"log, {minute.writes} writes and {minute.reads} reads of the table, about {minute.seconds} seconds: waits and published delays of calls, put",
        "together, not measured on AWS. A day's report and a heal are a few more such minutes.",
        "",
        "| | used | free in an account | us-east-1 | beyond the free tier | ap-northeast-1 | beyond the free tier |",
        "|---|---|---|---|---|---|---|",
    )
    tokyo = prices_in("ap-northeast-1")
    columns = [dollars(OVERHEAD, p, free=f) for p in (prices, tokyo) for f in (False, True)]
    for name, amount in amounts(OVERHEAD).items():
        cells = " | ".join(f"{column[name]:.3f}" for column in columns)
        yield f"| {name.replace('_', ' ')} | {amount:,.2f} | {FREE.get(name, 0):,.0f} | {cells} |"
    sums = " | ".join(f"**{sum(column.values()):.2f}**" for column in columns)
    yield f"| together | | | {sums} |"
    yield from VERDICT
    yield from _own_image()


def image_dollars(prices: Prices) -> float:
    """What an image of its own costs a stack and month."""
    with_image, without = overhead_of(2, dashboard=True, own_image=True), OVERHEAD
    return sum(dollars(with_image, prices, free=False).values()) - sum(
        dollars(without, prices, free=False).values()
    )


def _own_image() -> Iterator[str]:
    made = overhead_of(2, dashboard=True, own_image=True)
    us, tokyo = (image_dollars(prices_in(region)) for region in ("us-east-1", "ap-northeast-1"))
    yield from (
        "",
        "## An image of its own: one stack and month",
        "",
        f"With `OwnImage`, **${us:.3f}** in us-east-1 and **${tokyo:.3f}** in ap-northeast-1, however many zones; the target is",
        f"$0.15. Assumed: an image each {BAKES_EACH} days, as a new base comes ({made.bakes:.1f} a month), {SNAPSHOT_GB:g} GB in its snapshot, the older",
        f"one kept {OLDER_KEPT.days} days beside it ({made.snapshots:.2f} in the mean), {BAKING_HOURS:g} h of a t4g.nano with its public address for each,",
        f"and {BAKING_CPU_HOURS:g} h of a core in CPU credits.",
    )


VERDICT = (
    "",
    "Beyond the free tier, less than the target of $0.30 a month. **Accounts of an organisation share one free tier**",
    "(consolidated billing): where it is used up, as with many stacks, each stack costs the whole sum. That is mostly the",
    "dashboard ($3, parameter `Dashboard`); then seven alarms, the probe's waits for answers (the seconds above) and the",
    "metric that the dead-man alarm watches. The report counts that whole sum, so that no saving is told too high. A",
    "calm sweep sends one metric; what else it knows rides in the same line of the log, where the dashboard asks for it.",
)


def _example() -> Iterator[str]:
    yield from ("", "## A report, recomputed by hand", "")
    yield "Two zones with kept addresses on one day: one always on; one on spot, terminated for 14 hours; 50 GB."
    yield from ("", "```", example().text("natkeeper"), "```", "", "| | |", "|---|---|")
    for what, step in by_hand():
        yield f"| {what} | `{step}` |"


def _sources() -> Iterator[str]:
    for region, table in TABLES.items():
        yield from (
            "",
            f"## Prices in {region}, {DATE}",
            "",
            "| price | dollars | how sure | source |",
            "|---|---|---|---|",
        )
        for name, price in table.items():
            yield f"| `{name}` | {price.dollars:.10g} | {price.basis} | {price.source} |"


if __name__ == "__main__":
    PAGE.write_text(page())
