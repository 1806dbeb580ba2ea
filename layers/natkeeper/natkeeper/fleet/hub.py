"""Hears what stacks say and keeps the last of each; shows them all to who asks. It orders nothing, and no
stack waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from natkeeper.core.errors import AwsError
from natkeeper.core.fleet.hearing import OrderAnswer, Unheard, hear
from natkeeper.core.fleet.page import render
from natkeeper.core.fleet.standing import Fleet, rank
from natkeeper.core.fleet.text import as_json, as_text
from natkeeper.fleet_ports import Register
from natkeeper.ports import Clock, Journal

MANUAL = """\
## natkeeper's fleet
Every natkeeper stack that this hub has heard of, the worst first: how it stands, which version it runs, when
it was heard last, what it has saved this month. It changes nothing.

### Widget parameters
`format`: `html` (as it is without), `text` for a table, or `json` for machines.
"""


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything the hub's functions need, wired by `bootstrap`. An event's account is EventBridge's own
    where the bus alone calls: only there it `hears`."""

    register: Register
    journal: Journal
    clock: Clock
    hears: bool = True

    def answer(self, event: object) -> str | dict[str, Any]:
        """To an event of a stack what became of it; to everybody else the page, as HTML, text or JSON, and to
        CloudWatch the documentation. Raises AwsError when news could not be kept: Lambda tries again."""
        asked = event if isinstance(event, Mapping) else {}
        if "detail-type" in asked:
            return {"summary": self._hear(asked)}
        if asked.get("describe"):
            return MANUAL
        match asked.get("format"):
            case "json":
                return as_json(self._fleet())
            case "text":
                return {"summary": as_text(self._fleet())}
            case _:
                return render(self._fleet())

    def _hear(self, event: Mapping[str, Any]) -> str:
        if not self.hears:
            return self._ignore("this function shows; events go to the hub's bus, which has another one hear")
        heard = hear(event, self.clock())
        if isinstance(heard, Unheard):
            return self._ignore(heard.reason)
        if isinstance(heard.news, OrderAnswer):
            entered = self.register.answer(heard.key, heard.news)
        else:
            entered = self.register.enter(heard.key, heard.news, self.clock())
        return f"{heard.key}: {entered}"

    def _ignore(self, reason: str) -> str:
        self.journal.ignored(reason)
        return f"ignored: {reason}"

    def _fleet(self) -> Fleet:
        """What could not be read is shown as that: a page that says why is more than none."""
        try:
            known, damaged = self.register.stacks()
        except AwsError as error:
            self.journal.unreadable(error)
            known, damaged = (), (str(error),)
        return rank(known, self.clock(), damaged)
