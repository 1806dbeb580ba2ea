"""What there is to say about a region: each VPC's way out, its cost, what to deploy, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doctor.intention import Intention
from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.checks import examine
from natkeeper.core.doctor.egress import Exit, Traffic, exits_of, gateways_of, traffic_of
from natkeeper.core.doctor.estimate import Estimate, estimate
from natkeeper.core.doctor.facts import NOT_ASKED, Facts, Gateway, Vpc
from natkeeper.core.doctor.findings import Finding, NotReadError, Occasion, Verdict, known
from natkeeper.core.doctor.proposal import BASELINES, Proposal, propose
from natkeeper.core.model import Unread
from natkeeper.core.savings.cost import Bill
from natkeeper.core.savings.prices import prices_in


@dataclass(frozen=True, slots=True)
class Outlook:
    """One VPC. `estimate` only where gateways stand and their traffic is known; `unread` is why the VPC could
    not be looked at."""

    vpc: Vpc
    exits: tuple[Exit, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    traffic: Traffic | Unread = NOT_ASKED
    proposal: Proposal | None = None
    estimate: Estimate | None = None
    findings: tuple[Finding, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Consultation:
    """A region: the account's findings, and every VPC; `unread` is why there are none, or not those that were
    asked for. `profile` is the AWS profile that was named to look with, if one was. `given` are the findings
    on parameters that a person means to deploy."""

    region: str
    account: tuple[Finding, ...]
    outlooks: tuple[Outlook, ...]
    unread: str = ""
    profile: str = ""
    given: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something was asked for that is not there, could not be read at all, or would not do."""
        return bool(self.unread) or any(finding.verdict is Verdict.WRONG for finding in self.given)

    def figures(self) -> Mapping[str, object]:
        """The same for machines."""
        return {
            "region": self.region,
            "account": [finding.figures() for finding in self.account],
            "parameters": [finding.figures() for finding in self.given],
            "vpcs": [_figures(outlook, self.region, self.profile) for outlook in self.outlooks],
            "could_not_be_read": self.unread,
        }


def to_read(model: Asked) -> Asked:
    """What must be read for the model, and for any type that a proposal may take."""
    return replace(model, types=tuple(dict.fromkeys((*model.types, *(name for name, _ in BASELINES)))))


def consult(facts: Facts, model: Asked, only: Sequence[str] = (), profile: str = "") -> Consultation:
    """What there is to say about all VPCs, or those named in `only`, for stacks that are like the model."""
    try:
        vpcs = [vpc for vpc in known(facts.vpcs) if not only or vpc.id in only]
    except NotReadError as error:
        return Consultation(facts.region, _account(facts, model, ()), (), str(error), profile)
    model = replace(model, account="" if isinstance(facts.account, Unread) else facts.account)
    missing = sorted(set(only).difference(vpc.id for vpc in vpcs))
    unread = f"there is no VPC {', '.join(missing)} in {facts.region}" if missing else ""
    outlooks = tuple(_outlook(facts, vpc, model) for vpc in vpcs)
    account = _account(facts, model, outlooks)
    own = {(finding.check.name, finding.on) for finding in account}  # of other types there is more to say
    kept = (
        replace(o, findings=tuple(f for f in o.findings if (f.check.name, f.on) not in own)) for o in outlooks
    )
    return Consultation(facts.region, account, tuple(kept), unread, profile)


def look_at(meant: Intention, facts: Facts, consultation: Consultation) -> Consultation:
    """The consultation, and what a stack with these parameters would meet."""
    account = "" if isinstance(facts.account, Unread) else facts.account
    findings = examine(facts, replace(meant.asked, account=account), Occasion.BEFORE)
    return replace(consultation, given=tuple(f for f in findings if f.check.name not in meant.needless))


def _account(facts: Facts, model: Asked, outlooks: Sequence[Outlook]) -> tuple[Finding, ...]:
    """What holds for every VPC, for the stack with the most zones."""
    zones = max((o.proposal.asked.zones for o in outlooks if o.proposal), default=1)
    return examine(facts, replace(model, zones=zones), Occasion.BEFORE)


def _outlook(facts: Facts, vpc: Vpc, model: Asked) -> Outlook:
    try:
        exits = exits_of(facts, vpc.id)
        gateways = () if isinstance(facts.gateways, Unread) else gateways_of(facts, vpc.id)
        traffic = traffic_of(facts, vpc.id)
        proposal = propose(facts, vpc, model, traffic)
    except NotReadError as error:
        return Outlook(vpc, unread=str(error))
    asked = proposal.asked if proposal else None
    return Outlook(
        vpc, exits, gateways, traffic, proposal,
        _estimate(facts, gateways, traffic, proposal),
        examine(facts, asked, Occasion.BEFORE) if asked else (),
    )  # fmt: skip


def _estimate(
    facts: Facts, gateways: Sequence[Gateway], traffic: Traffic | Unread, proposal: Proposal | None
) -> Estimate | None:
    if not gateways or proposal is None or isinstance(traffic, Unread):
        return None
    return estimate(gateways, traffic, proposal.asked.zones, proposal.type, prices_in(facts.region))


def _figures(outlook: Outlook, region: str, profile: str) -> Mapping[str, object]:
    traffic, proposal = outlook.traffic, outlook.proposal
    read = None if isinstance(traffic, Unread) else traffic
    return {
        "vpc": outlook.vpc.id,
        "name": outlook.vpc.name,
        "ranges": outlook.vpc.ranges,
        "route_tables": [
            {"id": e.table, "served_by": e.way.value, "target": e.by, "subnets": e.subnets, "zones": e.zones}
            for e in outlook.exits
        ],
        "nat_gateways": [gateway.id for gateway in outlook.gateways],
        "gigabytes_in_30_days": round(read.gigabytes, 3) if read else None,
        "traffic_could_not_be_read": traffic.error if isinstance(traffic, Unread) else "",
        "cost_in_30_days": _cost(outlook.estimate) if outlook.estimate else None,
        "checks": [finding.figures() for finding in outlook.findings],
        "remarks": proposal.remarks if proposal else (),
        "deploy": proposal.command(region, profile) if proposal else None,
        "could_not_be_read": outlook.unread,
    }


def _cost(costs: Estimate) -> Mapping[str, object]:
    return {
        "nat_gateways": _bill(costs.gateways),
        "natkeeper": _bill(costs.natkeeper),
        "saved_dollars": None if costs.saved is None else round(costs.saved, 2),
        "without_a_price": costs.unknown,
    }


def _bill(bill: Bill) -> Mapping[str, object]:
    lines = [
        {"what": line.what, "dollars": round(line.dollars, 4), "estimate": not line.is_sure}
        for line in bill.lines
    ]
    sure = all(line.is_sure for line in bill.lines)
    return {"dollars": round(bill.dollars, 2), "estimate": not sure, "lines": lines}
