"""The page that a person opens after the demo: a table, then a timeline for every fault."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from lab.report.axis import Axis, close_ups, whole
from lab.report.duration import in_words, since_fault
from lab.report.lanes import LANES, Entry, counted, entries
from lab.report.run import Run
from lab.report.timeline import timeline

ASSETS = Path(__file__).parent / "assets"
HEADINGS = (
    "Packets lost",
    "Longest time without an answer",
    "Long connections that lived",
    "Healed after",
    "What was promised",
)
MUCH = 0.01
"""The share of lost packets from which a kept promise is not told without them."""
SILENT = 0.25  # seconds, from which a connection counts as silent (lab/traffic/recording.py)


def page(runs: Sequence[Run], *, title: str, notes: Sequence[str]) -> str:
    """Returns one HTML file that needs nothing else: no network, no fonts, no script to be read."""
    template = Template((ASSETS / "page.html").read_text())
    said = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return template.substitute(
        title=escape(title),
        lead=_lead(runs),
        headings="".join(f"<th>{heading}</th>" for heading in HEADINGS),
        rows="\n".join(_row(index, run) for index, run in enumerate(runs, 1)),
        notes=f'<ul class="notes">{said}</ul>' if said else "",
        sections="\n".join(_section(index, run) for index, run in enumerate(runs, 1)),
        style=(ASSETS / "page.css").read_text(),
        script=(ASSETS / "page.js").read_text(),
    )


def _lead(runs: Sequence[Run]) -> str:
    intervals = sorted({run.interval for run in runs})
    every = f"every {intervals[0] * 1000:g} ms" if len(intervals) == 1 else "all the time"
    return (
        f"A private host sends a packet to the internet {every}, through a NAT node that natkeeper keeps "
        "alive. Here is what was broken on purpose, what AWS and natkeeper did then, and which packets had "
        "no answer."
    )


def _row(index: int, run: Run) -> str:
    failed = f"<small>{run.failed:,} of {run.sent_tcp:,} connections failed</small>"
    cells = (
        f"{run.lost:,} of {run.sent_udp:,}{_share(run)}{failed}",
        in_words(run.longest_outage) if run.longest_outage else "none",
        _lived(run),
        _healed(run),
        f"{_kept(run)}<small>{escape(run.promise)}</small>",
    )
    # On a phone each cell is a line of its own, and says what it is.
    told = zip(HEADINGS, cells, strict=True)
    cell = "".join(f'<td data-is="{heading}"><div>{cell}</div></td>' for heading, cell in told)
    return f'<tr><th scope="row"><a href="#run-{index}">{escape(run.title)}</a></th>{cell}</tr>'


def _share(run: Run) -> str:
    return f" ({run.lost / run.sent_udp:.1%})" if run.lost else ""


def _lived(run: Run) -> str:
    flows = run.flows
    said = []
    if flows.speaks:
        said.append(f"{flows.speaks_alive} of {flows.speaks} whose client speaks")
    if flows.listens:
        said.append(f"<small>{flows.listens_alive} of {flows.listens} that only listen</small>")
    return "".join(said) or "-"


def _healed(run: Run) -> str:
    return '<span class="no">not healed</span>' if run.healed is None else in_words(run.healed_after)


def _kept(run: Run) -> str:
    """The verdict, never better than it reads beside the packets that were lost meanwhile."""
    if not run.kept:
        late = f", while the lab itself was {run.late:.1f} s late" if run.spoilt else ""
        return f'<span class="no">✗ not kept{late}</span>'
    much = run.lost >= MUCH * run.sent_udp
    return f'<span class="yes">✓ kept{f", with {run.lost:,} packets lost" if much else ""}</span>'


def _section(index: int, run: Run) -> str:
    name = f"run-{index}"
    axes = [whole(run), *close_ups(run)]
    figures = "\n".join(_figure(run, axis, f"{name}-at-{n}") for n, axis in enumerate(axes))
    lines = "\n".join(_line(entry, name) for entry in entries(run))
    return f"""<section id="{name}">
<h2>{escape(run.title)} <code>{escape(run.fault)}</code></h2>
<p>{escape(run.story)}</p>
<p>Promise {_kept(run)}: {escape(run.promise)}</p>
<p class="facts">{escape(_facts(run))}</p>
{figures}
<details open>
<summary>What happened, line by line</summary>
<ol class="log">
{lines}
</ol>
</details>
</section>"""


def _facts(run: Run) -> str:
    facts = [f"{counted(run.zones, 'zone')}, {run.timings}"]
    if run.detection is not None:
        facts.append(f"noticed after {in_words(run.detection)}")
    if run.repair is not None:
        facts.append(f"repaired {in_words(run.repair)} later")
    facts.append(f"{counted(run.calls, 'AWS call')} meanwhile")
    if len(run.addresses) == 1:
        facts.append(f"the server saw one address throughout, {run.addresses[0]}")
    elif run.addresses:
        facts.append(f"the server saw the addresses {', '.join(run.addresses)}")
    if run.flows.speaks or run.flows.listens:
        facts.append(_silence(run))
    return " · ".join(facts)


def _silence(run: Run) -> str:
    if not run.flows.speaks_alive + run.flows.listens_alive:
        return "no long connection lived"
    if not run.flows.longest_silence:
        return f"no long connection that lived was silent for more than {SILENT} s"
    return f"longest silence of a long connection that lived {in_words(run.flows.longest_silence)}"


def _figure(run: Run, axis: Axis, name: str) -> str:
    which = "The whole run" if name.endswith("-at-0") else "Close-up"
    words = f"{which}, {since_fault(axis.start)} to {since_fault(axis.end)}"
    # It scrolls sideways on a narrow screen, by the keyboard too.
    drawing = f'<div class="wide" tabindex="0" role="group">{timeline(run, axis, name)}</div>'
    return f"<figure><figcaption>{words}</figcaption>{drawing}</figure>"


def _line(entry: Entry, name: str) -> str:
    took = "" if entry.until is None or entry.lane in ("udp", "tcp") else _took(entry.until - entry.at)
    return (
        f'<li id="{name}-{entry.number}" class="{entry.lane}"><span class="number">{entry.number}</span>'
        f'<span class="at">{since_fault(entry.at)}</span><span class="lane">{LANES[entry.lane]}</span>'
        f'<span class="text">{escape(entry.text)}{took}</span></li>'
    )


def _took(seconds: float) -> str:
    return f" <small>took {in_words(seconds)}</small>"
