"""What `make package` hands out, of the template that `sam deploy` uses. That two builds are equal is shown
by tests/life/test_package.py, for they take their time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lab.stage.deployment import build_anew
from release.archive import archive
from release.package import FLEET, PREFIX, STACK, package, template_name
from tests.template.cfn import ROOT, template

MOST = 1_000_000
"""Bytes of a template that CloudFormation takes from S3."""


Made = dict[str, dict[str, Any]]
SOURCES = {STACK: "template.yaml", FLEET: "fleet.yaml"}


def build_all(folder: Path) -> dict[str, Path]:
    return {of: build_anew(folder / of, source) for of, source in SOURCES.items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build_all(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def files(built: dict[str, Path]) -> dict[str, bytes]:
    return package(built)


@pytest.fixture(scope="module")
def made(files: dict[str, bytes]) -> Made:
    """The processed templates."""
    return {of: json.loads(files[template_name(of)]) for of in SOURCES}


def references(part: object) -> set[str]:
    """Every name that a part of a template refers to, by Ref or within Fn::Sub."""
    text = json.dumps(part)
    return {*re.findall(r'"Ref": "([^"]+)"', text), *re.findall(r"\$\{([A-Za-z0-9:]+)", text)}


def test_a_zip_forgets_times_rights_order_and_bytecode(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "other"
    for folder, names in zip(folders, (("a.py", "b/c.py"), ("b/c.py", "a.py")), strict=True):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
    os.utime(folders[1] / "a.py", (0, 0))
    (folders[1] / "a.py").chmod(0o700)
    (folders[1] / "__pycache__").mkdir()
    (folders[1] / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"")

    assert archive(folders[0]) == archive(folders[1])


def test_every_file_but_the_list_is_in_the_list_with_its_checksum(files: dict[str, bytes]) -> None:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    others = sorted(sums.keys() - {"SHA256SUMS"})

    assert files["SHA256SUMS"].decode().splitlines() == [f"{sums[name]}  {name}" for name in others]


def test_every_function_and_the_layer_take_their_code_from_the_bucket_that_is_given(
    files: dict[str, bytes], made: Made
) -> None:
    properties = [r.get("Properties", {}) for one in made.values() for r in one["Resources"].values()]
    code = [p.get("Code") or p["Content"] for p in properties if "Code" in p or "CompatibleRuntimes" in p]

    handlers = list((ROOT / "functions").glob("*/handler.py"))
    assert len(code) == len(handlers) + len(SOURCES) + 1, "the hub hears by one function and shows by another"
    assert all(c["S3Bucket"] == {"Ref": "AssetBucket"} for c in code)
    assert {c["S3Key"] for c in code} == {f"{PREFIX}/{name}" for name in files if name.endswith(".zip")}


def test_zips_hold_what_lambda_starts(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as zipped:
                wanted = "python/natkeeper/bootstrap.py" if "Layer" in name else "handler.py"
                assert wanted in zipped.namelist()
                assert zipped.testzip() is None


def test_both_templates_take_the_layer_from_one_zip(files: dict[str, bytes], made: Made) -> None:
    layers = [one["Resources"].values() for one in made.values()]
    keys = {
        r["Properties"]["Content"]["S3Key"]
        for one in layers
        for r in one
        if r["Type"] == "AWS::Lambda::LayerVersion"
    }

    assert len(keys) == 1
    assert sum("Layer" in name for name in files) == 1


@pytest.mark.parametrize("of", SOURCES)
def test_no_parameter_is_lost_or_fixed_by_the_transform(made: Made, of: str) -> None:
    source, processed = template(ROOT / SOURCES[of]), made[of]
    parameters = source["Parameters"].keys()

    assert processed["Parameters"].keys() - parameters == {"AssetBucket"}
    assert references(processed) & parameters == references(source) & parameters
    assert {"AWS::Region", "AWS::Partition", "AWS::StackName"} <= references(processed)
    assert processed["Rules"] == source["Rules"]
    assert processed["Conditions"] == source["Conditions"]
    assert processed["Outputs"] == source["Outputs"]


@pytest.mark.parametrize("of", SOURCES)
def test_it_needs_no_transform_and_fits_into_cloudformation(
    files: dict[str, bytes], made: Made, of: str
) -> None:
    assert "Transform" not in made[of]
    assert "AWS::ServerlessRepo::Application" not in made[of]["Metadata"]
    assert not [r for r in made[of]["Resources"].values() if r["Type"].startswith("AWS::Serverless")]
    assert len(files[template_name(of)]) < MOST


def test_it_names_no_path_of_the_machine_that_built_it(
    files: dict[str, bytes], built: dict[str, Path]
) -> None:
    for content in files.values():
        assert str(ROOT).encode() not in content
        assert all(str(folder).encode() not in content for folder in built.values())
