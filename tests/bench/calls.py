"""EC2 and SSM calls of a calm minute (one sweep and one probe), by the number of route tables and zones."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass

import pytest

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from tests.integration.cloud import cloud

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@dataclass(frozen=True)
class Row:
    """How many calls a calm minute takes."""

    zones: int
    tables: int
    calls: int


def count(zones: int, tables_per_zone: int) -> Row:
    """Builds a stack on corrected moto, lets it rest, and counts one calm minute's calls."""
    with pytest.MonkeyPatch.context() as monkeypatch, cloud(monkeypatch, zones, tables_per_zone) as aws:
        for _ in range(4):
            reconcile(SCHEDULE, None)
            aws.clock.advance(10)
            probe(SCHEDULE, None)
        aws.world.calls.clear()
        reconcile(SCHEDULE, None)
        probe(SCHEDULE, None)
        return Row(zones, zones * tables_per_zone, len(aws.world.calls))


def rows() -> list[Row]:
    """1, 10 and 100 tables in one zone, and three zones."""
    with redirect_stdout(io.StringIO()):  # the handlers log there
        return [count(1, 1), count(1, 10), count(1, 100), count(3, 1), count(3, 33)]
