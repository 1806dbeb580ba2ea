"""What AWS's good answers may hold: pages, missing fields, values that are new. None of it is misread."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from natkeeper.adapters.ec2_network import Ec2Network
from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.adapters.ssm_commands import SsmProbing
from natkeeper.core.errors import AnswerError
from natkeeper.core.intake.evidence import read
from natkeeper.core.model import Doom, DoomKind, InstanceId, Lifecycle, Node, Outcome, RouteTableId, VpcId
from tests.builders import NOW
from tests.contract.recorded import Reply, Wire, client, ec2, ec2_error
from tests.world.guest import GOOD

NODE, OTHER = InstanceId("i-0123456789abcdef0"), InstanceId("i-0123456789abcdef1")
TABLE, VPC = RouteTableId("rtb-0123456789abcdef0"), VpcId("vpc-0123456789abcdef0")
SUBNET = "subnet-0123456789abcdef0"
COMMAND = "4a2f3f3e-8b1d-4b3f-9d1a-0123456789ab"

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html, example 1; with a second
# private address on the interface as in API_InstancePrivateIpAddress.html
INTERFACE = """<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>
<privateIpAddressesSet>
<item><privateIpAddress>10.0.0.9</privateIpAddress><primary>false</primary></item>
<item><privateIpAddress>10.0.0.10</privateIpAddress><primary>true</primary></item>
</privateIpAddressesSet><sourceDestCheck>false</sourceDestCheck>
<attachment><deviceIndex>0</deviceIndex><status>attached</status></attachment></item></networkInterfaceSet>"""


def instance(name: str = NODE, state: str = "running", more: str = INTERFACE) -> str:
    return (
        f"<item><instanceId>{name}</instanceId><instanceState><code>16</code><name>{state}</name>"
        "</instanceState><placement><availabilityZone>us-east-1a</availabilityZone></placement>"
        f"<launchTime>2026-03-14T11:00:00.000Z</launchTime>{more}<tagSet><item>"
        "<key>aws:ec2launchtemplate:id</key><value>lt-1</value></item></tagSet></item>"
    )


def instances(*items: str, token: str = "") -> Reply:
    more = f"<nextToken>{token}</nextToken>" if token else ""
    inner = f"<item><reservationId>r-1</reservationId><instancesSet>{''.join(items)}</instancesSet></item>"
    return ec2("DescribeInstances", f"<reservationSet>{inner}</reservationSet>{more}")


def statuses(inner: str = "") -> Reply:
    return ec2("DescribeInstanceStatus", f"<instanceStatusSet>{inner}</instanceStatusSet>")


def status(inner: str, name: str = NODE) -> Reply:
    return statuses(f"<item><instanceId>{name}</instanceId>{inner}</item>")


def found(
    described: Reply | list[Reply], checked: Reply | list[Reply] | None = None
) -> tuple[tuple[Node, ...], Wire]:
    made, wire = client("ec2", DescribeInstances=described, DescribeInstanceStatus=checked or statuses())
    return Ec2Nodes(made, "natkeeper", "lt-1", 1, "sg-1").find(), wire


def test_a_node_is_read_with_its_primary_interface_and_no_tags() -> None:
    ((node,), _) = found(instances(instance()))

    assert (node.interface, node.source_dest_check, node.lifecycle) == ("eni-1", False, Lifecycle.RUNNING)
    assert (node.generation, node.template_version, node.spot) == (0, 0, False)


def test_a_node_without_an_interface_yet_has_none() -> None:
    ((node,), _) = found(instances(instance(state="pending", more="")))

    assert (node.interface, node.lifecycle) == (None, Lifecycle.PENDING)


def test_every_page_of_nodes_and_of_status_checks_is_read() -> None:
    checked = ec2("DescribeInstanceStatus", "<instanceStatusSet/><nextToken>two</nextToken>")
    pages = [instances(instance(NODE), token="two"), instances(instance(OTHER))]
    both, wire = found(pages, [checked, status(IMPAIRED, OTHER)])

    assert [(node.id, node.impaired_since is not None) for node in both] == [(NODE, False), (OTHER, True)]
    assert [asked.get("NextToken") for _, asked in wire.asked] == [None, "two", None, "two"]


def test_a_page_that_fails_fails_the_whole_read() -> None:
    pages = [instances(instance(NODE), token="two"), ec2_error("InternalError", "An error", 500)]

    with pytest.raises(Exception, match="InternalError") as caught:
        found(pages)
    assert type(caught.value).__name__ == "UnreachableError"


def test_a_state_that_ec2_has_not_had_before_is_no_absence_of_the_node() -> None:
    with pytest.raises(AnswerError, match="'hibernating' is not a valid Lifecycle"):
        found(instances(instance(NODE), instance(OTHER, state="hibernating")))


def test_no_filter_by_state_hides_a_node_and_of_a_terminated_one_no_status_is_asked() -> None:
    nodes, wire = found(instances(instance(NODE), instance(OTHER, state="terminated", more="")))

    assert [(node.id, node.interface) for node in nodes] == [(NODE, "eni-1"), (OTHER, None)]
    assert [v for k, v in wire.asked[1][1].items() if k.startswith("InstanceId")] == [NODE]
    filters = [value for key, value in wire.asked[0][1].items() if key.endswith(".Name")]
    assert filters == ["tag:natkeeper:stack"]


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html: an asynchronous failure
REASONS = ["Server.InsufficientInstanceCapacity", "Client.VolumeLimitExceeded", "Client.InternalError"]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_a_launch_that_fails_afterwards_is_a_node_that_ends(reason: str, state: str) -> None:
    more = f"<stateReason><code>{reason}</code><message>{reason}: told later</message></stateReason>"
    nodes, _ = found(instances(instance(state=state, more=more)))

    assert [(node.id, node.lifecycle) for node in nodes] == [(NODE, state)]
    assert nodes[0].ended == f"{reason}: told later"


@pytest.mark.parametrize(
    ("state", "reason", "ended"),
    [
        ("pending", "<code>pending</code><message>pending</message>", ""),
        (
            "terminated",
            "<code>Client.InternalError</code><message>key</message>",
            "Client.InternalError: key",
        ),
        ("terminated", "<code>Client.InternalError</code>", "Client.InternalError: "),
        ("stopped", "", ""),
    ],
)
def test_why_a_node_ends_is_read_when_it_does(state: str, reason: str, ended: str) -> None:
    ((node,), _) = found(instances(instance(state=state, more=f"<stateReason>{reason}</stateReason>")))

    assert node.ended == ended


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceStatusDetails.html
IMPAIRED = """<instanceState><code>16</code><name>running</name></instanceState>
<systemStatus><status>ok</status><details><item><name>reachability</name><status>passed</status></item></details>
</systemStatus><instanceStatus><status>impaired</status><details><item>
<impairedSince>2026-03-14T11:50:00.000Z</impairedSince><name>reachability</name><status>failed</status>
</item></details></instanceStatus>"""
UNDATED = IMPAIRED.replace("<impairedSince>2026-03-14T11:50:00.000Z</impairedSince>", "")
OF_THE_DISK = IMPAIRED.replace("instanceStatus>", "attachedEbsStatus>")


@pytest.mark.parametrize(
    ("said", "since"),
    [
        (IMPAIRED, datetime(2026, 3, 14, 11, 50, tzinfo=UTC)),
        (OF_THE_DISK, datetime(2026, 3, 14, 11, 50, tzinfo=UTC)),
        (UNDATED, None),
        (IMPAIRED.replace(">impaired<", ">insufficient-data<"), None),
        (IMPAIRED.replace(">impaired<", ">something-new<"), None),
        ("", None),
    ],
)
def test_a_status_check_counts_from_when_it_is_impaired(said: str, since: datetime | None) -> None:
    ((node,), _) = found(instances(instance()), status(said))

    assert node.impaired_since == since


def scheduled(code: str, description: str, when: str = "2026-03-20T00:00:00.000Z") -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_scheduled_events.html"""
    at = f"<notBefore>{when}</notBefore>" if when else ""
    return f"<item><code>{code}</code><description>{description}</description>{at}</item>"


