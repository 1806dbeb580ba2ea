"""The stack's own deployment: what is wrong with its parameters fails it, before anything is touched.

A rollback is never failed: CloudFormation then gives back parameters that were deployed before, and a stack
that cannot go back either would need a person at AWS's console.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from natkeeper.core.doctor.checks import examine
from natkeeper.core.doctor.findings import Finding, Occasion, Verdict
from natkeeper.core.errors import AwsError
from natkeeper.doctor.request import account_of, asked_for, name_of
from natkeeper.doctor.survey import Survey
from natkeeper.ports import Journal
from natkeeper.settings import mistakes_in

FORWARD = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
AGAIN = timedelta(seconds=20)
"""So long what could not be read is read again: a role made seconds ago may not be known yet (IAM User Guide,
troubleshooting, changes are not always immediately visible)."""
PAUSE = 4.0  # seconds


class Stacks(Protocol):
    """Knows how a stack stands."""

    def status(self, stack: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything that the check of a deployment needs, wired by `bootstrap`."""

    survey: Survey
    stacks: Stacks
    journal: Journal
    sleep: Callable[[float], None]

    def refuse(self, stack: str, parameters: Mapping[str, str]) -> str:
        """Every mistake in the parameters of the stack of this ARN, and what to do; empty if there is none,
        or if this is no way forward."""
        findings = self._look(stack, parameters)
        self.journal.examined(findings)
        mistakes = [mistake for finding in findings for mistake in finding.mistakes]
        if not mistakes or not self._goes_forward(stack):
            return ""
        whats = _numbered([mistake.what for mistake in mistakes])
        cures = _numbered([mistake.cure for mistake in mistakes])
        count = "A parameter is wrong" if len(mistakes) == 1 else f"{len(mistakes)} things are wrong"
        return f"{count}; nothing was touched. {whats} What to do: {cures}"

    def _look(self, stack: str, parameters: Mapping[str, str]) -> Sequence[Finding]:
        asked = asked_for(parameters, name_of(stack), mistakes_in(parameters), account_of(stack))
        begun = self.survey.clock()
        while True:
            findings = examine(self.survey.take(asked, Occasion.DEPLOYMENT), asked, Occasion.DEPLOYMENT)
            unread = any(finding.verdict is Verdict.UNREAD for finding in findings)
            if not unread or self.survey.clock() - begun >= AGAIN:
                return findings
            self.sleep(PAUSE)

    def _goes_forward(self, stack: str) -> bool:
        try:
            return self.stacks.status(stack) in FORWARD
        except AwsError as error:
            self.journal.refused("reading the stack's status", error)
            return False


def _numbered(sentences: Sequence[str]) -> str:
    return " ".join(f"({number}) {text}." for number, text in enumerate(sentences, 1))
