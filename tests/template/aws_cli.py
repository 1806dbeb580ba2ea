"""Commands of the AWS CLI as a page gives them, read by the models that both its versions are made of."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from string import Template
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.validate import ParamValidator

OF_THE_CLI = {"query", "output", "region", "profile"}
ONLY_IN_THE_SECOND = ("--cli-binary-format", "--no-cli-pager", "--cli-auto-prompt")


@dataclass(frozen=True, slots=True)
class Call:
    """What a command asks AWS for; again and again until it is so, if it is a `waiter`."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    query: str = ""
    waiter: str = ""

    def on(self, client: Any) -> Any:
        """Carries it out. Returns what the command would print, as a value. Raises what botocore raises."""
        if self.waiter:
            return client.get_waiter(self.waiter).wait(**self.parameters)
        answer = getattr(client, xform_name(self.operation))(**self.parameters)
        return jmespath.search(self.query, answer) if self.query else answer


def commands(page: str, heading: str = "") -> Iterator[str]:
    """What the page's code blocks call AWS with, each whole and without where its answer goes; under one
    heading only, if it is named."""
    wanted = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] if heading else page
    for block in re.findall(r"^```\n(.*?)^```", wanted, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.findall(r"(?:^|\$\()(aws .+?)(?:\)$| > \S+$|$)", line)


def read(command: str, values: Mapping[str, str]) -> Call:
    """What the command means, with the shell's variables filled in. Raises AssertionError, or what botocore
    raises, for a command, an option or a value that AWS does not know."""
    words = shlex.split(Template(command).substitute(values), comments=True)
    assert words[0] == "aws"
    assert not [word for word in words if word.startswith(ONLY_IN_THE_SECOND)]
    if words[2] == "wait":
        waiters = _waiters(words[1])
        name = next(name for name in waiters.waiter_names if xform_name(name, "-") == words[3])
        asked = [*words[:2], xform_name(waiters.get_waiter(name).operation, "-"), *words[4:]]
        return replace(read(shlex.join(asked), {}), waiter=xform_name(name))
    model = _model(words[1])
    operation = next(o for o in model.operation_names if xform_name(o, "-") == words[2])
    members = model.operation_model(operation).input_shape.members
    names = {xform_name(name, "-"): name for name in members}
    given = dict(_options(words[3:]))
    assert given.keys() <= names.keys() | OF_THE_CLI, given.keys() - names.keys()
    parameters = {names[o]: _value(members[names[o]], t) for o, t in given.items() if o not in OF_THE_CLI}
    report = ParamValidator().validate(parameters, model.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()
    return Call(words[1], operation, parameters, " ".join(given.get("query", ())))


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _waiters(service: str) -> Any:
    return botocore.session.get_session().get_waiter_model(service)


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    starts = [number for number, word in enumerate(words) if word.startswith("--")]
    assert starts[:1] in ([0], []), words
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        yield words[start].removeprefix("--"), words[start + 1 : end]


def _value(shape: Any, texts: list[str]) -> Any:
    if shape.type_name == "list":
        return [_value(shape.member, [text]) for text in texts]
    if shape.type_name == "boolean":  # of which the CLI makes an option without a value
        assert not texts
        return True
    (text,) = texts
    return _shorthand(shape, text) if shape.type_name == "structure" else text


def _shorthand(shape: Any, text: str) -> dict[str, Any]:
    """`Name=x,Values=a,b`: a part without an equals sign goes on with the list before it."""
    found: dict[str, list[str]] = {}
    for part in text.split(","):
        name, is_new, value = part.partition("=")
        if is_new:
            found[name] = [value]
        else:
            found[list(found)[-1]].append(part)
    return {name: _value(shape.members[name], texts) for name, texts in found.items()}