RETIRED = Doom(DoomKind.RETIREMENT, datetime(2026, 3, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("events", "doom"),
    [
        (scheduled("instance-retirement", "The instance is running on degraded hardware"), RETIRED),
        (scheduled("instance-stop", "[Completed] The instance is running on degraded hardware"), None),
        (scheduled("system-reboot", "[Canceled] scheduled reboot"), None),
        (scheduled("instance-stop", "[Completed] x") + scheduled("instance-stop", "x"), RETIRED),
        (scheduled("something-new", "x"), None),
        (scheduled("instance-stop", "x", when=""), None),
    ],
)
def test_only_a_scheduled_event_to_come_dooms_a_node(events: str, doom: Doom | None) -> None:
    ((node,), _) = found(instances(instance()), status(f"<eventsSet>{events}</eventsSet>"))

    assert node.doom == doom


def test_a_node_that_the_status_checks_do_not_know_yet_is_seen_all_the_same() -> None:
    message = f"The instance ID '{NODE}' does not exist"
    ((node,), _) = found(instances(instance()), ec2_error("InvalidInstanceID.NotFound", message))

    assert (node.id, node.impaired_since) == (NODE, None)


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html: targets of every kind
@pytest.mark.parametrize(
    ("route", "target", "blackhole"),
    [
        ("<networkInterfaceId>eni-1</networkInterfaceId><state>active</state>", "eni-1", False),
        ("<networkInterfaceId>eni-1</networkInterfaceId><state>blackhole</state>", "eni-1", True),
        ("<natGatewayId>nat-1</natGatewayId><state>active</state>", "nat-1", False),
        ("<coreNetworkArn>arn:aws:x</coreNetworkArn><state>active</state>", "arn:aws:x", False),
        ("<somethingNewId>new-1</somethingNewId><state>active</state>", "an unknown target", False),
        ("<networkInterfaceId>eni-1</networkInterfaceId><state>something-new</state>", "eni-1", False),
    ],
)
def test_a_default_route_is_read_whatever_it_leads_to(route: str, target: str, blackhole: bool) -> None:
    inner = (
        f"<routeTableSet><item><routeTableId>{TABLE}</routeTableId><routeSet><item>"
        f"<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>{route}</item></routeSet>"
        "<associationSet><item><main>true</main></item></associationSet></item></routeTableSet>"
    )
    made, _ = client("ec2", DescribeRouteTables=ec2("DescribeRouteTables", inner))
    (table,) = Ec2Network(made).tables(VPC)

    assert (table.route.target, table.route.blackhole, table.subnets) == (target, blackhole, ())
    assert table.main


# https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
def test_beside_a_propagated_default_route_the_static_one_counts() -> None:
    propagated = "<gatewayId>vgw-1</gatewayId><state>active</state><origin>EnableVgwRoutePropagation</origin>"
    static = "<natGatewayId>nat-1</natGatewayId><state>active</state><origin>CreateRoute</origin>"
    anywhere = "<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>"
    inner = (
        f"<routeTableSet><item><routeTableId>{TABLE}</routeTableId><routeSet><item>{anywhere}{propagated}</item>"
        f"<item>{anywhere}{static}</item></routeSet><associationSet/></item></routeTableSet>"
    )
    made, _ = client("ec2", DescribeRouteTables=ec2("DescribeRouteTables", inner))

    assert Ec2Network(made).tables(VPC)[0].route.target == "nat-1"


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTableAssociationState.html
@pytest.mark.parametrize(
    ("state", "subnets"),
    [("associating", (SUBNET,)), ("associated", (SUBNET,)), ("disassociated", ()), ("failed", ())],
)
def test_an_association_that_is_over_associates_nothing(state: str, subnets: tuple[str, ...]) -> None:
    inner = (
        f"<routeTableSet><item><routeTableId>{TABLE}</routeTableId><routeSet/><associationSet>"
        f"<item><subnetId>{SUBNET}</subnetId><main>false</main>"
        f"<associationState><state>{state}</state></associationState></item>"
        "<item><gatewayId>igw-1</gatewayId><main>false</main></item>"
        "</associationSet></item></routeTableSet>"
    )
    made, _ = client("ec2", DescribeRouteTables=ec2("DescribeRouteTables", inner))
    (table,) = Ec2Network(made).tables(VPC)

    assert (table.subnets, table.main, table.gateways) == (subnets, False, ("igw-1",))


def invocation(state: str, details: str, code: int = -1, node: str = NODE) -> dict[str, Any]:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CommandInvocation.html"""
    plugin = {"Name": "probe", "Status": state, "StatusDetails": details, "ResponseCode": code}
    return {
        "CommandId": COMMAND,
        "InstanceId": node,
        "Status": state,
        "StatusDetails": details,
        "CommandPlugins": [{**plugin, "Output": GOOD}],
    }


def told(*pages: dict[str, Any] | Reply) -> tuple[list[Outcome], Wire]:
    """What comes of asking both nodes, with these pages of answers."""
    replies = [page if isinstance(page, Reply) else Reply(200, json.dumps(page)) for page in pages]
    sent = Reply(200, json.dumps({"Command": {"CommandId": COMMAND}}))
    ssm, wire = client("ssm", SendCommand=sent, ListCommandInvocations=replies)
    answers = SsmProbing(ssm, "natkeeper-probe", lambda _: None, looks=3).ask([NODE, OTHER], lambda: 60)
    return [read(a.output, a.exit_code, NOW).outcome for a in answers], wire


# The statuses: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
@pytest.mark.parametrize(
    ("state", "details", "outcome"),
    [
        ("Success", "Success", Outcome.PASSED),
        ("Failed", "Failed", Outcome.PASSED),
        ("Failed", "Undeliverable", Outcome.SILENT),
        ("Failed", "Terminated", Outcome.SILENT),
        ("TimedOut", "DeliveryTimedOut", Outcome.SILENT),
        ("TimedOut", "ExecutionTimedOut", Outcome.SILENT),
        ("Cancelled", "Cancelled", Outcome.SILENT),
        ("SomethingNew", "SomethingNew", Outcome.SILENT),
        ("InProgress", "InProgress", Outcome.SILENT),
    ],
)
def test_only_an_answer_of_the_nodes_own_counts_as_one(state: str, details: str, outcome: Outcome) -> None:
    outcomes, _ = told({"CommandInvocations": [invocation(state, details)]})

    assert outcomes == [outcome, Outcome.SILENT]


def test_every_page_of_answers_is_read() -> None:
    first = {"CommandInvocations": [invocation("Success", "Success", 0)], "NextToken": "two"}
    second = {"CommandInvocations": [invocation("Success", "Success", 0, OTHER)]}
    outcomes, wire = told(first, second)

    assert outcomes == [Outcome.PASSED, Outcome.PASSED]
    assert wire.asked[-1][1]["NextToken"] == "two"


def test_a_list_that_is_still_empty_is_looked_at_again() -> None:
    """https://github.com/aws/aws-cli/issues/3546: asked too soon, it is empty and no error."""
    answers = {"CommandInvocations": [invocation("Success", "Success", 0)]}
    outcomes, _ = told({"CommandInvocations": []}, answers)

    assert outcomes == [Outcome.PASSED, Outcome.SILENT]
