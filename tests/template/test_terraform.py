"""The Terraform module: parsed, its names held against the template's, its values planned where there is a
Terraform. Its provider is not needed for that; nothing here talks to AWS."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest

from release.package import PREFIX
from release.processed_template import BUCKET
from release.version import version
from tests.template.cfn import ROOT, template
from tests.template.stacks import EXISTING
from tests.template.terraform_inputs import VARIABLES, terraform_variables

MODULE = ROOT / "integrations" / "terraform"
FILES = sorted(MODULE.rglob("*.tf"))


def plain(part: Any) -> Any:
    """What a file says, without the quotes and marks that the parser keeps."""
    if isinstance(part, Mapping):
        return {plain(key): plain(value) for key, value in part.items() if not key.startswith("__")}
    if isinstance(part, list):
        return [plain(one) for one in part]
    return part.strip('"') if isinstance(part, str) else part


def blocks(kind: str, *files: Path) -> dict[str, Any]:
    """The blocks of a kind by their last label."""
    found: dict[str, Any] = {}
    for file in files:
        with file.open() as source:
            for block in plain(hcl2.load(source)).get(kind, []):
                ((label, body),) = block.items()
                nested = isinstance(body, Mapping) and kind in ("resource", "data")
                found |= body if nested else {label: body}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(MODULE)))
def test_every_file_is_terraforms_language(file: Path) -> None:
    with file.open() as source:
        assert hcl2.load(source)


def test_it_takes_every_parameter_of_the_template_and_no_other() -> None:
    assert VARIABLES.read_text() == terraform_variables(), "run `make docs`"


def test_a_vpc_is_given_to_the_parameters_that_an_existing_one_needs() -> None:
    given = set(re.findall(r"^    (\w+) += ", (MODULE / "locals.tf").read_text(), re.MULTILINE))

    assert given == EXISTING.given.keys()


def test_the_stack_is_the_release_in_the_bucket() -> None:
    stack = blocks("resource", MODULE / "main.tf")["natkeeper"]

    assert f"/{PREFIX}/natkeeper-${{var.release}}.json" in stack["template_url"]
    assert stack["parameters"] == "${local.parameters}"
    assert f"{BUCKET} = var.bucket" in (MODULE / "locals.tf").read_text()
    assert stack["capabilities"] == ["CAPABILITY_IAM"]


def test_every_variable_that_is_used_is_declared_and_the_other_way_round() -> None:
    declared = blocks("variable", VARIABLES).keys()
    text = "".join((MODULE / name).read_text() for name in ("main.tf", "locals.tf"))

    assert set(re.findall(r"\bvar\.(\w+)", text)) == declared


def test_the_example_gives_what_the_module_takes_and_asks_for_outputs_that_exist() -> None:
    example = MODULE / "example" / "main.tf"
    call = blocks("module", example)["natkeeper"]
    asked = set(re.findall(r'module\.natkeeper\.outputs\["(\w+)"\]', example.read_text()))

    assert call.keys() - {"source", "depends_on"} <= blocks("variable", VARIABLES).keys()
    assert call["parameters"].keys() <= template()["Parameters"].keys()
    assert call["release"] == version()
    assert asked
    assert asked <= template()["Outputs"].keys()


def planned(folder: Path, **variables: Any) -> subprocess.CompletedProcess[str]:
    """A plan of the module's variables and values, without its resource."""
    for name in ("variables.tf", "locals.tf"):
        shutil.copy(MODULE / name, folder)
    (folder / "shown.tf").write_text("output parameters {\n  value = local.parameters\n}\n")
    (folder / "given.auto.tfvars.json").write_text(json.dumps({"bucket": "b", "release": "1", **variables}))
    command = ["terraform", f"-chdir={folder}", "plan", "-no-color", "-input=false"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(not shutil.which("terraform"), reason="this machine has no terraform")
def test_terraform_plans_the_parameters_of_a_vpc_and_refuses_a_name_that_is_none(tmp_path: Path) -> None:
    vpc = {"id": "vpc-1", "public_subnet_ids": ["s1", "s2"], "private_route_table_ids": ["r"]}
    whole = planned(tmp_path, vpc={**vpc, "private_cidrs": ["10.0.0.0/16"]}, parameters={"Awake": "always"})
    alone = planned(tmp_path)
    wrong = planned(tmp_path, parameters={"Awaek": "always"})

    assert re.findall(r"\+ (\w+) += \"(.+)\"", whole.stdout) == [
        ("AssetBucket", "b"),
        ("Awake", "always"),
        ("ExistingPrivateRouteTableIds", "r"),
        ("ExistingPublicSubnetIds", "s1,s2"),
        ("ExistingVpcId", "vpc-1"),
        ("NetworkMode", "existing"),
        ("PrivateCidrs", "10.0.0.0/16"),
    ]
    assert re.findall(r"\+ (\w+) += \"(.+)\"", alone.stdout) == [("AssetBucket", "b")]
    assert wrong.returncode
    assert "none of the template's" in wrong.stderr
