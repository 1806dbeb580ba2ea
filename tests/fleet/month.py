"""Three hundred stacks and their hub, for a week: what arrives is counted, and makes a month's bill."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from natkeeper.core.fleet.announcement import KIND, written
from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
from natkeeper.core.fleet.standing import Known
from natkeeper.core.fleet.state import Identity, StackState
from natkeeper.core.savings.overhead import MINUTES
from natkeeper.core.savings.prices import prices_in
from natkeeper.fleet.hub import Hub
from natkeeper.fleet_ports import Entered
from tests.fleet.life import DAY, StackLife
from tests.journal import Journal
from tests.world.register import Register
from tests.world.timings import AT_ONCE
from tests.world.world import World

STACKS, ACCOUNTS, DAYS, SEED = 300, 100, 7, 18
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
LOST, TWICE, LATE = 0.001, 0.01, timedelta(minutes=5)
"""Of the events; each arrives up to so late, and so in any order."""
KEYS = 120
"""Bytes of an item beside its document: keys, names and numbers."""
SECONDS, MEMORY_GB = 0.1, 0.25
"""Of the hub's function for one event: assumed, it makes one call to DynamoDB."""
LOOK_SECONDS = 1.0
"""Of the picture's function in a stack, each minute: assumed, three calls to EC2 and two to DynamoDB."""
LOG_BYTES = 350
"""START, END and REPORT of one invocation."""
LOOKS = 1000
"""So often a month somebody looks at the page: assumed."""
MILLION_EVENTS = 1.00
"""Dollars: a custom event put on a bus, and one sent to another account's; who receives it pays nothing for
that (EventBridge API reference, PutTargets; price from memory)."""


@dataclass
class Counted:
    """The register in memory, which counts DynamoDB's units: 1 KB written, 4 KB read."""

    inner: Register
    units: Counter[str] = field(default_factory=Counter)

    def stacks(self) -> tuple[tuple[Known, ...], tuple[str, ...]]:
        """All."""
        return self.inner.stacks()

    def enter(self, key: StackKey, state: StackState, heard_at: datetime) -> Entered:
        """One write when it is known and new; else the account's own are read, and a new one is written."""
        known, entered = key in self.inner.kept, self.inner.enter(key, state, heard_at)
        size = -(-(len(json.dumps(written(state))) + KEYS) // 1024)
        self.units["writes"] += size
        if not (known and entered is Entered.NEW):
            self.units["reads"] += 1
            self.units["writes"] += 0 if known else size
        self.units[entered] += 1
        return entered

    def answer(self, key: StackKey, answer: OrderAnswer) -> Entered:
        """One write."""
        self.units["writes"] += 1
        return self.inner.answer(key, answer)


@dataclass(frozen=True)
class Week:
    """What came of it: events that were sent and arrived, the units of the table, the hub at the end."""

    sent: int
    arrived: int
    units: Counter[str]
    hub: Hub
    register: Register
    last_said: dict[StackKey, StackState]

    def monthly(self, count: float) -> float:
        """Of something in the week, in AWS's month of 730 hours."""
        return count * MINUTES / (DAYS * 24 * 60)

    def items_kb(self) -> float:
        """Of all items together."""
        return sum(len(json.dumps(written(k.state))) + KEYS for k in self.register.kept.values()) / 1024

    def bill(self) -> dict[str, float]:
        """The hub's month, line by line, free tiers not taken off."""
        prices = prices_in("us-east-1")
        runs = self.monthly(self.arrived) + LOOKS
        log_gb = runs * LOG_BYTES / 2**30
        reads = self.monthly(self.units["reads"]) + LOOKS * self.items_kb() / 4 / 2
        amounts = {
            "lambda_million_requests": runs / 1e6,
            "lambda_gb_second": runs * SECONDS * MEMORY_GB,
            "table_million_writes": self.monthly(self.units["writes"]) / 1e6,
            "table_million_reads": reads / 1e6,
            "log_gb": log_gb,
            "log_gb_month": log_gb,
            "dashboard_month": 1,
        }
        return {name: amount * prices.of(name).dollars for name, amount in amounts.items()}

    def of_a_stack(self) -> dict[str, float]:
        """What telling costs one stack a month, free tiers not taken off."""
        prices = prices_in("us-east-1")
        log_gb = MINUTES * LOG_BYTES / 2**30
        amounts = {
            "lambda_million_requests": MINUTES / 1e6,
            "lambda_gb_second": MINUTES * LOOK_SECONDS * MEMORY_GB,
            "table_million_reads": 5 * MINUTES / 1e6,  # the stack's items, and the month's days
            "log_gb": log_gb,
            "log_gb_month": log_gb,
        }
        bill = {name: amount * prices.of(name).dollars for name, amount in amounts.items()}
        return bill | {"events": 2 * self.monthly(self.sent) / STACKS / 1e6 * MILLION_EVENTS}


def identities() -> Iterator[Identity]:
    """Three stacks an account, in two regions."""
    for number in range(STACKS):
        account, name = 100_000_000_000 + number % ACCOUNTS, f"nat-{number // ACCOUNTS}"
        region = "eu-west-1" if number % 3 else "us-east-1"
        arn = (
            f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{number:08x}-89ab-cdef-0123-456789abcdef"
        )
        yield Identity(name, arn, "0.2.0" if number % 10 else "0.1.0")


def event(state: StackState) -> dict[str, Any]:
    """As EventBridge delivers it."""
    _, _, _, region, account, _ = state.identity.id.split(":", 5)
    return {
        "detail-type": KIND,
        "source": "natkeeper",
        "account": account,
        "region": region,
        "time": state.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detail": json.loads(json.dumps(written(state))),
    }


def live(stacks: int = STACKS, days: int = DAYS, seed: int = SEED) -> Week:
    """All of it."""
    random = Random(seed)
    said = [
        state
        for number, identity in zip(range(stacks), identities(), strict=False)
        for state in StackLife(identity, BEGIN, days, Random(seed + number), sleeps=number % 3 == 0).told()
    ]
    arriving = [
        (state.at + random.random() * LATE, number, state)
        for number, state in enumerate(said)
        if random.random() >= LOST
        for _ in range(2 if random.random() < TWICE else 1)
    ]
    register = Counted(Register(World(1, timings=AT_ONCE).gate))
    now = [BEGIN]
    hub = Hub(register, Journal(), lambda: now[0])
    for at, _, state in sorted(arriving, key=lambda one: one[:2]):
        now[0] = at
        hub.answer(event(state))
    now[0] = max(now[0], BEGIN + days * DAY)
    arrived = {id(state) for _, _, state in arriving}
    last = {_key(state): state for state in sorted(said, key=lambda s: s.at) if id(state) in arrived}
    return Week(len(said), len(arriving), register.units, hub, register.inner, last)


def _key(state: StackState) -> StackKey:
    _, _, _, region, account, _ = state.identity.id.split(":", 5)
    return StackKey(account, region, state.identity.stack)
