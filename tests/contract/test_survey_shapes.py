"""What the doctor makes of AWS's answers, as AWS documents them: no emulator has these."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from natkeeper.adapters.cloudwatch_traffic import CloudWatchTraffic
from natkeeper.adapters.ec2_survey import Ec2Survey
from natkeeper.adapters.freetier_plan import FreeTierPlan
from natkeeper.adapters.servicequotas_limits import ServiceQuotas
from natkeeper.core.doctor.facts import Block, Gateway
from natkeeper.core.errors import AnswerError, DeniedError
from natkeeper.core.model import VpcId
from tests.contract.recorded import Reply, client, ec2, ec2_error

OPTIONS = "DescribeVpcBlockPublicAccessOptions"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
EXCLUSIONS = "DescribeVpcBlockPublicAccessExclusions"


def options(mode: str) -> Reply:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessOptions.html"""
    inner = f"<state>update-complete</state><internetGatewayBlockMode>{mode}</internetGatewayBlockMode>"
    return ec2(OPTIONS, f"<vpcBlockPublicAccessOptions>{inner}</vpcBlockPublicAccessOptions>")


def exclusion(resource: str, mode: str, state: str) -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessExclusion.html"""
    arn = f"arn:aws:ec2:us-east-1:123456789012:{resource}"
    return (
        f"<item><resourceArn>{arn}</resourceArn><state>{state}</state>"
        f"<internetGatewayExclusionMode>{mode}</internetGatewayExclusionMode></item>"
    )


def test_block_public_access_that_is_off_is_asked_no_further() -> None:
    made, wire = client("ec2", **{OPTIONS: options("off")})

    assert Ec2Survey(made).block() == Block("off")
    assert len(wire.asked) == 1


def test_only_exclusions_that_are_in_force_both_ways_spare_anything() -> None:
    listed = (
        exclusion("subnet/subnet-1", "allow-bidirectional", "create-complete")
        + exclusion("vpc/vpc-1", "allow-bidirectional", "update-complete")
        + exclusion("subnet/subnet-2", "allow-egress", "create-complete")
        + exclusion("subnet/subnet-3", "allow-bidirectional", "delete-in-progress")
    )
    told = ec2(EXCLUSIONS, f"<vpcBlockPublicAccessExclusionSet>{listed}</vpcBlockPublicAccessExclusionSet>")
    made, _ = client("ec2", **{OPTIONS: options("block-ingress"), EXCLUSIONS: told})

    assert Ec2Survey(made).block() == Block("block-ingress", frozenset(("subnet-1", "vpc-1")))


def test_a_regional_gateway_stands_in_no_subnet_and_a_private_one_leads_nowhere() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html"""
    gateways = (
        "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><vpcId>vpc-1</vpcId>"
        "<connectivityType>public</connectivityType><availabilityMode>regional</availabilityMode></item>"
        "<item><natGatewayId>nat-2</natGatewayId><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId>"
        "<connectivityType>private</connectivityType></item></natGatewaySet>"
    )
    made, _ = client("ec2", DescribeNatGateways=ec2("DescribeNatGateways", gateways))
    regional, private = Ec2Survey(made).gateways()

    assert regional == Gateway("nat-1", VpcId("vpc-1"), None, public=True)
    assert not private.public


