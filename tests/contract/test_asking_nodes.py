"""Whom SSM refuses, who is slow, and who never answers: none of them costs the others anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from natkeeper.adapters.ssm_commands import SsmProbing
from natkeeper.core.errors import AwsError, DeniedError, NotReadyError, ThrottledError
from natkeeper.core.model import InstanceId, ZoneName
from natkeeper.core.ring import Peer
from natkeeper.ports import Answer
from tests.contract.recorded import Reply, client, json_error
from tests.world.guest import GOOD

ZONE = ZoneName("eu-west-1b")
A, B, C = (InstanceId(f"i-0123456789abcdef{n}") for n in range(3))
DENIED = json_error(
    "AccessDeniedException",
    "User: arn:aws:sts::123456789012:assumed-role/p/p is not authorized to perform: ssm:SendCommand",
)
UNKNOWN = json_error("InvalidInstanceId", "Instances not in a valid state for account 123456789012")
SLOW_DOWN = json_error("ThrottlingException", "Rate exceeded")


@dataclass
class Asked:
    """Nodes are asked over a recorded wire, on a clock that only waiting moves."""

    sent: list[Reply]
    listed: list[Reply]
    slept: list[float] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def ask(self, *nodes: InstanceId, seconds: float = 60.0, ring: Sequence[Peer] = ()) -> list[Answer]:
        ssm, wire = client("ssm", SendCommand=self.sent, ListCommandInvocations=self.listed)
        probing = SsmProbing(ssm, "natkeeper-probe", self.slept.append)
        try:
            return list(probing.ask(nodes, lambda: seconds - sum(self.slept), ring))
        finally:
            self.calls = wire.asked

    def of(self, action: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == action]


def accepted(command: str) -> Reply:
    return Reply(200, json.dumps({"Command": {"CommandId": command * 36}}))


def listed(*nodes: InstanceId, state: str = "Success", details: str = "") -> Reply:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CommandInvocation.html"""
    plugin = {"Name": "probe", "Status": state, "ResponseCode": 0, "Output": GOOD}
    found = [
        {"InstanceId": n, "Status": state, "StatusDetails": details or state, "CommandPlugins": [plugin]}
        for n in nodes
    ]
    return Reply(200, json.dumps({"CommandInvocations": found}))


def test_all_nodes_are_asked_with_one_command() -> None:
    asked = Asked([accepted("a")], [listed(A, B, C)])

    assert [a.output for a in asked.ask(A, B, C)] == [GOOD] * 3
    assert [name for name, _ in asked.calls] == ["SendCommand", "ListCommandInvocations"]


def test_all_are_told_the_same_of_their_peers_and_of_none_nothing_that_an_old_document_has_not() -> None:
    asked = Asked([accepted("a")], [listed(A, B)])
    asked.ask(A, B, ring=(Peer(A, "10.0.0.10"), Peer(B, "10.0.2.10")))

    assert [sent["Parameters"] for sent in asked.of("SendCommand")] == [
        {"Peers": [f"{A}=10.0.0.10,{B}=10.0.2.10"]}
    ]
    asked.ask(A)
    assert asked.of("SendCommand")[-1]["Parameters"] == {}


def test_who_covers_by_an_address_is_told_so_and_who_has_none_is_told_as_ever_in_a_command_of_its_own() -> (
    None
):
    asked = Asked([accepted("a"), accepted("b")], [listed(A, C), listed(B)])
    ring = (Peer(A, "10.0.0.10", "10.0.0.77", ZONE, ("10.0.5.0/24", "10.0.6.0/23")), Peer(B, "10.0.2.10"))
    answers = asked.ask(A, B, C, ring=ring)

    assert [a.output for a in answers] == [GOOD] * 3
    assert {tuple(sent["InstanceIds"]): sent["Parameters"]["Peers"] for sent in asked.of("SendCommand")} == {
        (A,): [f"{A}=10.0.0.10/10.0.0.77=10.0.5.0/24+10.0.6.0/23,{B}=10.0.2.10"],
        (B, C): [f"{A}=10.0.0.10,{B}=10.0.2.10"],
    }


