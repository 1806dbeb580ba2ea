"""A deletion that does not go well: what is done all the same, and what is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from natkeeper.adapters.ec2_removal import Ec2Removal
from natkeeper.core.errors import DeniedError, RefusedError, ThrottledError
from natkeeper.core.model import InstanceId
from natkeeper.teardown import LeftoversError
from tests.integration.demolition.site import Site


def test_without_its_table_the_rest_is_taken_away_all_the_same(site: Site) -> None:
    site.serve()
    site.dynamodb.delete_table(TableName=site.table)
    site.demolish()

    assert site.aws.instances() == []
    assert site.aws.default_routes() == {}


def test_it_can_be_called_again_when_it_is_done(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.demolish()

    assert site.demolish() == "ended 0 nodes, freed 0 addresses"
    assert site.leads_to_gateway(0) == gateway


def test_throttling_is_sat_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.serve()
    busy = [ThrottledError("listing", "nodes", "RequestLimitExceeded", "") for _ in range(5)]
    nodes = Ec2Removal.nodes

    def throttled(self: Ec2Removal) -> tuple[InstanceId, ...]:
        if busy:
            raise busy.pop()
        return nodes(self)

    monkeypatch.setattr(Ec2Removal, "nodes", throttled)
    site.demolish()
    assert site.aws.instances() == []


def test_a_denied_call_ends_it_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.serve()
    began = site.clock()

    def denied(_: Ec2Removal) -> int:
        raise DeniedError("disassociating", "eipalloc-1", "UnauthorizedOperation", "no")

    monkeypatch.setattr(Ec2Removal, "free_addresses", denied)
    with pytest.raises(DeniedError):
        site.demolish()
    assert site.clock() - began < timedelta(seconds=5)


def test_a_node_protected_from_termination_is_named_and_the_others_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.serve()
    kept = site.aws.instances()[0]["InstanceId"]
    terminate = Ec2Removal.terminate

    def protected(self: Ec2Removal, node: InstanceId) -> None:
        if node == kept:
            raise RefusedError("terminating the node", node, "OperationNotPermitted", "it is protected")
        terminate(self, node)

    monkeypatch.setattr(Ec2Removal, "terminate", protected)
    with pytest.raises(LeftoversError, match=rf"{kept}.*it is protected.*delete the stack again"):
        site.demolish()
    assert [i["InstanceId"] for i in site.aws.instances()] == [kept]


def test_a_node_that_does_not_end_is_told_before_the_functions_time_is_up(site: Site) -> None:
    site.serve()
    site.aws.world.timings.change(shutting_down=3600)
    began = site.clock()
    with pytest.raises(LeftoversError, match=r"still there: i-.*hang in shutting-down"):
        site.demolish(seconds=200)
    assert site.clock() - began < timedelta(seconds=210)
