"""A workload: an instance that comes and goes in the private subnet, and who is left out of account."""

from __future__ import annotations

from typing import Any

from lab.stage.stage import Stage

NAME = "workload"
IGNORE = "natkeeper:ignore"


def leave_out_the_host(stage: Stage) -> None:
    """Tags the private host, so that it only bears witness and keeps no zone awake."""
    host = stage.view.test_host()
    stage.aws.client("ec2").create_tags(Resources=[host], Tags=[{"Key": IGNORE, "Value": ""}])


def start(stage: Stage) -> str:
    """Launches an instance like the private host. Returns its id."""
    ec2 = stage.aws.client("ec2")
    described = ec2.describe_instances(InstanceIds=[stage.view.test_host()])
    host = described["Reservations"][0]["Instances"][0]
    made = ec2.run_instances(
        ImageId=host["ImageId"],
        InstanceType=host["InstanceType"],
        SubnetId=host["SubnetId"],
        SecurityGroupIds=[group["GroupId"] for group in host["SecurityGroups"]],
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": NAME}]}],
    )
    return str(made["Instances"][0]["InstanceId"])


def living(stage: Stage) -> list[str]:
    """Returns the ids of the workloads that are pending or running."""
    filters: list[Any] = [
        {"Name": "tag:Name", "Values": [NAME]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    found = stage.aws.client("ec2").describe_instances(Filters=filters)["Reservations"]
    return [instance["InstanceId"] for reservation in found for instance in reservation["Instances"]]


def end(stage: Stage) -> list[str]:
    """Terminates every workload. Returns their ids."""
    ids = living(stage)
    if ids:
        stage.aws.client("ec2").terminate_instances(InstanceIds=ids)
    return ids
