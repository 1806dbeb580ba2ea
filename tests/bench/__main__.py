"""`make bench`: measures, prints, and writes docs/numbers.md. Fails when a bound of the project is broken."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench import artefact, calls, controller, flows, guard, heal, picture, set_up, throughput
from tests.bench.artefact import Section
from tests.bench.vpc import hindrance

DOCUMENT = Path(__file__).parents[2] / "docs" / "numbers.md"
MOST_CALLS = 6
LEAST_THROUGHPUT, LEAST_WITH_FORWARDS = 0.85, 0.9
MOST_IDLE, MOST_MEGABYTES, MOST_REPAIR = 0.1, 15, 0.1
MOST_BEATING = 1.0
MOST_TELLING, LEAST_TELLING = 6.0, 0.95
MOST_SET_UP, MOST_TEAR_DOWN = 10.0, 2.0


def main(names: list[str]) -> int:
    """Runs the named sections, or all. The exit code: 1 if a bound is broken."""
    found = [SECTIONS[name]() for name in names or SECTIONS]
    page = "\n".join(
        [
            "# Numbers",
            "",
            f"Measured and written by `make bench` (Python {platform.python_version()}).",
            "Absolute times depend on the machine: repeat it there.",
            *(line for lines, _ in found for line in lines),
            "",
        ]
    )
    if not names:
        DOCUMENT.write_text(page)
    print(page)
    broken = [bound for _, bounds in found for bound in bounds]
    print("\n".join(f"BROKEN: {bound}" for bound in broken) or "All bounds hold.")
    return 1 if broken else 0


def _calls() -> Section:
    rows = calls.rows()
    broken = [f"{r.calls} calls with {r.tables} tables" for r in rows if r.calls > MOST_CALLS]
    return [
        "",
        f"## EC2 and SSM calls of a calm minute (sweep and probe; at most {MOST_CALLS})",
        "",
        "| zones | route tables | calls |",
        "|---|---|---|",
        *(f"| {r.zones} | {r.tables} | {r.calls} |" for r in rows),
        "",
        "Counted on moto. A cold start reads the subnets once more: one call.",
    ], broken


def _controller() -> Section:
    rows = {f"calm minute, {zones} zone(s)": controller.calm_minute(zones) for zones in (1, 2, 3)}
    rows["heal of a terminated node, 2 zones"] = controller.heal(2)
    return [
        "",
        "## What the controller uses",
        "",
        "| | invocations | seconds | log bytes | table writes | table reads |",
        "|---|---|---|---|---|---|",
        *(
            f"| {what} | {m.invocations} | {m.seconds:.1f} | {m.log_bytes} | {m.writes} | {m.reads} |"
            for what, m in rows.items()
        ),
        "",
        "Counted on moto, but the seconds: waits, published delays of calls, and the processor time here.",
    ], []


def _heals() -> Section:
    rows = heal.rows()
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
    ], []


def _picture() -> Section:
    rows = picture.rows()
    most = f"at most {picture.MOST_SECONDS:.0f} s in the middle, {picture.MOST_CALLS} calls"
    return [
        "",
        f"## The dashboard's picture, warm, on the local AWS ({most})",
        "",
        "| zones | seconds | calls to EC2 | in a new process |",
        "|---|---|---|---|",
        *(
            f"| {r.zones} | {r.middle:.2f} s (worst {r.worst:.2f}) | {r.calls} "
            f"| {r.first[0]:.2f} s, {r.first[1]} calls |"
            for r in rows
        ),
        "",
        f"{picture.LOOKS} looks at a stack at rest, one after the other: from the call of the deployed",
        "function to its whole answer. A new process of Lambda's starts more slowly than one here.",
    ], [broken for r in rows for broken in r.broken()]


def _set_up() -> Section:
    title = ["", "## The packet lab, two side by side (up in 10 s, gone in 2 s, nothing left)", ""]
    if reason := hindrance():
        return [*title, f"Not measured: {reason}."], []
    row = set_up.rows()
    broken = [f"left behind: {each}" for each in row.left]
    broken += [f"up after {s:.1f} s" for s in row.up if s > MOST_SET_UP]
    broken += [f"gone after {s:.1f} s" for s in row.down if s > MOST_TEAR_DOWN]
    return [
        *title,
        "| up, s | gone, s | left |",
        "|---|---|---|",
        f"| {heal.shown(row.up)} | {heal.shown(row.down)} | {len(row.left) or 'nothing'} |",
        "",
        f"{set_up.RUNS} runs, both labs together: local AWS and corner. This machine's interfaces,",
        "namespaces, rules and processes are compared before and after.",
    ], broken


def _throughput() -> Section:
    title = [
        "",
        f"## Through a node, against the same path without NAT (TCP: at least {LEAST_THROUGHPUT})",
        "",
    ]
    if reason := hindrance():
        return [*title, f"Not measured: {reason}."], []
    rows = throughput.rows()
    ratio = median(rows[0].ratios(2, 1))
    broken = [f"a node passes {ratio:.2f} of the TCP"] if ratio < LEAST_THROUGHPUT else []
    return [
        *title,
        "| | direct | without NAT | node | node by direct | node by without NAT |",
        "|---|---|---|---|---|---|",
        *(
            f"| {r.what} | {r.middle(0):,.1f} | {r.middle(1):,.1f} | {r.middle(2):,.1f} "
            f"| {_shown(r.ratios(2, 0))} | {_shown(r.ratios(2, 1))} |"
            for r in rows
        ),
        "",
        f"In the packet lab, {throughput.ROUNDS} rounds of all three ways in turn: medians, and the median",
        "of the rounds' ratios (least to most). Direct: the host has a public address and a route straight",
        "to the gateway. Without NAT: the node's path over an instance that only forwards. All of the lab is",
        "on one machine, so a path with more hops is slower for that alone; the last column is what the NAT",
        "costs.",
    ], broken


def _forwards() -> Section:
    many = throughput.MANY
    title = ["", f"## {many:,} port forwards, against one (throughput: at least {LEAST_WITH_FORWARDS})", ""]
    if reason := hindrance():
        return [*title, f"Not measured: {reason}."], []
    found = throughput.forwards()
    broken = [
        f"{r.what}: {ratio:.2f} with {many} forwards"
        for r in found.rows[:2]
        if (ratio := median(r.ratios(1, 0))) < LEAST_WITH_FORWARDS
    ]
    return [
        *title,
        f"| | 1 | {many:,} | ratio |",
        "|---|---|---|---|",
        *(
            f"| {r.what} | {r.middle(0):,.1f} | {r.middle(1):,.1f} | {_shown(r.ratios(1, 0))} |"
            for r in found.rows
        ),
        f"| `natkeeper-apply`, s | {found.apply[0]:.2f} | {found.apply[1]:.2f} | |",
        "",
        "Two nodes side by side, measured as above. About the design of the rules: the template takes four",
        "forwards, and user data has no room for so many.",
    ], broken


def _guard() -> Section:
    title = [
        "",
        f"## The guard (at rest {MOST_IDLE} % of a core and {MOST_MEGABYTES} MB; mends in {MOST_REPAIR} s)",
        "",
    ]
    if reason := hindrance():
        return [*title, f"Not measured: {reason}."], []
    rows, repairs = guard.rows(), guard.repairs()
    ring = guard.beside_peers()
    broken = [f"the guard takes {r.percent:.2f} %" for r in rows if r.percent > MOST_IDLE]
    broken += [f"beside peers, the guard takes {ring.percent:.2f} %"] if ring.percent > MOST_BEATING else []
    broken += [f"the guard takes {r.megabytes:.1f} MB" for r in [*rows, ring] if r.megabytes > MOST_MEGABYTES]
    broken += [f"{r.harm}: mended in {r.middle:.2f} s" for r in repairs if r.middle > MOST_REPAIR]
    return [
        *title,
        "| port forwards | % of one core | resident, MB |",
        "|---|---|---|",
        *(f"| {r.forwards:,} | {r.percent:.3f} | {r.megabytes:.1f} |" for r in rows),
        "",
        "| harm | mended after, s (worst) |",
        "|---|---|",
        *(f"| {r.harm} | {r.middle:.3f} ({max(r.seconds):.3f}) |" for r in repairs),
        "",
        f"At rest: the guard and all it starts, over {guard.SECONDS:.0f} s on a booted node. Mended: medians",
        f"of {guard.TIMES}, from the end of the command that did the harm until another one sees it undone.",
        f"The template takes {guard.MOST_FORWARDS} forwards at most.",
        "",
        f"Beside two peers, each of which it watches ten times a second: {ring.percent:.2f} % (at most",
        f"{MOST_BEATING:.0f} %) and {ring.megabytes:.1f} MB.",
    ], broken


def _flows() -> Section:
    title = [
        "",
        f"## Flows told to a peer (at most {MOST_TELLING:.0f} % of a core at {flows.A_SECOND} new a second)",
        "",
    ]
    if reason := hindrance():
        return [*title, f"Not measured: {reason}."], []
    row, rows = flows.row(), flows.rows()
    broken = [
        f"flow state takes {percent:.1f} % of {who}"
        for who, percent in (("who tells", row.teller), ("who is told", row.told))
        if percent > MOST_TELLING
    ]
    ratio = median(rows[0].ratios(1, 0))
    broken += [f"beside a peer, a node passes {ratio:.2f} of the TCP"] if ratio < LEAST_TELLING else []
    return [
        *title,
        "| new connections/s | % of one core: who translates | who is told | flows it knows | at rest |",
        "|---|---|---|---|---|",
        f"| {row.connections:.0f} | {row.teller:.2f} | {row.told:.2f} | {row.known} | {row.at_rest:.2f} |",
        "",
        f"| | alone | telling a peer | ratio (TCP: at least {LEAST_TELLING}) |",
        "|---|---|---|---|",
        *(f"| {r.what} | {r.middle(0):,.1f} | {r.middle(1):,.1f} | {_shown(r.ratios(1, 0))} |" for r in rows),
        "",
        f"The guard of two nodes, with the ring, over {flows.SECONDS} s; {flows.KEPT} connections stay,",
        f"others last for a byte there and back. At the end its memory is {row.megabytes:.1f} MB.",
    ], broken


def _shown(ratios: tuple[float, ...]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


SECTIONS: dict[str, Callable[[], Section]] = {
    "calls": _calls,
    "controller": _controller,
    "imports": artefact.import_times,
    "cold_start": artefact.cold_starts,
    "package": artefact.sizes,
    "heal": _heals,
    "picture": _picture,
    "set_up": _set_up,
    "throughput": _throughput,
    "forwards": _forwards,
    "guard": _guard,
    "flows": _flows,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
