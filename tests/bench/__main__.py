"""`make bench`: measures, prints, and writes docs/numbers.md. Fails when a bound of the project is broken."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from tests.bench import calls, cold_start, heal, package

DOCUMENT = Path(__file__).parents[2] / "docs" / "numbers.md"
MOST_CALLS, MOST_RATIO, MOST_BYTES = 6, 1.35, 6_000_000


def main() -> int:
    """The exit code: 1 if a bound is broken."""
    counted, started = calls.rows(), cold_start.rows()
    sizes, healed = package.rows(), heal.rows()
    page = "\n".join(
        [
            "# Numbers",
            "",
            f"Measured and written by `make bench` (Python {platform.python_version()}).",
            "Absolute times depend on the machine: repeat it there.",
            *_calls(counted),
            *_cold_start(started),
            *_sizes(sizes),
            *_heals(healed),
            "",
        ]
    )
    DOCUMENT.write_text(page)
    print(page)
    broken = [
        *(f"{r.calls} calls with {r.tables} tables" for r in counted if r.calls > MOST_CALLS),
        *(f"{r.function} takes {r.ratio:.2f}x" for r in started if r.ratio > MOST_RATIO),
        *(f"the layer has {size} bytes" for size in [sizes["NatkeeperLayer"]] if size > MOST_BYTES),
    ]
    print("\n".join(f"BROKEN: {bound}" for bound in broken) or "All bounds hold.")
    return 1 if broken else 0


def _calls(rows: list[calls.Row]) -> list[str]:
    return [
        "",
        f"## EC2 and SSM calls of a calm minute (sweep and probe; at most {MOST_CALLS})",
        "",
        "| zones | route tables | calls |",
        "|---|---|---|",
        *(f"| {r.zones} | {r.tables} | {r.calls} |" for r in rows),
        "",
        "Counted on moto. A cold start reads the subnets once more: one call.",
    ]


def _cold_start(rows: list[cold_start.Row]) -> list[str]:
    return [
        "",
        f"## Import plus first client, against boto3 plus an EC2 client (at most {MOST_RATIO}x)",
        "",
        "| function | ms | boto3 and EC2 alone, ms | median ratio of pairs |",
        "|---|---|---|---|",
        *(f"| {r.function} | {r.milliseconds:.0f} | {r.baseline:.0f} | {r.ratio:.2f} |" for r in rows),
        "",
        f"{cold_start.PAIRS} pairs of fresh processes each, from the built artefact.",
    ]


def _sizes(sizes: dict[str, int]) -> list[str]:
    return [
        "",
        "## Size, zipped",
        "",
        "| part | KB |",
        "|---|---|",
        *(f"| {name} | {size / 1000:.0f} |" for name, size in sizes.items()),
    ]


def _heals(rows: list[heal.Row]) -> list[str]:
    return [
        "",
        "## From `terminate-instances` to a moved route, on the local AWS",
        "",
        "| zones | route on a neighbour's node | route on a new node of the zone |",
        "|---|---|---|",
        *(f"| {r.zones} | {heal.shown(r.to_neighbour)} | {heal.shown(r.to_new_node)} |" for r in rows),
        "",
        f"{heal.RUNS} runs each. Here an instance has booted {heal.until_booted():.1f} s after its launch",
        "and events arrive at once; on AWS a launch takes 6 s, a stock image's user data 30 to 90 s, an",
        "event 0.3 s (published figures). Alone, a zone's route moves as soon as the new node runs; with a",
        "neighbour, when the new node has been probed: a round trip (4 s), and up to 5 s until the next.",
    ]


if __name__ == "__main__":
    sys.exit(main())
