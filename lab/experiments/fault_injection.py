"""How each fault is done: by the AWS API, by what AWS would send, or inside the kernel."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.experiments.experiment import Before, Trigger
from lab.experiments.preconditions import TYPES
from lab.stage.stage import EVENTS, Stage

DEFAULT = "0.0.0.0/0"


def terminate(stage: Stage, before: Before) -> str:
    """Somebody ends the node."""
    stage.aws.client("ec2").terminate_instances(InstanceIds=[before.node])
    return f"ec2 terminate-instances {before.node}"


def stop(stage: Stage, before: Before) -> str:
    """Somebody stops the node."""
    stage.aws.client("ec2").stop_instances(InstanceIds=[before.node])
    return f"ec2 stop-instances {before.node}"


def inside(name: str, words: str) -> Trigger:
    """Something breaks in the node's kernel; nobody tells the API."""

    def inject(stage: Stage, before: Before) -> str:
        stage.aws.control.fault(before.node, name)
        return f"{before.node}: {words}"

    return inject


def check_on(stage: Stage, before: Before) -> str:
    """Somebody turns the source/dest check on."""
    stage.aws.client("ec2").modify_network_interface_attribute(
        NetworkInterfaceId=before.zones[0].target, SourceDestCheck={"Value": True}
    )
    return f"source/dest check on for {before.node}"


def delete_route(stage: Stage, before: Before) -> str:
    """Somebody deletes the private table's default route."""
    table = before.zones[0].table
    stage.aws.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock=DEFAULT)
    return f"ec2 delete-route {table} {DEFAULT}"


def hijack_route(stage: Stage, before: Before) -> str:
    """Somebody points the default route at an instance that forwards nothing: the private host itself."""
    table, other = before.zones[0].table, _interface_of_the_host(stage)
    stage.aws.client("ec2").replace_route(
        RouteTableId=table, DestinationCidrBlock=DEFAULT, NetworkInterfaceId=other
    )
    return f"ec2 replace-route {table} {DEFAULT} -> {other}, the private host"


def take_address(stage: Stage, before: Before) -> str:
    """Somebody puts the zone's elastic address on another instance."""
    ec2 = stage.aws.client("ec2")
    target = before.zones[0].target
    address = next(a for a in ec2.describe_addresses()["Addresses"] if a.get("NetworkInterfaceId") == target)
    thief = _interface_of_the_host(stage)
    ec2.associate_address(
        AllocationId=address["AllocationId"], NetworkInterfaceId=thief, AllowReassociation=True
    )
    return f"ec2 associate-address {address['PublicIp']} -> {thief}, the private host"


def _interface_of_the_host(stage: Stage) -> str:
    found = stage.aws.client("ec2").describe_instances(InstanceIds=[stage.host])
    interfaces = found["Reservations"][0]["Instances"][0]["NetworkInterfaces"]
    return str(interfaces[0]["NetworkInterfaceId"])


def _egress(stage: Stage, before: Before, verb: str) -> str:
    ec2 = stage.aws.client("ec2")
    found = ec2.describe_instances(InstanceIds=[before.node])["Reservations"][0]["Instances"][0]
    group = found["NetworkInterfaces"][0]["Groups"][0]["GroupId"]
    everything: Any = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": DEFAULT}]}]
    getattr(ec2, f"{verb}_security_group_egress")(GroupId=group, IpPermissions=everything)
    return f"ec2 {verb}-security-group-egress {group}"


def revoke_egress(stage: Stage, before: Before) -> str:
    """Somebody revokes the only egress rule of the nodes' security group."""
    return _egress(stage, before, "revoke")


def authorize_egress(stage: Stage, before: Before) -> None:
    """The rule comes back."""
    _egress(stage, before, "authorize")


def silence_agent(stage: Stage, before: Before) -> str:
    """The SSM agent of the node dies."""
    stage.aws.control.agent(before.node, alive=False)
    return f"{before.node}: the SSM agent no longer answers"


def revive_agent(stage: Stage, before: Before) -> None:
    """The agent is back."""
    stage.aws.control.agent(before.node, alive=True)


def targets_down(stage: Stage, _before: Before) -> str:
    """Every outside target of the probe goes silent; the rest of the internet does not."""
    stage.aws.control.fault("internet", "targets-down")
    return "checkip.amazonaws.com, 1.1.1.1 and www.example.com go silent"


def targets_up(stage: Stage, _before: Before) -> None:
    """They answer again."""
    stage.aws.control.fault("internet", "targets-up")


def spot_notice(stage: Stage, before: Before) -> str:
    """AWS warns, and takes the node two minutes later."""
    stage.aws.control.interrupt(before.node)
    return f"spot interruption warning for {before.node}; AWS takes it in two minutes"


