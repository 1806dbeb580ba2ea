"""How functions of the local AWS start and end."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.local_aws.aws import LocalAws

ROLE = "none"
SLOW = """
import os, pathlib, time
def handler(event, context):
    pathlib.Path(event["started"]).touch()
    while not pathlib.Path(event["end"]).exists():
        time.sleep(0.05)
    return os.environ["WORD"]
"""
"""Ends when the file is there, and says what it was given when it began."""


def packed(name: str, text: str) -> bytes:
    """A zip of one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, text)
    return made.getvalue()


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Lambda's client, and a role for functions that may do nothing."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with LocalAws(tmp_path_factory.mktemp("logs")) as aws:
        document = json.dumps({"Statement": [trust]})
        aws.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)
        yield aws.client("lambda")


def create(functions: Any, name: str, code: str, layers: Sequence[str] = (), **variables: str) -> None:
    """A function of one file, whose role may do nothing."""
    functions.create_function(
        FunctionName=name,
        Role=f"arn:aws:iam::000000000000:role/{ROLE}",
        Runtime="python3.13",
        Handler="index.handler",
        Timeout=30,
        Code={"ZipFile": packed("index.py", code)},
        Layers=list(layers),
        Environment={"Variables": variables},
    )


def ask(functions: Any, name: str, **event: str) -> Any:
    """What it returns, or the error."""
    return json.loads(functions.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"].read())


def test_functions_find_their_layer_unpacked_once_and_what_is_in_it(functions: Any) -> None:
    content = {"ZipFile": packed("python/words.py", "SAID = 'hello'")}
    layer = functions.publish_layer_version(LayerName="words", Content=content)["LayerVersionArn"]
    handler = "import words\ndef handler(event, context): return [words.SAID, words.__file__]"
    for name in ("reads-one", "reads-two"):
        create(functions, name, handler, [layer])
    said = [ask(functions, name) for name in ("reads-one", "reads-two")]

    assert said[0] == said[1]
    assert said[0][0] == "hello"


@pytest.mark.parametrize("change", ["code", "configuration", "deletion"])
def test_what_runs_when_its_function_changes_runs_to_its_end(
    functions: Any, tmp_path: Path, change: str
) -> None:
    started, end = tmp_path / "started", tmp_path / "end"
    create(functions, change, SLOW, WORD="old")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(ask, functions, change, started=str(started), end=str(end))
        assert wait_until(started.exists, 30)
        if change == "code":
            code = packed("index.py", "def handler(event, context): return 'new'")
            functions.update_function_code(FunctionName=change, ZipFile=code)
        elif change == "configuration":
            functions.update_function_configuration(
                FunctionName=change, Environment={"Variables": {"WORD": "new"}}
            )
        else:
            functions.delete_function(FunctionName=change)
        end.touch()

        assert answer.result(30) == "old"
    if change != "deletion":
        assert ask(functions, change, started=str(started), end=str(end)) == "new"
