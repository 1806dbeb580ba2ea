"""The doctor in the account: it examines a stack that runs, and checks a deployment before it goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.doctor import handler as function
from natkeeper import bootstrap
from natkeeper.adapters.cloudformation_reply import Request
from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts
from natkeeper.core.errors import AwsError, DeniedError, UnreachableError
from natkeeper.core.model import Unread
from natkeeper.doctor import gate as gates
from natkeeper.doctor.examination import Examination
from natkeeper.doctor.gate import Gate
from natkeeper.doctor.settings import doctor_settings
from natkeeper.doctor.survey import Survey
from natkeeper.environment import SettingsError
from tests.builders import NOW
from tests.doctor.region import Built
from tests.journal import Journal
from tests.template.cfn import ROOT
from tests.unit.test_choices import choices
from tests.world.findings import Findings
from tests.world.gate import Trouble
from tests.world.timings import AT_ONCE
from tests.world.world import World

STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/natkeeper/0a1b2c3d"
WRONG = {
    "Awake": "office-hours",
    "OfficeHours": "Mon-Fri 08:00-20:00 Asia/Tokio",
    "InstanceTypes": "t9g.nano",
}


@dataclass
class Stacks:
    """A stack that stands like this, or of which that cannot be read."""

    said: str | AwsError = "CREATE_IN_PROGRESS"

    def status(self, _: str) -> str:
        if isinstance(self.said, AwsError):
            raise self.said
        return self.said


@dataclass
class Topic:
    """What a person was told."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    error: AwsError | None = None

    def publish(self, subject: str, text: str) -> None:
        if self.error:
            raise self.error
        self.sent.append((subject, text))


def gate(said: str | AwsError = "CREATE_IN_PROGRESS", journal: Journal | None = None) -> Gate:
    return Gate(bootstrap.survey(), Stacks(said), journal or Journal(), lambda _: None)


def test_a_deployment_that_is_right_goes_on(vpc: Built) -> None:
    assert gate().refuse(STACK, vpc.choices()) == ""


def test_one_that_is_wrong_is_refused_with_every_mistake_before_any_cure(vpc: Built) -> None:
    told = gate().refuse(STACK, vpc.choices(**WRONG))
    whats, _, cures = told.partition("What to do: ")

    assert told.startswith(
        "2 things are wrong; nothing was touched. (1) OfficeHours: 'Asia/Tokio' is no time zone"
    )
    assert "(2) us-east-1 has no instance type t9g.nano" in whats
    assert "auto takes the cheapest that fit" in cures


def test_a_vpc_that_another_account_shares_is_refused(vpc: Built) -> None:
    theirs = STACK.replace("123456789012", "210987654321")

    assert "belongs to account 123456789012" in gate().refuse(theirs, vpc.choices())


def test_an_address_of_the_stacks_own_node_stays_there_and_another_stacks_is_refused(vpc: Built) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "natkeeper:stack", "Value": "natkeeper"}]}]
    arm = [{"Name": "architecture", "Values": ["arm64"]}]
    image = vpc.ec2.describe_images(Filters=arm)["Images"][0]["ImageId"]
    made = vpc.ec2.create_network_interface(SubnetId=vpc.public[0])["NetworkInterface"]
    interface = str(made["NetworkInterfaceId"])
    brought = vpc.ec2.allocate_address(Domain="vpc")["AllocationId"]
    vpc.ec2.associate_address(AllocationId=brought, NetworkInterfaceId=interface)
    vpc.ec2.run_instances(
        ImageId=image,
        InstanceType="t4g.nano",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[{"NetworkInterfaceId": interface, "DeviceIndex": 0}],
        TagSpecifications=tags,
    )
    given = vpc.choices(ExistingAllocationIds=brought)

    assert gate().refuse(STACK, given) == ""
    assert f"{brought} is in use by {interface}" in gate().refuse(
        STACK.replace("/natkeeper/", "/other/"), given
    )