def test_who_was_asked_is_heard_though_ssm_is_too_busy_to_ask_the_others() -> None:
    ring = (Peer(A, "10.0.0.10"), Peer(B, "10.0.2.10", "10.0.2.77"))
    well, throttled = Asked([accepted("a"), SLOW_DOWN], [listed(A)]).ask(A, B, ring=ring)

    assert well.output == GOOD
    assert isinstance(throttled.refusal, ThrottledError)


@pytest.mark.parametrize(("refusal", "kind"), [(DENIED, DeniedError), (UNKNOWN, NotReadyError)])
def test_a_node_that_ssm_refuses_costs_the_others_nothing_and_says_why(
    refusal: Reply, kind: type[AwsError]
) -> None:
    asked = Asked([refusal, accepted("a"), refusal, accepted("c")], [listed(A), listed(C)])
    first, refused, last = asked.ask(A, B, C)

    assert (first.output, last.output) == (GOOD, GOOD)
    assert type(refused.refusal) is kind
    assert refused.output is None
    assert B in refused.reason
    assert json.loads(refusal.body)["message"] in refused.reason
    assert asked.slept == [4.0], "they are looked at together"


def test_a_single_node_that_is_refused_is_not_asked_twice() -> None:
    asked = Asked([DENIED], [])
    (refused,) = asked.ask(A)

    assert type(refused.refusal) is DeniedError
    assert len(asked.calls) == 1
    assert asked.slept == []


def test_who_asks_too_often_does_not_go_on_to_ask_each_alone() -> None:
    asked = Asked([SLOW_DOWN], [])

    with pytest.raises(ThrottledError):
        asked.ask(A, B)
    assert len(asked.calls) == 1


def test_when_nobody_can_be_asked_just_now_no_node_is_called_silent() -> None:
    with pytest.raises(ThrottledError):
        Asked([UNKNOWN, UNKNOWN, SLOW_DOWN], []).ask(A, B)


def test_one_that_is_throttled_beside_one_that_is_asked_is_unanswered() -> None:
    throttled, well = Asked([UNKNOWN, SLOW_DOWN, accepted("b")], [listed(B)]).ask(A, B)

    assert "Rate exceeded" in throttled.reason
    assert well.output == GOOD


def test_all_commands_wait_for_one_deadline_not_one_after_the_other() -> None:
    asked = Asked([UNKNOWN, accepted("a"), accepted("b")], [listed(A, state="Pending")])
    answers = asked.ask(A, B)

    assert sum(asked.slept) == 25
    assert len(asked.of("ListCommandInvocations")) == 16, "both of them, at each of eight looks"
    assert [a.output for a in answers] == [None, None]


def test_a_command_that_is_done_is_not_read_again() -> None:
    slow = [listed(A), listed(B, state="InProgress"), listed(B)]
    asked = Asked([UNKNOWN, accepted("a"), accepted("b")], slow)

    assert [a.output for a in asked.ask(A, B)] == [GOOD, GOOD]
    read = [parameters["CommandId"][0] for parameters in asked.of("ListCommandInvocations")]
    assert read == ["a", "b", "b"]


def test_no_look_is_begun_that_would_end_too_late() -> None:
    asked = Asked([accepted("a")], [listed(A, state="InProgress")])
    (answer,) = asked.ask(A, seconds=9.0)

    assert asked.slept == [4.0, 3.0]
    assert answer.reason == "InProgress"


# https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
@pytest.mark.parametrize(
    ("state", "details"),
    [
        ("Failed", "Undeliverable"),
        ("Failed", "Terminated"),
        ("TimedOut", "DeliveryTimedOut"),
        ("TimedOut", "ExecutionTimedOut"),
        ("Cancelled", "Cancelled"),
        ("Delayed", "Delayed"),
    ],
)
def test_why_there_is_no_answer_is_said_in_ssms_own_word(state: str, details: str) -> None:
    (answer,) = Asked([accepted("a")], [listed(A, state=state, details=details)]).ask(A)

    assert (answer.output, answer.reason) == (None, details)


def test_a_node_that_ssm_does_not_list_has_not_answered_in_time() -> None:
    _, missing = Asked([accepted("a")], [listed(A)]).ask(A, B)

    assert (missing.output, missing.reason) == (None, "no answer in time")
