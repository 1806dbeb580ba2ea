"""Writes the numbers of docs/fleet.md, from a week of three hundred stacks: `make docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from natkeeper.core.savings.overhead import FREE
from tests.fleet.life import DEATHS_A_MONTH
from tests.fleet.month import (
    ACCOUNTS,
    DAYS,
    LOOK_SECONDS,
    LOOKS,
    MEMORY_GB,
    SECONDS,
    STACKS,
    Week,
    live,
)
from tests.template.cfn import ROOT

DOCUMENT = ROOT / "docs" / "fleet.md"
BEGIN, END = "<!-- numbers -->\n", "<!-- end of numbers -->\n"
WORDS = {
    "lambda_million_requests": "Lambda, requests",
    "lambda_gb_second": "Lambda, time",
    "table_million_writes": "table, writes",
    "table_million_reads": "table, reads",
    "log_gb": "log, written",
    "log_gb_month": "log, kept for 30 days",
    "dashboard_month": "dashboard, of which an account has three free",
    "events": "events, on its own bus and on to the hub's",
}


def numbers(week: Week) -> Iterator[str]:
    """The lines between the marks."""
    events = week.monthly(week.sent) / STACKS
    yield (
        f"Counted in a simulated week of {STACKS} stacks in {ACCOUNTS} accounts, of which a third sleeps at night and each"
        f" node dies {DEATHS_A_MONTH:.0f} time a month: {week.sent:,} events were told, {week.arrived:,} arrived."
        f" That is {events:,.0f} a stack and month, some {events / 730:.1f} an hour."
    )
    yield ""
    yield f"| the hub, for {STACKS} stacks | $ a month |"
    yield "|---|---|"
    yield from _rows(week.bill())
    yield ""
    yield "| a stack, for telling it | $ a month |"
    yield "|---|---|"
    yield from _rows(week.of_a_stack())
    yield ""
    yield (
        f"Free tiers are not taken off. Assumed: {SECONDS} s for an event at the hub and {LOOK_SECONDS:.0f} s for a stack's look at"
        f" itself, at {MEMORY_GB * 1024:.0f} MB; {LOOKS:,} looks at the page. An account's own free tier covers what Lambda"
        f" does in a stack ({FREE['lambda_gb_second']:,.0f} GB-s), unless it is used up."
    )
    yield ""
    sizes = [week.hub.answer({"format": form}) for form in ("html", "text", "json")]
    html, text, machine = (len((s if isinstance(s, str) else json.dumps(s)).encode()) / 1024 for s in sizes)
    yield (
        f"The page of {STACKS} stacks has {html:.0f} KB, as text {text:.0f}, as JSON {machine:.0f}; a function may answer 6,144."
    )


def _rows(bill: dict[str, float]) -> Iterator[str]:
    yield from (f"| {WORDS[name]} | {dollars:.3f} |" for name, dollars in bill.items())
    yield f"| **together** | **{sum(bill.values()):.2f}** |"


def document(week: Week) -> str:
    """The whole page, with its numbers as they should be."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}" + "\n".join(numbers(week)) + f"\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(live()))
    print(f"wrote {DOCUMENT.relative_to(ROOT)}; a week of {DAYS} days")