def test_every_word_of_five_mistakes_reaches_the_person(vpc: Built) -> None:
    """CloudFormation's reason is cut where the answer would be too long: the cures, not the mistakes."""
    sent: list[str] = []
    given = vpc.choices(
        **WRONG,
        ExistingPrivateRouteTableIds=vpc.public_table,
        ExistingPublicSubnetIds=f"{vpc.public[0]},{vpc.private[0]}",
        ImageParameter="/aws/service/typo-arm64",
    )
    reason = gate().refuse(STACK, given)
    sent.append(reason[:800])

    assert "6 things are wrong" in reason
    assert all(f"({number}) " in sent[0].partition("What to do")[0] for number in range(1, 5))


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "UPDATE_FAILED"])
def test_a_way_back_is_never_refused(vpc: Built, status: str) -> None:
    assert gate(status).refuse(STACK, vpc.choices(**WRONG)) == ""


def test_nor_is_a_way_of_which_nobody_knows_where_it_goes(vpc: Built) -> None:
    journal = Journal()
    refused = DeniedError("reading", "the stack", "AccessDenied", "no")

    assert gate(refused, journal).refuse(STACK, vpc.choices(**WRONG)) == ""
    assert any("refused" in line for line in journal.lines)


@dataclass
class Forgetful:
    """A survey that may not read until it has been asked so often; it looks at its own watch."""

    survey: Survey
    refusals: int
    looks: int = 0

    @property
    def clock(self) -> Any:
        return self.survey.clock

    def take(self, asked: Asked, occasion: Any) -> Facts:
        self.looks += 1
        facts = self.survey.take(asked, occasion)
        return replace(facts, kinds=Unread("denied")) if self.looks <= self.refusals else facts


def test_what_cannot_be_read_at_once_is_read_again(vpc: Built) -> None:
    survey: Any = Forgetful(bootstrap.survey(), refusals=2)
    waits: list[float] = []
    told = Gate(survey, Stacks(), Journal(), waits.append).refuse(
        STACK, vpc.choices(InstanceTypes="t9g.nano")
    )

    assert "t9g.nano" in told
    assert waits == [gates.PAUSE] * 2


def test_what_can_never_be_read_fails_no_deployment_and_is_told_in_the_log(
    vpc: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey: Any = Forgetful(bootstrap.survey(), refusals=1000)
    monkeypatch.setattr(gates, "AGAIN", gates.AGAIN * 0)
    journal = Journal()

    assert (
        Gate(survey, Stacks(), journal, lambda _: None).refuse(STACK, vpc.choices(InstanceTypes="t9g.nano"))
        == ""
    )
    assert "instance types=could not be read" in journal.lines[0]


@dataclass
class Answers:
    """What CloudFormation was told."""

    errors: list[str] = field(default_factory=list)

    def __call__(self, request: Request, error: str = "") -> None:
        assert request.url
        self.errors.append(error)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()
    monkeypatch.setattr(function, "answer", made)
    return made


def request(kind: str, **changed: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"doctor-{kind}.json").read_text())
    properties = event["ResourceProperties"]
    hours = properties["Choices"]["OfficeHours"]
    awake = {"Awake": "office-hours"} if hours else {}
    properties["Choices"] |= choices({**awake, "OfficeHours": hours})
    return {**event, **changed}


@dataclass
class Breaks:
    """A gate that has a fault of its own."""

    def refuse(self, *_: object) -> str:
        raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("kind", ["create", "update"])
