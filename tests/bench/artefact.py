"""The page's sections about what `sam build` has made."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from statistics import median

from tests.bench import cold_start, imports, package
from tests.bench.fresh_process import Spent, Start

MOST_IMPORT = 1.35
# What of a cold start, and at most how many times the baseline's: a quarter above the worst measured. Ours
# compiles Powertools and itself, and the sweep makes and uses four clients where the baseline makes one.
BOUNDS = {
    "init": (attrgetter("init.clock"), 2.25),
    "processor": (attrgetter("processor"), 2.5),
    "peak": (attrgetter("peak"), 1.5),
}
MOST_ZIPPED = 6_000_000
LAMBDA_ZIPPED, LAMBDA_UNPACKED = 50, 250
"""MB that Lambda takes: of one upload, and of a function with its layers (Lambda quotas, Developer Guide)."""

Section = tuple[list[str], list[str]]  # lines of the page, and the bounds that are broken


def import_times() -> Section:
    """Import and a first client, without Lambda's runtime client."""
    rows = imports.rows()
    over = [f"{r.function} takes {r.ratio:.2f}x" for r in rows if r.ratio > MOST_IMPORT]
    return [
        "",
        f"## Import plus first client, against boto3 plus an EC2 client (at most {MOST_IMPORT}x)",
        "",
        "| function | ms | boto3 and EC2 alone, ms | median ratio of pairs |",
        "|---|---|---|---|",
        *(f"| {r.function} | {r.milliseconds:.0f} | {r.baseline:.0f} | {r.ratio:.2f} |" for r in rows),
        "",
        f"{imports.PAIRS} pairs of fresh processes each, from the built artefact, with bytecode that the",
        "first one left. Lambda keeps none: the next table is without.",
    ], over


def cold_starts() -> Section:
    """From nothing to the first answer, in Lambda's runtime client."""
    rows = cold_start.rows()
    theirs = tuple(start for row in rows for start in row.theirs)
    bounds = ", ".join(f"{what} {most}x" for what, (_, most) in BOUNDS.items())
    return [
        "",
        f"## Cold start, against a handler that only makes an EC2 client (at most: {bounds})",
        "",
        f"| | init, ms | first answer, ms | processor, ms | peak, MB | {' | '.join(BOUNDS)} |",
        "|---|---|---|---|---|---|---|---|",
        *(f"| {r.function} | {_figures(r.ours)} | {_ratios(r)} |" for r in rows),
        f"| EC2 client alone | {_figures(theirs)} | | | |",
        "",
        f"{cold_start.PAIRS} pairs of fresh processes each, handler and baseline in turn: medians, and the",
        f"medians of the pairs' ratios. Python {cold_start.python()}, awslambdaric, a local Runtime API,",
        "boto3 and what was built, without bytecode, which Lambda could not keep; the environment of a stack",
        "that rests on the local AWS. Init: from the start of the process until it asks for its first event.",
        "The first answer holds the AWS calls of a calm run, and the probe's wait for its nodes. Processor",
        "time is of init and of the first answer: what this process does itself, whatever it waits for.",
    ], [one for row in rows for one in broken(row)]


def _figures(starts: tuple[Start, ...]) -> str:
    init, first = (_middle(part.clock for part in parts) for parts in _parts(starts))
    processor = " + ".join(_middle(part.processor for part in parts) for parts in _parts(starts))
    return f"{init} | {first} | {processor} | {median(start.peak for start in starts) / 1e6:.0f}"


def _parts(starts: tuple[Start, ...]) -> tuple[list[Spent], list[Spent]]:
    return [start.init for start in starts], [start.first for start in starts]


def _middle(seconds: Iterable[float]) -> str:
    return f"{median(seconds) * 1000:.0f}"


def _ratios(row: cold_start.Row) -> str:
    return " | ".join(f"{row.ratio(figure):.2f}" for figure, _ in BOUNDS.values())


def broken(row: cold_start.Row) -> list[str]:
    """The bounds that this function breaks."""
    return [
        f"{what} of {row.function}: {ratio:.2f}x"
        for what, (figure, most) in BOUNDS.items()
        if (ratio := row.ratio(figure)) > most
    ]


def sizes() -> Section:
    """Zipped and unpacked, beside Lambda's limits."""
    found = package.rows()
    layer = found[package.LAYER]
    over = [f"the layer has {layer.zipped} bytes"] if layer.zipped > MOST_ZIPPED else []
    over += [
        f"{name} with its layer has {size.unpacked + layer.unpacked} bytes unpacked"
        for name, size in found.items()
        if name != package.LAYER and size.unpacked + layer.unpacked > LAMBDA_UNPACKED * 1e6
    ]
    return [
        "",
        f"## Size (the layer at most {MOST_ZIPPED / 1e6:.0f} MB zipped)",
        "",
        "| part | zipped, KB | unpacked, KB |",
        "|---|---|---|",
        *(f"| {name} | {s.zipped / 1000:,.1f} | {s.unpacked / 1000:,.1f} |" for name, s in found.items()),
        "",
        f"Lambda takes {LAMBDA_ZIPPED} MB zipped, and {LAMBDA_UNPACKED} MB unpacked: function and layer.",
    ], over
