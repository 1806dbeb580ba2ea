"""A stack that runs is examined: when a person asks, and once after each deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.checks import examine
from natkeeper.core.doctor.findings import Finding, Occasion, Verdict, examined
from natkeeper.core.errors import AwsError
from natkeeper.doctor.survey import Survey
from natkeeper.ports import Clock, Findings, Journal, Notices


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything the doctor's function needs, wired by `bootstrap`."""

    asked: Asked
    survey: Survey
    notices: Notices
    journal: Journal
    kept: Findings
    clock: Clock

    def carry_out(self, event: object) -> str:
        """What was found, as text. A person who asked by an event is told in any case, and after a deployment
        when something is wrong; who calls the function has the answer. Raises no AwsError."""
        findings = examine(self.survey.take(self.asked, Occasion.RUNNING), self.asked, Occasion.RUNNING)
        self.journal.examined(findings)
        self._keep(findings)
        text = "\n".join(_lines(self.asked.stack, self.survey.name, findings))
        source = event.get("source") if isinstance(event, Mapping) else None
        wrong = _count(findings, Verdict.WRONG)
        if source == "natkeeper" or (source == "aws.cloudformation" and wrong):
            self._tell(f"{self.asked.stack}: {wrong} of {len(findings)} checks found something wrong", text)
        return text

    def _keep(self, findings: Sequence[Finding]) -> None:
        """For the picture. That it cannot be kept takes nobody's answer away."""
        try:
            self.kept.keep(examined(findings, self.clock()))
        except AwsError as error:
            self.journal.refused("keeping what was found", error)

    def _tell(self, subject: str, text: str) -> None:
        try:
            self.notices.publish(subject, text)
        except AwsError as error:
            self.journal.refused("telling what was found", error)


def _count(findings: Sequence[Finding], verdict: Verdict) -> int:
    return sum(finding.verdict is verdict for finding in findings)


def _lines(stack: str, region: str, findings: Sequence[Finding]) -> Iterator[str]:
    counts = ", ".join(f"{_count(findings, verdict)} {verdict.value}" for verdict in Verdict)
    yield f"Stack {stack} in {region}: {counts}"
    for finding in findings:
        for mistake in finding.mistakes:
            yield f"\nwrong: {finding.check.name}: {mistake.what}."
            yield f"  Why it matters: {finding.check.why}."
            yield f"  What to do: {mistake.cure}."
    for finding in findings:
        if finding.unread:
            yield f"\ncould not be read: {finding.check.name}: {finding.unread}"
    if ok := [finding.check.name for finding in findings if finding.verdict is Verdict.OK]:
        yield f"\nok: {', '.join(ok)}"
