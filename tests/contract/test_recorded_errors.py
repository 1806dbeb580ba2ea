"""Each documented error of AWS becomes the class that decides who is told and what is tried next."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from natkeeper.adapters.dynamodb_lease import DynamoDbLease
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.adapters.ec2_gateways import Ec2Gateways
from natkeeper.adapters.ec2_images import Ec2Images
from natkeeper.adapters.ec2_network import Ec2Network
from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.adapters.ssm_commands import SsmProbing, SsmRepairs
from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.errors import (
    AnswerError,
    AwsError,
    CapacityError,
    DeniedError,
    NotFoundError,
    NotReadyError,
    QuotaError,
    RefusedError,
    ThrottledError,
    UnofferedError,
    UnreachableError,
)
from natkeeper.core.intake.topology import Layout
from natkeeper.core.memory import Memory
from natkeeper.core.model import (
    GOING,
    AllocationId,
    InstanceId,
    InterfaceId,
    Market,
    RouteTableId,
    SubnetId,
    VpcId,
)
from natkeeper.reconcile.observer import Observer
from natkeeper.records import Records
from tests.builders import A
from tests.contract.recorded import (
    CREDENTIALS,
    EC2_ERRORS,
    HTML_200,
    HTML_503,
    ONCE,
    XHTML_200,
    Reply,
    client,
    ec2,
    ec2_error,
    json_error,
)
from tests.world.agenda import Agenda

NODE, INTERFACE = InstanceId("i-0123456789abcdef0"), InterfaceId("eni-0123456789abcdef0")
TABLE, ADDRESS = RouteTableId("rtb-0123456789abcdef0"), AllocationId("eipalloc-0123456789abcdef0")
SUBNET, VPC = SubnetId("subnet-0123456789abcdef0"), VpcId("vpc-0123456789abcdef0")
LAUNCH = LaunchNode(A, SUBNET, 0, ("t4g.nano", "t4g.micro"), Cause.NO_NODE, "a test")


@dataclass(frozen=True)
class Recorded:
    """An error as AWS says it, and where that is published."""

    code: str
    message: str
    means: type[AwsError]
    source: str = EC2_ERRORS
    status: int = 400


KARPENTER = "https://github.com/aws/karpenter-provider-aws/blob/main/pkg/errors/errors.go"
LAUNCHING = [
    Recorded(
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. Encoded authorization failure message: "
        + "sPwGqJ6vBHg1vPHLcn4g_CP-o5jOulH90vMrTsCODalS3LpFUDtEwdu2GT74LjXBmSbe9mKlVe5k" * 16,
        DeniedError,
        "https://github.com/hashicorp/terraform/issues/23918",
        403,
    ),
    Recorded("AuthFailure", "AWS was not able to validate the provided access credentials", DeniedError,
             status=401),
    Recorded("OptInRequired", "You are not subscribed to this service.", DeniedError, status=401),
    Recorded("RequestLimitExceeded", "Request limit exceeded.", ThrottledError, status=503),
    Recorded("InsufficientInstanceCapacity", "We currently do not have sufficient t4g.nano capacity in the "
             "Availability Zone you requested (us-east-1a).", CapacityError, status=500),
    Recorded("Unsupported", "Your requested instance type (t4g.nano) is not supported in your requested "
             "Availability Zone (us-east-1e).", UnofferedError, KARPENTER),
    Recorded("InvalidParameterValue", "Invalid value 't9g.nano' for InstanceType.", UnofferedError),
    Recorded("InvalidParameterValue", "The architecture 'x86_64' of the specified instance type does not "
             "match the architecture 'arm64' of the specified AMI. Specify an instance type and an AMI that "
             "have matching architectures, and try again.", UnofferedError),
    Recorded("SpotMaxPriceTooLow", "Your Spot request price of 0.001 is lower than the minimum required Spot "
             "request fulfillment price of 0.0016.", CapacityError),
    Recorded("UnfulfillableCapacity", "Unable to fulfill capacity due to your request configuration.",
             CapacityError, KARPENTER, 500),
    Recorded("VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 0 "
             "allows for the instance bucket that the specified instance type belongs to.", QuotaError),
    Recorded("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded", QuotaError),
    Recorded("InstanceLimitExceeded", "Your quota allows for 0 more running instance(s).", QuotaError),
    Recorded("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet "
             "'subnet-0123456789abcdef0' to satisfy the requested number of instances.", QuotaError,
             KARPENTER),
    Recorded("VolumeLimitExceeded", "You have exceeded your maximum gp3 storage limit", QuotaError),
    Recorded("InvalidAMIID.NotFound", "The image id '[ami-0123456789abcdef0]' does not exist", RefusedError),
    Recorded("InvalidAMIID.Unavailable", "The image ID 'ami-0123456789abcdef0' is no longer available",
             RefusedError),
    Recorded("InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID "
             "lt-0123456789abcdef0, does not exist.", RefusedError, KARPENTER),
    Recorded("InvalidLaunchTemplateId.VersionNotFound", "Could not find the specified version 7 for the "
             "launch template with ID lt-0123456789abcdef0.", RefusedError),
    Recorded("InvalidParameterValue", "Value (natkeeper) for parameter iamInstanceProfile.arn is invalid. "
             "Invalid IAM Instance Profile ARN", NotReadyError),
    Recorded("PendingVerification", "Your account is currently being verified.", DeniedError),
    Recorded("InternalError", "An internal error has occurred", UnreachableError, status=500),
    Recorded("Unavailable", "The server is overloaded and can't handle the request.", UnreachableError,
             status=503),
    Recorded("SomethingNew", "A code that nobody has documented yet", RefusedError),
]  # fmt: skip
OTHERS: list[tuple[str, Callable[[Any], object], Recorded]] = [
    ("TerminateInstances", lambda ec2: nodes(ec2).terminate(NODE),
     Recorded("IncorrectInstanceState", "The instance 'i-0123456789abcdef0' is not in a state from which it "
              "can be terminated.", NotReadyError)),
    ("AssociateAddress", lambda ec2: Ec2Network(ec2).associate(ADDRESS, INTERFACE),
     Recorded("InvalidAllocationID.NotFound", "The allocation ID 'eipalloc-0123456789abcdef0' does not exist",
              NotFoundError)),
    ("AssociateAddress", lambda ec2: Ec2Network(ec2).associate(ADDRESS, INTERFACE),
     Recorded("IncorrectInstanceState", "The pending instance 'i-0123456789abcdef0' is not in a valid state "
              "for this operation.", NotReadyError)),
    ("AssociateAddress", lambda ec2: Ec2Network(ec2).associate(ADDRESS, INTERFACE),
     Recorded("AddressLimitExceeded", "The maximum number of addresses has been reached.", QuotaError)),
    ("ReplaceRoute", lambda ec2: Ec2Network(ec2).point(TABLE, INTERFACE),
     Recorded("InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-0123456789abcdef0' does not exist",
              NotFoundError)),
    ("ModifyNetworkInterfaceAttribute",
     lambda ec2: nodes(ec2).set_source_dest_check(INTERFACE, on=False),
     Recorded("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0123456789abcdef0' does "
              "not exist", NotFoundError)),
]  # fmt: skip
SSM_COMMON = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html"
SSM_SEND = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html"
SSM_GET = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html"
COMMANDS = [
    Recorded("InvalidInstanceId", "Instances [[i-0123456789abcdef0]] not in a valid state for account",
             NotReadyError, SSM_SEND),
    Recorded("InvocationDoesNotExist", "", NotReadyError, SSM_GET),
    Recorded("InvalidDocument", "document natkeeper-repair does not exist", RefusedError, SSM_SEND),
    Recorded("ThrottlingException", "Rate exceeded", ThrottledError, SSM_COMMON),
    Recorded("AccessDeniedException", "User is not authorized to perform: ssm:SendCommand", DeniedError,
             SSM_COMMON),
    Recorded("InternalServerError", "An error occurred on the server side.", UnreachableError, SSM_SEND, 500),
]  # fmt: skip
DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"
DB, V = "com.amazonaws.dynamodb.v20120810#", "com.amazon.coral.availability#"
TABLES = [
    Recorded(f"{DB}ConditionalCheckFailedException", "The conditional request failed", RefusedError,
             DYNAMODB),
    Recorded(f"{DB}ProvisionedThroughputExceededException", "The level of configured provisioned throughput "
             "for the table was exceeded.", ThrottledError, DYNAMODB),
    Recorded(f"{DB}ResourceNotFoundException", "Requested resource not found", NotFoundError, DYNAMODB),
    Recorded(f"{DB}RequestLimitExceeded", "Throughput exceeds the current throughput limit for your account.",
             ThrottledError, DYNAMODB),
    Recorded(f"{V}ThrottlingException", "Rate of requests exceeds the allowed throughput.", ThrottledError,
             DYNAMODB),
    Recorded(f"{DB}InternalServerError", "The request processing has failed because of an unknown error.",
             UnreachableError, DYNAMODB, 500),
]  # fmt: skip


def nodes(ec2_client: Any) -> Ec2Nodes:
    return Ec2Nodes(ec2_client, "natkeeper", "lt-0123456789abcdef0", 1, "sg-0123456789abcdef0")


def by_code(recorded: Recorded) -> str:
    return recorded.code.rpartition("#")[2]


def raised(act: Callable[[], object]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("recorded", LAUNCHING, ids=by_code)
def test_a_refused_launch_is_of_the_right_kind(recorded: Recorded) -> None:
    said = ec2_error(recorded.code, recorded.message, recorded.status)
    ec2_client, wire = client("ec2", RunInstances=said)
    error = raised(lambda: nodes(ec2_client).launch(LAUNCH, Market.ON_DEMAND, "t4g.nano"))

    assert type(error) is recorded.means
    assert (error.code, recorded.message in str(error)) == (recorded.code, True)
    assert [parameters["InstanceType"] for _, parameters in wire.asked] == ["t4g.nano"]


@pytest.mark.parametrize(("action", "act", "recorded"), OTHERS, ids=lambda part: getattr(part, "code", ""))
def test_a_refused_change_is_of_the_right_kind(
    action: str, act: Callable[[Any], object], recorded: Recorded
) -> None:
    ec2_client, _ = client("ec2", **{action: ec2_error(recorded.code, recorded.message, recorded.status)})

    assert type(raised(lambda: act(ec2_client))) is recorded.means


@pytest.mark.parametrize("code", ["IdempotentParameterMismatch", "IdempotentInstanceTerminated"])
def test_a_spent_token_is_a_launch_without_a_living_node_so_that_the_next_has_another(code: str) -> None:
    ec2_client, _ = client("ec2", RunInstances=ec2_error(code, "This token was used before"))
    launched = nodes(ec2_client).launch(LAUNCH, Market.ON_DEMAND, "t4g.nano")

    assert launched.lifecycle in GOING


def test_ending_a_node_that_ec2_does_not_know_is_no_error() -> None:
    said = ec2_error("InvalidInstanceID.NotFound", "The instance ID 'i-0123456789abcdef0' does not exist")
    ec2_client, wire = client("ec2", TerminateInstances=said)
    nodes(ec2_client).terminate(NODE)

    assert [action for action, _ in wire.asked] == ["TerminateInstances"]


@pytest.mark.parametrize("recorded", COMMANDS, ids=by_code)
def test_a_refused_command_is_of_the_right_kind(recorded: Recorded) -> None:
    said = json_error(recorded.code, recorded.message, recorded.status)
    ssm, _ = client("ssm", SendCommand=said)

    assert type(raised(lambda: SsmRepairs(ssm, "natkeeper-repair").repair(NODE))) is recorded.means


@pytest.mark.parametrize("recorded", TABLES, ids=by_code)
def test_a_refused_write_to_the_table_is_of_the_right_kind(recorded: Recorded) -> None:
    said = json_error(recorded.code, recorded.message, recorded.status)
    dynamodb, _ = client("dynamodb", PutItem=said, Query=said, UpdateItem=said)
    store = DynamoDbStore(dynamodb, "natkeeper", Agenda())

    assert type(raised(lambda: store.save(Memory(), 1))) is recorded.means
    assert type(raised(store.load)) is recorded.means


def test_only_a_failed_condition_means_that_another_run_holds_the_lease() -> None:
    said = {by_code(r): json_error(r.code, r.message, r.status) for r in TABLES}
    held, _ = client("dynamodb", UpdateItem=said.pop("ConditionalCheckFailedException"))

    assert DynamoDbLease(held, "natkeeper", Agenda()).acquire() is None
    for reply in said.values():
        dynamodb, _ = client("dynamodb", UpdateItem=reply)
        raised(DynamoDbLease(dynamodb, "natkeeper", Agenda()).acquire)


NO_ANSWER = {
    "a load balancer's 503": (HTML_503, UnreachableError),
    "an empty 500": (Reply(500, ""), UnreachableError),
    "a proxy's page": (HTML_200, AnswerError),
    "a proxy's page that is XML": (XHTML_200, AnswerError),
    "a body cut off": (Reply(200, "<DescribeInstancesResponse><reservationSet><item>"), AnswerError),
}


@pytest.mark.parametrize(("reply", "means"), NO_ANSWER.values(), ids=NO_ANSWER.keys())
def test_what_is_no_answer_of_aws_is_told_as_that_by_every_read(reply: Reply, means: type[AwsError]) -> None:
    actions = ("DescribeInstances", "DescribeRouteTables", "DescribeAddresses", "DescribeSubnets")
    ec2_client, _ = client("ec2", **dict.fromkeys(actions, reply))
    network = Ec2Network(ec2_client)
    for read in (
        nodes(ec2_client).find,
        lambda: network.tables(VPC),
        lambda: network.subnets(VPC, None),
        lambda: network.addresses([ADDRESS]),
        lambda: network.vpc_of([SUBNET]),
    ):
        assert type(raised(read)) is means


@pytest.mark.parametrize(("reply", "means"), NO_ANSWER.values(), ids=NO_ANSWER.keys())
def test_what_is_no_answer_of_aws_makes_every_zone_unreadable_and_none_empty(
    reply: Reply, means: type[AwsError]
) -> None:
    empty = {
        "DescribeInstances": ec2("DescribeInstances", "<reservationSet/>"),
        "DescribeRouteTables": ec2("DescribeRouteTables", "<routeTableSet/>"),
        "DescribeAddresses": ec2("DescribeAddresses", "<addressesSet/>"),
        "DescribeSubnets": ec2(
            "DescribeSubnets",
            f"<subnetSet><item><subnetId>{SUBNET}</subnetId><vpcId>{VPC}</vpcId>"
            "<availabilityZone>us-east-1a</availabilityZone></item></subnetSet>",
        ),
    }
    for action in empty:
        ec2_client, _ = client("ec2", **{**empty, action: reply})
        images = Ec2Images(ec2_client, ec2_client, "teststack", "lt-1", "/image")
        observer = Observer(
            nodes(ec2_client),
            Ec2Network(ec2_client),
            Layout((SUBNET,), (TABLE,), (ADDRESS,)),
            images,
            Ec2Gateways(ec2_client, "teststack"),
        )
        observation = observer.observe(Records(), datetime.now(UTC))

        assert type(observation.error) is means
        assert observation.observed.readable() == ()


@pytest.mark.parametrize("reply", [HTML_200, Reply(200, ""), Reply(200, "{}"), HTML_503])
def test_a_table_that_answers_nonsense_is_no_empty_table(reply: Reply) -> None:
    dynamodb, _ = client("dynamodb", Query=reply, UpdateItem=reply)

    raised(DynamoDbStore(dynamodb, "natkeeper", Agenda()).load)
    raised(DynamoDbLease(dynamodb, "natkeeper", Agenda()).acquire)


@contextmanager
def endpoint(behaviour: str) -> Iterator[str]:
    """A port of this machine where a connection is reset at once, or never answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            connection, _ = server.accept()
            if behaviour == "reset":
                linger = (1).to_bytes(4, "little") + bytes(4)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()
            else:
                held.append(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()
        for connection in held:
            connection.close()


@pytest.mark.parametrize("behaviour", ["reset", "silent"])
def test_a_connection_that_breaks_or_hangs_is_unreachable(behaviour: str) -> None:
    with endpoint(behaviour) as url:
        ec2_client: Any = boto3.client("ec2", endpoint_url=url, config=ONCE, **CREDENTIALS)  # type: ignore[call-overload]

        assert type(raised(nodes(ec2_client).find)) is UnreachableError


def test_an_endpoint_where_nobody_listens_is_unreachable() -> None:
    url = "http://127.0.0.1:1"
    ssm: Any = boto3.client("ssm", endpoint_url=url, config=ONCE, **CREDENTIALS)  # type: ignore[call-overload]

    assert (
        type(raised(lambda: SsmProbing(ssm, "p", lambda _: None).ask([NODE], lambda: 60))) is UnreachableError
    )


def test_every_record_says_where_it_is_published() -> None:
    records = [*LAUNCHING, *COMMANDS, *TABLES, *(recorded for _, _, recorded in OTHERS)]

    assert all(re.match(r"https://(docs\.aws\.amazon|github)\.com/", r.source) for r in records)


def token(subnet: SubnetId, group: str) -> str:
    ec2_client, wire = client("ec2", RunInstances=ec2_error("VcpuLimitExceeded", "no more"))
    launcher = Ec2Nodes(ec2_client, "natkeeper", "lt-0123456789abcdef0", 1, group)
    raised(lambda: launcher.launch(replace(LAUNCH, subnet=subnet), Market.ON_DEMAND, "t4g.nano"))
    return str(wire.asked[0][1]["ClientToken"])


def test_a_changed_request_never_comes_with_an_old_token() -> None:
    other = SubnetId("subnet-0123456789abcdef1")

    assert token(SUBNET, "sg-1") == token(SUBNET, "sg-1")
    assert len({token(SUBNET, "sg-1"), token(other, "sg-1"), token(SUBNET, "sg-2")}) == 3
    assert len(token(SUBNET, "sg-1")) <= 64
