"""The journal: a structured log line for each decision and result; metrics ride in the same log (EMF).

A metric that is sent in every hour costs three times an alarm. So a calm sweep sends a single one, and what
else is worth a look rides beside it as plain fields, which cost only their bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric

from natkeeper.core.actions import Action, Cause, Notify, SetCpuCredits, StopNode, TerminateNode, Wait
from natkeeper.core.decision.render import as_fields
from natkeeper.core.errors import AwsError, NotFoundError, NotReadyError
from natkeeper.core.intake.commands import Answered
from natkeeper.core.model import InstanceId, ZoneName

if TYPE_CHECKING:
    from natkeeper.core.doctor.findings import Finding


@dataclass(slots=True)
class ApiCalls:
    """Counts the calls that go to EC2 and SSM, the ones that are throttled account-wide."""

    count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def saw(self, **_: object) -> None:
        """A boto3 event hook (`before-call`); calls may come from several threads."""
        with self._lock:
            self.count += 1


@dataclass(slots=True)
class Tally:
    """What the sweep under way has seen: how many nodes have which verdict, and who serves which zone."""

    verdicts: Counter[str] = field(default_factory=Counter)
    serving: dict[ZoneName, InstanceId | None] = field(default_factory=dict)

    def fields(self) -> dict[str, str]:
        """Both as text, and the next sweep begins afresh."""
        serving = ", ".join(f"{zone} {node or 'nobody'}" for zone, node in sorted(self.serving.items()))
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.verdicts.items()))
        self.verdicts.clear()
        self.serving.clear()
        return {"serving": serving or "no zone", "verdicts": verdicts or "no node"}


@dataclass(frozen=True, slots=True)
class PowertoolsJournal:
    """Logs and measures with Powertools; service and namespace come from its environment variables."""

    logger: Logger
    calls: ApiCalls
    tally: Tally = field(default_factory=Tally)
    gateway_metrics: frozenset[str] = frozenset()  # of what nodes carry, what is sent as a metric

    def began(self, why: str) -> None:
        """A run began."""
        self.logger.info("run", extra={"trigger": why})

    def ignored(self, reason: str) -> None:
        """An event led to nothing."""
        self.logger.info("ignored", extra={"reason": reason})

    def misheard(self, reason: str) -> None:
        """A node's report meant nothing."""
        self.logger.warning("misheard", extra={"reason": reason})
        self._metric("ReportsIgnored", MetricUnit.Count, 1)

    def answered(self, answer: Answered) -> None:
        """A person's command was answered."""
        origin = answer.origin
        extra = {"kind": origin.kind, "id": origin.id, "reply": answer.reply, "reason": answer.reason}
        self.logger.info("answer", extra=extra)

    def decided(self, action: Action, *, dry_run: bool) -> None:
        """The planner decided on an action."""
        self.logger.info("decision", extra={**as_fields(action), "dry_run": dry_run})
        if isinstance(action, Wait) and action.cause is Cause.BREAKER and not dry_run:
            self._metric("BreakerOpen", MetricUnit.Count, 1)

    def did(self, action: Action) -> None:
        """An action was carried out."""
        self.logger.info("result", extra={**as_fields(action), "result": "done"})
        # They follow a heal, and are none.
        follows = isinstance(action, Notify | TerminateNode | StopNode | SetCpuCredits)
        if not follows and action.cause not in (Cause.WAKING, Cause.IMAGE):
            self._metric("Heals", MetricUnit.Count, 1, cause=action.cause)

    def refused(self, what: str, error: AwsError) -> None:
        """AWS refused. What a node's coming or going explains for some seconds is no failed heal."""
        extra = {"action": what, "error": error.name, "code": error.code, "reason": str(error)}
        if isinstance(error, NotReadyError | NotFoundError):
            self.logger.warning("result", extra={**extra, "result": "not ready"})
            return
        self.logger.error("result", extra={**extra, "result": "refused"})
        self._metric("HealFailed", MetricUnit.Count, 1)

    def carried(self, node: InstanceId, zone: ZoneName | None, figures: Mapping[str, int]) -> None:
        """What a node carried since it was asked last; all of it in one line. As a metric a zero is left out:
        an hour without one costs nothing."""
        where = zone or "unknown"
        self.logger.info("carried", extra={"node": node, "zone": where, **figures})
        metrics = EphemeralMetrics()
        metrics.add_dimension(name="zone", value=where)
        sent = {name: figures[name] for name in figures if figures[name] and name in self.gateway_metrics}
        for name, value in sent.items():
            metrics.add_metric(name=name, unit=_unit(name), value=value)
        if sent:
            metrics.flush_metrics()

    def judged(self, node: InstanceId, zone: ZoneName, verdict: str, reason: str) -> None:
        """A node was judged; a healthy or sleeping one is only counted, its line would be the log's bulk."""
        if verdict not in ("healthy", "asleep"):
            extra = {"node": node, "zone": zone, "verdict": verdict, "reason": reason}
            self.logger.info("verdict", extra=extra)
        self.tally.verdicts[verdict] += 1

    def served(self, zone: ZoneName, node: InstanceId | None) -> None:
        """A zone's default route leads to this node of the stack, or to none."""
        self.tally.serving[zone] = node

    def healed(self, zone: ZoneName, seconds: float) -> None:
        """A zone that was without a way out has one again."""
        self.logger.info("healed", extra={"zone": zone, "seconds": round(seconds, 3)})
        self._metric("TimeToHeal", MetricUnit.Seconds, seconds, zone=zone)

    def missed(self, zone: ZoneName, goal: str, since: datetime) -> None:
        """A goal is overdue: one for each look. The metric is sent only then, and as one for all goals: which
        one stands in the line."""
        extra = {"zone": zone, "goal": goal, "since": since.isoformat(timespec="seconds")}
        self.logger.warning("goal missed", extra=extra)
        self._metric("GoalMissed", MetricUnit.Count, 1)

    def unreadable(self, error: AwsError) -> None:
        """AWS could not be read, and what depends on it was left; that it lasts, the dead-man alarm tells."""
        extra = {"error": error.name, "code": error.code, "reason": str(error)}
        self.logger.error("unreadable", extra=extra)
        self._metric("ReadFailed", MetricUnit.Count, 1)

    def rests(self, zone: ZoneName, reason: str) -> None:
        """A zone sleeps: one for each look, so their number is about the minutes asleep."""
        self.logger.info("asleep", extra={"zone": zone, "reason": reason})
        self._metric("Asleep", MetricUnit.Count, 1, zone=zone)

    def woke(self, zone: ZoneName, seconds: float) -> None:
        """A zone that slept has a way out again, verified."""
        self.logger.info("woke", extra={"zone": zone, "seconds": round(seconds, 3)})
        self._metric("TimeToWake", MetricUnit.Seconds, seconds, zone=zone)

    def swept(self, seconds: float) -> None:
        """A pass ended well: what the dead-man alarm waits for."""
        milliseconds = round(seconds * 1000)
        with single_metric(name="SweepDuration", unit=MetricUnit.Milliseconds, value=milliseconds) as metric:
            metric.add_metadata("api_calls", self.calls.count)
            for key, value in self.tally.fields().items():
                metric.add_metadata(key, value)
        self.calls.count = 0

    def accounted(self, figures: Mapping[str, float]) -> None:
        """A day was written down: one line with its figures, which are all metrics."""
        metrics = EphemeralMetrics()
        for name, value in figures.items():
            metrics.add_metric(name=name, unit=MetricUnit.NoUnit, value=value)
        metrics.flush_metrics()

    def demolished(self, what: str) -> None:
        """Something of the stack was taken away or given back, or why not."""
        self.logger.info("demolition", extra={"what": what})

    def examined(self, findings: Sequence[Finding]) -> None:
        """The doctor has looked: each check by its verdict, with what is wrong and what could not be read."""
        told = {
            f.check.name: "; ".join((*(m.what for m in f.mistakes), *([f.unread] if f.unread else [])))
            for f in findings
        }
        verdicts = {f.check.name: f.verdict.value for f in findings}
        not_ok = {name: text for name, text in told.items() if text}
        self.logger.info("examined", extra={"verdicts": verdicts, "told": not_ok})

    def _metric(self, name: str, unit: MetricUnit, value: float, **dimensions: str) -> None:
        with single_metric(name=name, unit=unit, value=value) as metric:
            for key, dimension in dimensions.items():
                metric.add_dimension(name=key, value=dimension)


def journal(calls: ApiCalls, gateway_metrics: frozenset[str] = frozenset()) -> PowertoolsJournal:
    """The journal of this process."""
    return PowertoolsJournal(Logger(), calls, gateway_metrics=gateway_metrics)


def _unit(name: str) -> MetricUnit:
    if name == "PeakBytesPerSecond":
        return MetricUnit.BytesPerSecond
    return MetricUnit.Bytes if name.startswith("Bytes") else MetricUnit.Count