def test_a_regional_gateways_addresses_name_the_zones_that_it_is_in() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGatewayAddress.html"""
    addresses = "".join(
        f"<item><publicIp>203.0.113.{n}</publicIp><availabilityZone>us-east-1{zone}</availabilityZone></item>"
        for n, zone in enumerate("aab")
    )
    told = f"<item><natGatewayId>nat-1</natGatewayId><vpcId>vpc-1</vpcId><natGatewayAddressSet>{addresses}"
    gateways = f"<natGatewaySet>{told}</natGatewayAddressSet></item></natGatewaySet>"
    made, _ = client("ec2", DescribeNatGateways=ec2("DescribeNatGateways", gateways))
    (regional,) = Ec2Survey(made).gateways()

    assert (regional.zones, regional.addresses) == (2, 3)


def test_a_table_tells_its_other_routes_whatever_they_are_to() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html"""
    routes = (
        "<item><destinationCidrBlock>10.0.0.0/8</destinationCidrBlock>"
        "<transitGatewayId>tgw-1</transitGatewayId></item>"
        "<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId></item>"
        "<item><destinationCidrBlock>172.16.0.0/12</destinationCidrBlock>"
        "<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></item>"
        "<item><destinationIpv6CidrBlock>64:ff9b::/96</destinationIpv6CidrBlock>"
        "<natGatewayId>nat-1</natGatewayId></item>"
        "<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId></item>"
    )
    tables = (
        "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>"
        f"<routeSet>{routes}</routeSet><associationSet/></item></routeTableSet>"
    )
    made, _ = client("ec2", DescribeRouteTables=ec2("DescribeRouteTables", tables))
    (placed,) = Ec2Survey(made).tables()

    assert placed.others == (
        ("10.0.0.0/8", "tgw-1"), ("172.16.0.0/12", "pcx-1"), ("64:ff9b::/96", "nat-1"), ("pl-1", "vpce-1"),
    )  # fmt: skip
    assert placed.table.route.target == "igw-1"


def test_metrics_that_cloudwatch_could_not_read_are_no_silence() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html"""
    result = {"Id": "m0", "Label": "x", "Timestamps": [], "Values": [], "StatusCode": "InternalError"}
    made, _ = client("cloudwatch", GetMetricData=Reply(200, json.dumps({"MetricDataResults": [result]})))

    with pytest.raises(AnswerError):
        CloudWatchTraffic(made).carried(["nat-1"], NOW - timedelta(days=30), NOW)


def test_the_key_for_disks_is_told_as_it_is() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    made, _ = client("ec2", GetEbsDefaultKmsKeyId=ec2("GetEbsDefaultKmsKeyId", f"<kmsKeyId>{key}</kmsKeyId>"))

    assert Ec2Survey(made).disk_key() == key


def test_an_acl_rule_for_ipv6_is_left_out_and_one_without_ports_has_all() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html"""
    rule = "<ruleNumber>100</ruleNumber><protocol>-1</protocol><ruleAction>allow</ruleAction>"
    rule += "<egress>true</egress>"
    acls = (
        "<networkAclSet><item><networkAclId>acl-1</networkAclId><associationSet/><entrySet>"
        f"<item>{rule}<cidrBlock>0.0.0.0/0</cidrBlock></item>"
        f"<item>{rule}<ipv6CidrBlock>::/0</ipv6CidrBlock></item></entrySet></item></networkAclSet>"
    )
    made, _ = client("ec2", DescribeNetworkAcls=ec2("DescribeNetworkAcls", acls))
    (acl,) = Ec2Survey(made).acls()

    assert [(r.range, r.ports, r.allows, r.egress) for r in acl.rules] == [
        ("0.0.0.0/0", (0, 65535), True, True)
    ]


def test_a_quota_is_a_number_that_aws_gives_as_a_fraction() -> None:
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html"""
    quota = {"Quota": {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A", "Value": 5.0}}
    made, wire = client("service-quotas", GetServiceQuota=Reply(200, json.dumps(quota)))

    assert ServiceQuotas(made).vcpus() == 5
    assert wire.asked == [("GetServiceQuota", {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"})]


def test_the_plan_is_one_word() -> None:
    """AWS Billing and Cost Management API Reference, GetAccountPlanState."""
    made, _ = client("freetier", GetAccountPlanState=Reply(200, json.dumps({"accountPlanType": "FREE"})))

    assert FreeTierPlan(made).plan() == "FREE"


def test_what_is_denied_or_makes_no_sense_is_an_error_of_ours() -> None:
    denied, _ = client("ec2", DescribeVpcs=ec2_error("UnauthorizedOperation", "no", 403))
    odd, _ = client("service-quotas", GetServiceQuota=Reply(200, "{}"))

    with pytest.raises(DeniedError):
        Ec2Survey(denied).vpcs()
    with pytest.raises(AnswerError):
        ServiceQuotas(odd).addresses()
