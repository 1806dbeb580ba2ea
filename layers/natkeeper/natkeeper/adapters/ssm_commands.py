"""Run Command: the stack's own two documents, on the stack's own nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import NotReadyError
from natkeeper.core.model import InstanceId
from natkeeper.ports import Answer

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import CommandInvocationTypeDef

DELIVERY = 30
"""Seconds that SSM tries to deliver a command; its minimum (API reference, SendCommand, TimeoutSeconds)."""
_ANSWERED = frozenset({"Success", "Failed"})
"""Of the details: a status of Failed may also mean that SSM could not deliver (Run Command statuses)."""
_OPEN = frozenset({"Pending", "InProgress", "Delayed"})


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

    def ask(self, nodes: Sequence[InstanceId]) -> tuple[Answer, ...]:
        """An answer for each node; without output for one that SSM cannot reach or that did not answer."""
        if not nodes:
            return ()
        commands = self._send(nodes)
        answers = chain.from_iterable(self._collect(command) for command in commands)
        by_node = {answer.node: answer for answer in answers}
        return tuple(by_node.get(node, Answer(node, -1, None)) for node in nodes)

    def _send(self, nodes: Sequence[InstanceId]) -> list[str]:
        """SSM refuses the whole command for one unknown node: then each is asked alone."""
        try:
            return [self._command(nodes)]
        except NotReadyError:
            if len(nodes) == 1:
                return []
        return list(chain.from_iterable(self._send([node]) for node in nodes))

    def _command(self, nodes: Sequence[InstanceId]) -> str:
        with named(f"probing with {self.document}", ", ".join(nodes)):
            answer = self.client.send_command(
                DocumentName=self.document, InstanceIds=list(nodes), TimeoutSeconds=DELIVERY
            )
            return answer["Command"]["CommandId"]

    def _collect(self, command: str) -> tuple[Answer, ...]:
        invocations: list[CommandInvocationTypeDef] = []
        for look in range(self.looks):
            self.sleep(self.next_look if look else self.first_look)
            with named("reading the answers to command", command):
                pages = self.client.get_paginator("list_command_invocations").paginate(
                    CommandId=command, Details=True
                )
                invocations = [i for page in pages for i in page["CommandInvocations"]]
            if invocations and all(i["Status"] not in _OPEN for i in invocations):
                break
        return tuple(_answer(i) for i in invocations)


def _answer(invocation: CommandInvocationTypeDef) -> Answer:
    node = InstanceId(invocation["InstanceId"])
    plugins = invocation.get("CommandPlugins", [])
    if invocation.get("StatusDetails", invocation["Status"]) not in _ANSWERED or not plugins:
        return Answer(node, -1, None)
    return Answer(node, plugins[0].get("ResponseCode", -1), plugins[0].get("Output", ""))