def spot_notice_without_room(stage: Stage, before: Before) -> str:
    """AWS warns, and has no other spot instance to give."""
    stage.aws.control.capacity(*(f"spot {kind}" for kind in TYPES))
    return f"{spot_notice(stage, before)}, and spot is full"


def recommend_rebalance(stage: Stage, before: Before) -> str:
    """AWS says that it may soon want the node back; it need not."""
    stage.aws.control.recommend_rebalance(before.node)
    return f"rebalance recommendation for {before.node}"


def retirement(stage: Stage, before: Before) -> str:
    """AWS Health announces the host's retirement in two weeks, and DescribeInstanceStatus lists it."""
    when = datetime.now(UTC) + timedelta(days=14)
    stage.aws.control.schedule(before.node, "instance-retirement", when.isoformat())
    event = json.loads((EVENTS / "health-retirement.json").read_text())
    detail = {
        **event["detail"],
        "startTime": when.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "affectedEntities": [{"entityValue": before.node, "tags": {}}],
    }
    stage.aws.control.emit("aws.health", "AWS Health Event", detail, (before.node,))
    return f"AWS Health: {before.node} retires in two weeks"


def update_template(stage: Stage, _before: Before) -> str:
    """`sam deploy` with another port forward: the launch template gets a new version."""
    port = 8000 + len(stage.updates)
    stage.updates.append(port)
    stage.update(PortForward2=f"tcp/{port}=10.0.1.10:22")
    return f"sam deploy with PortForward2=tcp/{port}=10.0.1.10:22"


def send(name: str) -> Trigger:
    """A person sends a file of events/orders/, word for word."""
    return lambda stage, _before: stage.send(name)


def replace_node(stage: Stage, before: Before) -> str:
    """A person orders a planned replacement of the first zone's node."""
    detail = {"stack": "natkeeper", "zone": before.zones[0].zone}
    entry = {"Source": "natkeeper", "DetailType": "Replace", "Detail": json.dumps(detail)}
    answer = stage.aws.client("events").put_events(Entries=[entry])
    assert not answer["FailedEntryCount"], answer
    return f"events put-events: Replace {json.dumps(detail)}"


def terminate_slow(stage: Stage, before: Before) -> str:
    """The node is ended while boots take three times as long."""
    boot = stage.aws.control.pace(stage.pace)["boot"]
    stage.aws.control.timings(boot=boot * 3)
    return f"{terminate(stage, before)}, and boots take {boot * 3:.0f} s"


def usual_pace(stage: Stage, _before: Before) -> None:
    """Boots take what they took."""
    stage.aws.control.pace(stage.pace)


def terminate_without_capacity(stage: Stage, before: Before) -> str:
    """The node is ended while its type has no capacity."""
    stage.aws.control.capacity("t4g.nano")
    return f"{terminate(stage, before)}, and t4g.nano has no capacity"


def terminate_without_any_capacity(stage: Stage, before: Before) -> str:
    """The node is ended while no type of the list has capacity."""
    stage.aws.control.capacity(*TYPES)
    return f"{terminate(stage, before)}, and no instance type has capacity"


def capacity_back(stage: Stage, _before: Before) -> None:
    """All types launch again."""
    stage.aws.control.capacity()


def room_again(stage: Stage, before: Before) -> str:
    """All types launch again."""
    capacity_back(stage, before)
    return "every instance type has capacity again"


def terminate_without_mirror(stage: Stage, before: Before) -> str:
    """The node is ended while nobody gets packages."""
    stage.aws.control.fault("internet", "mirror-down")
    return f"{terminate(stage, before)}, and the mirror of packages does not answer"


def mirror_up(stage: Stage, _before: Before) -> None:
    """It answers again."""
    stage.aws.control.fault("internet", "mirror-up")


def terminate_throttled(stage: Stage, before: Before) -> str:
    """The node is ended while somebody else uses up the account's API requests."""
    stage.aws.control.throttle(6)
    return f"{terminate(stage, before)}, and the next six calls are throttled"


def unthrottle(stage: Stage, _before: Before) -> None:
    """The API answers again."""
    stage.aws.control.throttle(0)


def _rules(stage: Stage) -> list[str]:
    rules = stage.aws.every("events", "list_rules", "Rules")
    return [rule["Name"] for rule in rules if rule["Name"].startswith("natkeeper")]


def disable_controller(stage: Stage, _before: Before) -> str:
    """No rule and no schedule reaches the functions any more."""
    names = _rules(stage)
    for name in names:
        stage.aws.client("events").disable_rule(Name=name)
    return f"events disable-rule: all {len(names)} rules, the schedules too"


def enable_controller(stage: Stage, _before: Before) -> None:
    """The controller is back."""
    for name in _rules(stage):
        stage.aws.client("events").enable_rule(Name=name)
