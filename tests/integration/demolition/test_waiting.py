"""Who is waited for when a stack is deleted."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from natkeeper.adapters.dynamodb_lease import DynamoDbLease
from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.core.memory import Launch, Memory, ZoneMemory
from natkeeper.core.model import InstanceId
from natkeeper.teardown import Demolition
from tests.builders import A
from tests.integration.cloud import SCHEDULE
from tests.integration.demolition.site import Site


def test_interfaces_that_linger_are_waited_for(site: Site) -> None:
    site.serve()
    site.aws.world.timings.change(interface_release=90)
    site.demolish()

    assert site.removal.interfaces() == ()


def test_a_run_that_holds_the_lease_is_waited_for_before_anything_is_touched(site: Site) -> None:
    site.serve()
    assert site.lease.acquire()
    began = site.clock()
    site.aws.world.calls.clear()
    other = DynamoDbLease(site.dynamodb, site.table, site.clock)
    released: list[bool] = []

    def sleep(seconds: float) -> None:
        Site.sleep(site, seconds)
        if not released and site.clock() - began > timedelta(seconds=30):
            assert site.aws.world.calls == [], "nothing may be touched while a run is under way"
            released.append(site.lease.release())

    parts = (site.store, other, site.removal, site.journal, tuple(site.tables))
    Demolition(*parts, site.clock, sleep).demolish()
    assert released
    assert site.aws.instances() == []


def test_a_killed_run_that_never_gave_its_lease_back_is_outwaited(site: Site) -> None:
    site.serve()
    site.lease.acquire()
    began = site.clock()
    site.lease = DynamoDbLease(site.dynamodb, site.table, site.clock)
    site.demolish()

    assert site.aws.instances() == []
    took = site.clock() - began
    assert timedelta(seconds=28) < took < timedelta(seconds=70), "the lease's term, and the work"


def test_a_node_launched_in_the_middle_of_it_does_not_survive(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race itself: a real run of the reconciler is about to launch when the deletion begins."""
    waiting, told = threading.Event(), []
    launch = Ec2Nodes.launch

    def sleep(seconds: float) -> None:
        waiting.set()
        Site.sleep(site, seconds / 100)
        threading.Event().wait(0.01)

    parts = (
        site.store,
        DynamoDbLease(site.dynamodb, site.table, bootstrap.utc_now),
        site.removal,
        site.journal,
        tuple(site.tables),
    )
    demolition = Demolition(*parts, bootstrap.utc_now, sleep)
    teardown = threading.Thread(target=lambda: told.append(demolition.demolish()))

    def late(self: Ec2Nodes, *pool: Any) -> Any:
        if not teardown.ident:
            teardown.start()
            assert waiting.wait(60), "the deletion must wait for this run"
        return launch(self, *pool)

    monkeypatch.setattr(Ec2Nodes, "launch", late)
    reconcile(SCHEDULE, None)
    launched = [call for call in site.aws.world.calls if call["action"] == "RunInstances"]
    while teardown.is_alive():
        site.aws.clock.advance(1)
        teardown.join(0.01)

    assert len(launched) == 2
    assert told == ["ended 2 nodes, freed 0 addresses"]
    assert site.aws.instances() == []
    assert reconcile(SCHEDULE, None) == {"summary": "nothing to do"}
    assert site.aws.instances() == []


def test_a_node_that_ec2_does_not_list_yet_is_waited_for(site: Site) -> None:
    hidden = InstanceId("i-0123456789abcdef0")
    memory = Memory(zones={A: ZoneMemory(1, (Launch(site.clock(), hidden),))})
    site.store.save(memory, 1)
    began = site.clock()
    site.demolish()

    assert site.clock() - began >= timedelta(seconds=60)
