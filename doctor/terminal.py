"""A consultation for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from doctor.consultation import Consultation, Outlook
from natkeeper.core.doctor.egress import Way
from natkeeper.core.doctor.estimate import Estimate
from natkeeper.core.doctor.findings import Finding, Verdict
from natkeeper.core.model import Unread
from natkeeper.core.savings.cost import Bill
from natkeeper.core.savings.prices import DATE

COLOURS = {Verdict.OK: "green", Verdict.WRONG: "red", Verdict.UNREAD: "yellow"}

NOTHING = "Nothing here for a NAT to serve, or no public subnet to serve it from."
TOO_LITTLE = "Too little could be read to propose anything."


def show(consultation: Consultation, console: Console) -> None:
    """Prints everything: the account, then each VPC."""
    console.rule(f"[bold]natkeeper doctor: {consultation.region}")
    if consultation.unread:
        console.print(f"[yellow]Not every VPC could be looked at:[/] {plain(consultation.unread)}")
    _findings("The account", consultation.account, console)
    _findings("The parameters that you gave", consultation.given, console)
    for outlook in consultation.outlooks:
        _outlook(outlook, consultation, console)
    if any(outlook.estimate for outlook in consultation.outlooks):
        console.print(
            f"* An estimate, or a price that was not checked. Prices of {DATE}; free tiers are not taken off."
        )


def _outlook(outlook: Outlook, consultation: Consultation, console: Console) -> None:
    vpc = outlook.vpc
    console.print()
    console.rule(f"[bold]{vpc.id}[/] {plain(vpc.name)} {', '.join(vpc.ranges)}")
    if outlook.unread:
        console.print(f"[yellow]It could not be read:[/] {plain(outlook.unread)}")
        return
    _exits(outlook, console)
    _traffic(outlook, console)
    if outlook.estimate:
        _costs(outlook.estimate, console)
    if outlook.proposal is None:
        unread = any(e.way is Way.UNREAD for e in outlook.exits)
        console.print(TOO_LITTLE if unread else NOTHING)
        return
    _findings("What natkeeper would find here", outlook.findings, console)
    for remark in outlook.proposal.remarks:
        console.print(f"Note: {plain(remark)}.")
    console.print("To deploy, from this checkout, after `sam build`:")
    line = outlook.proposal.command(consultation.region, consultation.profile)
    console.print(unprinted(line), style="bold", soft_wrap=True, highlight=False, markup=False)


def _exits(outlook: Outlook, console: Console) -> None:
    table = _table("The way out now", "Route table", "Served now by", "Subnets", "Zones")
    for e in outlook.exits:
        by = f"{e.way.value}: {e.by}" if e.by else e.way.value
        table.add_row(e.table, plain(by), str(len(e.subnets)), ", ".join(e.zones))
    console.print(table)


def _traffic(outlook: Outlook, console: Console) -> None:
    traffic, count = outlook.traffic, len(outlook.gateways)
    if isinstance(traffic, Unread):
        console.print(f"[yellow]What NAT gateways carried could not be read:[/] {plain(traffic.error)}")
        return
    if not count:
        return
    gateways = f"{count} NAT gateway{'s' * (count > 1)}"
    console.print(
        f"{gateways} processed {traffic.gigabytes:,.1f} GB in 30 days; the busiest day of a zone was "
        f"{traffic.busiest_mbps:,.1f} Mbit/s in the mean."
    )


def _costs(costs: Estimate, console: Console) -> None:
    table = _table("What it costs", "", "Dollars in 30 days")
    for title, bill in (("NAT gateways", costs.gateways), ("natkeeper", costs.natkeeper)):
        for line in bill.lines:
            star = "" if line.is_sure else " *"
            known = line.what not in costs.unknown
            table.add_row(f"  {plain(line.what)}", f"{line.dollars:,.2f}{star}" if known else "not known")
        table.add_row(f"[bold]{title}", f"[bold]{bill.dollars:,.2f}{_star(bill)}", end_section=True)
    saved = "not known" if costs.saved is None else f"{costs.saved:,.2f} *"
    table.add_row("[bold]saved", f"[bold]{saved}")
    console.print(table)


def _star(bill: Bill) -> str:
    return "" if all(line.is_sure for line in bill.lines) else " *"


def _findings(title: str, findings: Iterable[Finding], console: Console) -> None:
    table = _table(title, "Check", "Verdict", "Looked at", "What, and what to do")
    for finding in findings:
        verdict = f"[{COLOURS[finding.verdict]}]{finding.verdict.value}"
        table.add_row(finding.check.name, verdict, plain(finding.on), plain(_words(finding)))
    if table.row_count:
        console.print(table)


def _words(finding: Finding) -> str:
    why = finding.check.why
    mistakes = [f"{m.what}. Why it matters: {why}. What to do: {m.cure}." for m in finding.mistakes]
    return "\n".join((*mistakes, *([finding.unread] if finding.unread else [])))


def plain(text: str) -> str:
    """Text of others as a cell or a line: nothing in it is markup, and nothing in it moves a terminal."""
    return escape(unprinted(text))


def unprinted(text: str) -> str:
    """The text with a question mark for each character that does not print, but for the ends of lines."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left")