def test_cloudformation_hears_what_is_wrong(
    vpc: Built, answers: Answers, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(bootstrap, "gate", lambda: gate("UPDATE_IN_PROGRESS"))
    function.handler(request(kind), None)

    assert [bool(error) for error in answers.errors] == [kind == "update"]


def test_a_check_that_breaks_fails_no_deployment_and_is_told(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "gate", Breaks)
    with pytest.raises(RuntimeError, match="a fault of ours"):  # Lambda puts it into the queue of failures
        function.handler(request("create"), None)

    assert answers.errors == [""]


def test_a_deletion_never_fails_and_is_checked_for_nothing(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "gate", Breaks)
    function.handler(request("delete"), None)
    function.handler(request("delete", LogicalResourceId=""), None)

    assert answers.errors == ["", ""]


def test_a_request_without_an_address_is_answered_nowhere(answers: Answers) -> None:
    assert "ResponseURL" in function.handler(request("create", ResponseURL=""), None)["summary"]
    assert answers.errors == []


ENVIRONMENT = {
    "STACK_NAME": "natkeeper",
    "TABLE_NAME": "natkeeper-table",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:natkeeper-topic",
    "INSTANCE_TYPES": "auto",
    "IMAGE_PARAMETER": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    "DISK_KEY_ARN": "",
    "STANDBY": "none",
}


def examined(vpc: Built, topic: Topic, event: object, kept: Findings | None = None) -> str:
    settings = doctor_settings(
        ENVIRONMENT | {
            "VPC_ID": vpc.id,
            "PUBLIC_SUBNET_IDS": ",".join(vpc.public),
            "PRIVATE_ROUTE_TABLE_IDS": ",".join(vpc.tables),
            "PRIVATE_CIDRS": vpc.range,
        }
    )  # fmt: skip
    kept = kept or Findings(World(1, timings=AT_ONCE).gate)
    doctor = Examination(settings.asked, bootstrap.survey(), topic, Journal(), kept, lambda: NOW)
    return doctor.carry_out(event)


def test_what_it_found_is_kept_for_the_picture(vpc: Built) -> None:
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsSupport={"Value": False})
    kept = Findings(World(1, timings=AT_ONCE).gate)
    examined(vpc, Topic(), {}, kept)

    assert kept.kept
    assert (kept.kept.at, kept.kept.wrong, len(kept.kept.faults)) == (NOW, 1, 1)
    assert "modify-vpc-attribute" in kept.kept.faults[0].cure
    assert any("vCPU quota" in why for why in kept.kept.unmade)


def test_what_cannot_be_kept_takes_nobodys_answer_away(vpc: Built) -> None:
    kept = Findings(World(1, timings=AT_ONCE).gate)
    kept.gate.troubles.append(Trouble("AccessDeniedException", ("TableWrite",)))

    assert examined(vpc, Topic(), {}, kept).startswith("Stack natkeeper in us-east-1: ")


def test_who_calls_has_the_answer_and_nobody_else_is_told(vpc: Built) -> None:
    topic = Topic()
    text = examined(vpc, topic, {})

    assert text.startswith("Stack natkeeper in us-east-1: ")
    assert "ok: VPC, public subnets" in text
    assert topic.sent == []


def test_who_asks_by_an_event_is_told_in_any_case(vpc: Built) -> None:
    topic = Topic()
    examined(vpc, topic, json.loads((ROOT / "events" / "doctor-asked.json").read_text()))

    ((subject, text),) = topic.sent
    assert subject.startswith("natkeeper: 0 of ")
    assert "could not be read: vCPU quota" in text


def test_after_a_deployment_a_person_hears_only_of_what_is_wrong(vpc: Built) -> None:
    topic = Topic()
    event = json.loads((ROOT / "events" / "doctor-deployed.json").read_text())
    examined(vpc, topic, event)
    assert topic.sent == []

    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsSupport={"Value": False})
    examined(vpc, topic, event)
    ((subject, text),) = topic.sent
    assert "1 of " in subject
    assert "What to do: aws ec2 modify-vpc-attribute" in text


def test_a_topic_that_does_not_take_it_breaks_nothing(vpc: Built) -> None:
    topic = Topic(error=UnreachableError("publishing", "the topic", "Timeout", "no answer"))

    assert "natkeeper" in examined(vpc, topic, {"source": "natkeeper"})


def test_an_environment_that_is_wrong_is_refused_whole() -> None:
    with pytest.raises(SettingsError) as caught:
        doctor_settings({})
    assert all(name in str(caught.value) for name in ("STACK_NAME", "VPC_ID", "IMAGE_PARAMETER"))
