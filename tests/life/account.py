"""Everything that an account holds, by kind, so that two moments can be compared."""

from __future__ import annotations

from typing import Any

from lab.local_aws.aws import LocalAws

SAMS_OWN = "aws-sam-cli-managed-default"
"""SAM's bucket for artefacts, and the stack that made it: they are the account's, not one stack's."""
Inventory = dict[str, set[str]]


def inventory(aws: LocalAws) -> Inventory:
    """Every resource of every service that a stack of ours uses, and what others may have changed in it."""
    return {**_network(aws), **_nodes(aws), **_services(aws), **_rights(aws)}


def leftovers(before: Inventory, after: Inventory) -> dict[str, set[str]]:
    """What differs, by kind: empty when the account is as it was."""
    return {kind: before[kind] ^ after[kind] for kind in before if before[kind] != after[kind]}


def _routes(table: Any) -> set[str]:
    def target(route: Any) -> str:
        names = ("NatGatewayId", "NetworkInterfaceId", "GatewayId", "TransitGatewayId")
        return next((route[n] for n in names if route.get(n)), "?")

    return {
        f"{table['RouteTableId']} {r.get('DestinationCidrBlock') or r.get('DestinationPrefixListId')} "
        f"-> {target(r)} {r.get('State')}"
        for r in table["Routes"]
    }


def _network(aws: LocalAws) -> Inventory:
    tables = list(aws.every("ec2", "describe_route_tables", "RouteTables"))
    groups = aws.every("ec2", "describe_security_groups", "SecurityGroups")
    return {
        "VPCs": {v["VpcId"] for v in aws.every("ec2", "describe_vpcs", "Vpcs")},
        "subnets": {s["SubnetId"] for s in aws.every("ec2", "describe_subnets", "Subnets")},
        "gateways": {
            g["InternetGatewayId"] for g in aws.every("ec2", "describe_internet_gateways", "InternetGateways")
        },
        "NAT gateways": {g["NatGatewayId"] for g in aws.every("ec2", "describe_nat_gateways", "NatGateways")},
        "endpoints": {
            e["VpcEndpointId"]
            for e in aws.every("ec2", "describe_vpc_endpoints", "VpcEndpoints")
            if e["State"] != "deleted"
        },
        "routes": {route for table in tables for route in _routes(table)},
        "associations": {
            f"{a['RouteTableId']} {a.get('SubnetId')}" for table in tables for a in table["Associations"]
        },
        "tags of tables": {f"{t['RouteTableId']} {t.get('Tags')}" for t in tables},
        "security groups": {f"{g['GroupId']} {g['IpPermissions']}" for g in groups},
    }


def _nodes(aws: LocalAws) -> Inventory:
    instances = [i for r in aws.every("ec2", "describe_instances", "Reservations") for i in r["Instances"]]
    return {
        "instances": {i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"},
        "volumes": {v["VolumeId"] for v in aws.every("ec2", "describe_volumes", "Volumes")},
        "interfaces": {
            n["NetworkInterfaceId"]
            for n in aws.every("ec2", "describe_network_interfaces", "NetworkInterfaces")
        },
        "addresses": {
            f"{a['AllocationId']} {a.get('AssociationId')}"
            for a in aws.client("ec2").describe_addresses()["Addresses"]
        },
        "launch templates": {
            t["LaunchTemplateId"] for t in aws.every("ec2", "describe_launch_templates", "LaunchTemplates")
        },
    }


def _services(aws: LocalAws) -> Inventory:
    own = [{"Key": "Owner", "Values": ["Self"]}]
    documents = aws.every("ssm", "list_documents", "DocumentIdentifiers", Filters=own)
    summaries = aws.every("cloudformation", "list_stacks", "StackSummaries")
    stacks = {s["StackName"] for s in summaries if s["StackStatus"] != "DELETE_COMPLETE"}
    return {
        "stacks": stacks - {SAMS_OWN},
        "documents": {d["Name"] for d in documents},
        "functions": {f["FunctionName"] for f in aws.every("lambda", "list_functions", "Functions")},
        "layers": {layer["LayerName"] for layer in aws.every("lambda", "list_layers", "Layers")},
        "rules": {r["Name"] for r in aws.every("events", "list_rules", "Rules")},
        "log groups": {g["logGroupName"] for g in aws.every("logs", "describe_log_groups", "logGroups")},
        "tables": set(aws.every("dynamodb", "list_tables", "TableNames")),
        "queues": set(aws.every("sqs", "list_queues", "QueueUrls")),
        "topics": {t["TopicArn"] for t in aws.every("sns", "list_topics", "Topics")},
        "alarms": {a["AlarmName"] for a in aws.every("cloudwatch", "describe_alarms", "MetricAlarms")},
        "dashboards": {
            d["DashboardName"] for d in aws.every("cloudwatch", "list_dashboards", "DashboardEntries")
        },
    }


def _rights(aws: LocalAws) -> Inventory:
    return {
        "roles": {r["RoleName"] for r in aws.every("iam", "list_roles", "Roles")},
        "profiles": {
            p["InstanceProfileName"] for p in aws.every("iam", "list_instance_profiles", "InstanceProfiles")
        },
    }
