"""Run Command: the stack's own two documents, on the stack's own nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import AwsError, ExpiredError, ThrottledError, UnreachableError
from natkeeper.core.model import InstanceId
from natkeeper.core.ring import Peer, told
from natkeeper.ports import Answer

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import CommandInvocationTypeDef

DELIVERY = 30
"""Seconds that SSM tries to deliver a command; its minimum (API reference, SendCommand, TimeoutSeconds)."""
_ANSWERED = frozenset({"Success", "Failed"})
"""Of the details: a status of Failed may also mean that SSM could not deliver (Run Command statuses)."""
_OPEN = frozenset({"Pending", "InProgress", "Delayed"})
_BUSY = (ThrottledError, ExpiredError, UnreachableError)
"""What would be answered to each node alone just as well."""
Sent = TypeVar("Sent")


@dataclass(frozen=True, slots=True)
class SsmRepairs:
    """Has a node put itself right with the stack's repair document."""

    client: SSMClient
    document: str

    def repair(self, node: InstanceId) -> None:
        """Starts the repair; the next probe tells what came of it."""
        with named(f"repairing with {self.document}", node):
            self.client.send_command(DocumentName=self.document, InstanceIds=[node], TimeoutSeconds=DELIVERY)


@dataclass(frozen=True, slots=True)
class SsmProbing:
    """Asks nodes with the stack's probe document: one call to send and one to read when all is calm."""

    client: SSMClient
    document: str
    sleep: Callable[[float], None]
    first_look: float = 4.0  # seconds until a healthy node has answered
    next_look: float = 3.0
    looks: int = 8

    def ask(
        self, nodes: Sequence[InstanceId], time_left: Callable[[], float], ring: Sequence[Peer] = ()
    ) -> tuple[Answer, ...]:
        """An answer for each node, by one deadline for all: `looks`, or when no seconds are left. Without
        output, and with the reason, for one that SSM does not reach or that did not answer. Raises AwsError
        when an answer cannot be read, or nobody can be asked just now."""
        commands, answers = send_to(nodes, self._send, lambda node: told(ring, node))
        opened = list(commands)
        for look in range(self.looks):
            pause = self.next_look if look else self.first_look
            if not opened or time_left() < pause:
                break
            self.sleep(pause)
            for command in tuple(opened):
                invocations = self._read(command)
                answers |= {a.node: a for a in map(_answer, invocations)}
                if invocations and all(i["Status"] not in _OPEN for i in invocations):
                    opened.remove(command)
        return tuple(answers.get(node, Answer(node, -1, None, "no answer in time")) for node in nodes)

    def _send(self, nodes: Sequence[InstanceId], peers: str) -> str:
        with named(f"probing with {self.document}", ", ".join(nodes)):
            answer = self.client.send_command(
                DocumentName=self.document,
                InstanceIds=list(nodes),
                TimeoutSeconds=DELIVERY,
                # No peers are the document's default: one of an older template knows no parameter.
                Parameters={"Peers": [peers]} if peers else {},
            )
            return answer["Command"]["CommandId"]

    def _read(self, command: str) -> list[CommandInvocationTypeDef]:
        with named("reading the answers to command", command):
            pages = self.client.get_paginator("list_command_invocations").paginate(
                CommandId=command, Details=True
            )
            return [i for page in pages for i in page["CommandInvocations"]]


def send_to(
    nodes: Sequence[InstanceId],
    send: Callable[[Sequence[InstanceId], str], Sent],
    words: Callable[[InstanceId], str],
) -> tuple[list[Sent], dict[InstanceId, Answer]]:
    """What was sent, and why nothing was to whom; a command for all who hear the same `words`. SSM refuses a
    command whole for one node that it does not know, or that this role may not ask: then each is asked alone.
    Raises AwsError when nobody was, for a reason that passes and tells nothing of the nodes."""
    sent: list[Sent] = []
    refused: dict[InstanceId, Answer] = {}
    for heard in sorted({words(node) for node in nodes}):
        alike = [node for node in nodes if words(node) == heard]
        try:
            commands, answers = _send_alike(alike, heard, send)
        except _BUSY as error:
            if not sent:
                raise
            commands, answers = [], {node: _refused(node, error) for node in alike}
        sent += commands
        refused |= answers
    return sent, refused


def _send_alike(
    nodes: Sequence[InstanceId], words: str, send: Callable[[Sequence[InstanceId], str], Sent]
) -> tuple[list[Sent], dict[InstanceId, Answer]]:
    sent: list[Sent] = []
    refused: dict[InstanceId, Answer] = {}
    if len(nodes) > 1:
        try:
            return [send(nodes, words)], refused
        except _BUSY:
            raise
        except AwsError:
            pass  # each one's own refusal tells more
    for node in nodes:
        try:
            sent.append(send([node], words))
        except AwsError as error:
            refused[node] = _refused(node, error)
    for answer in refused.values():
        if not sent and isinstance(answer.refusal, _BUSY):
            raise answer.refusal
    return sent, refused


def _refused(node: InstanceId, error: AwsError) -> Answer:
    return Answer(node, -1, None, str(error), error)


def _answer(invocation: CommandInvocationTypeDef) -> Answer:
    node = InstanceId(invocation["InstanceId"])
    plugins = invocation.get("CommandPlugins", [])
    details = invocation.get("StatusDetails", invocation["Status"])
    if details not in _ANSWERED or not plugins:
        return Answer(node, -1, None, details)
    return Answer(node, plugins[0].get("ResponseCode", -1), plugins[0].get("Output", ""))
