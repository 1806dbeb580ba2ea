"""What is given back when a stack is deleted, awake or asleep."""

from __future__ import annotations

import pytest

from functions.reconcile.handler import handler as reconcile
from tests.integration.cloud import SCHEDULE
from tests.integration.demolition.site import DEFAULT, Site


def test_a_table_leads_to_the_nat_gateway_again_that_it_led_to_before(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    assert site.leads_to_gateway(0) == ""
    site.demolish()

    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_routes_are_given_back_before_the_nodes_behind_them_end(site: Site) -> None:
    site.gateway(0)
    site.serve()
    site.aws.world.calls.clear()
    site.demolish()
    order = [call["action"] for call in site.aws.world.calls]

    assert (
        order.index("ReplaceRoute") < order.index("DisassociateAddress") < order.index("TerminateInstances")
    )


def test_what_the_controller_put_back_against_a_hijacker_is_still_the_first_route(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    other = site.another_gateway()
    site.aws.ec2.replace_route(RouteTableId=site.tables[0], DestinationCidrBlock=DEFAULT, NatGatewayId=other)
    reconcile(SCHEDULE, None)
    assert "NetworkInterfaceId" in site.aws.default_routes()[site.tables[0]]
    site.demolish()

    assert site.leads_to_gateway(0) == gateway


def test_a_route_to_a_gateway_that_is_gone_is_only_taken_away(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.aws.ec2.delete_nat_gateway(NatGatewayId=gateway)
    site.demolish()

    assert site.aws.default_routes() == {}
    assert any(f"{gateway} is gone" in line for line in site.journal.lines)


def test_a_table_that_somebody_has_changed_since_is_left_alone(site: Site) -> None:
    site.gateway(0)
    site.serve()
    internet = site.aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    for table in site.tables:
        site.aws.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=DEFAULT, GatewayId=internet)
    site.demolish()

    assert {route["GatewayId"] for route in site.aws.default_routes().values()} == {internet}


def test_a_held_table_is_left_alone(site: Site) -> None:
    site.serve()
    before = site.aws.default_routes()[site.tables[0]]["NetworkInterfaceId"]
    site.aws.ec2.create_tags(Resources=[site.tables[0]], Tags=[{"Key": "natkeeper:hold", "Value": ""}])
    site.demolish()

    assert site.aws.default_routes()[site.tables[0]]["NetworkInterfaceId"] == before
    assert site.tables[1] not in site.aws.default_routes()


def test_a_route_to_a_node_that_is_gone_is_ours_too(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.aws.ec2.terminate_instances(InstanceIds=[i["InstanceId"] for i in site.aws.instances()])
    site.aws.clock.advance(60)
    site.demolish()

    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_a_route_is_not_given_back_to_a_node_that_is_about_to_end(site: Site) -> None:
    site.serve()
    interfaces = site.removal.interfaces()
    told = site.removal.give_back(site.tables[:1], interfaces, {site.tables[0]: interfaces[1]})

    assert told == (f"{site.tables[0]} has no default route any more: {interfaces[1]} is gone",)
    assert site.tables[0] not in site.aws.default_routes()


def test_nodes_that_sleep_end_too_and_a_table_leads_where_it_led_before(site: Site) -> None:
    gateway = site.gateway(0)
    site.serve()
    site.sleep_by_wish()
    assert site.states() == ["stopped", "stopped"]

    assert site.demolish() == "ended 2 nodes, freed 2 addresses"
    assert site.aws.instances() == []
    assert site.removal.interfaces() == ()
    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_a_node_in_the_middle_of_falling_asleep_ends_too(site: Site) -> None:
    site.serve()
    site.aws.world.timings.change(stopping=300)
    site.sleep_by_wish()
    assert site.states() == ["stopping", "stopping"]
    site.demolish()

    assert site.aws.instances() == []


def test_a_zone_whose_sleep_left_nothing_is_given_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLEEP_MODE", "terminate")
    gateway = site.gateway(0)
    site.serve()
    site.sleep_by_wish()
    assert site.states() == []
    site.demolish()

    assert site.leads_to_gateway(0) == gateway
    assert site.tables[1] not in site.aws.default_routes()


def test_spot_nodes_end_like_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.aws.environment["MARKET"] = "spot"  # the policies too are those of such a stack
    monkeypatch.setenv("MARKET", "spot")
    site.serve()
    assert [node["InstanceLifecycle"] for node in site.aws.instances()] == ["spot", "spot"]
    site.demolish()

    assert site.aws.instances() == []
    assert site.removal.interfaces() == ()
