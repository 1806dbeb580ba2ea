"""What `make package` hands out: the same bytes in every build, of the template that `sam deploy` uses."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lab.stage.deployment import build_anew
from release.archive import archive
from release.package import PREFIX, package, template_name
from tests.template.cfn import ROOT, template

BIN = Path(sys.executable).parent
MOST = 1_000_000
"""Bytes of a template that CloudFormation takes from S3."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_anew(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def files(built: Path) -> dict[str, bytes]:
    return package(built)


@pytest.fixture(scope="module")
def made(files: dict[str, bytes]) -> dict[str, Any]:
    """The processed template."""
    loaded: dict[str, Any] = json.loads(files[template_name()])
    return loaded


def references(part: object) -> set[str]:
    """Every name that a part of a template refers to, by Ref or within Fn::Sub."""
    text = json.dumps(part)
    return {*re.findall(r'"Ref": "([^"]+)"', text), *re.findall(r"\$\{([A-Za-z0-9:]+)", text)}


def test_two_builds_in_two_folders_and_regions_are_equal_to_the_byte(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")

    assert package(build_anew(tmp_path / "again")) == files


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
    files: dict[str, bytes], made: dict[str, Any]
) -> None:
    properties = [r.get("Properties", {}) for r in made["Resources"].values()]
    code = [p.get("Code") or p["Content"] for p in properties if "Code" in p or "CompatibleRuntimes" in p]

    assert len(code) == len(list((ROOT / "functions").glob("*/handler.py"))) + 1
    assert all(c["S3Bucket"] == {"Ref": "AssetBucket"} for c in code)
    assert {c["S3Key"] for c in code} == {f"{PREFIX}/{name}" for name in files if name.endswith(".zip")}


def test_zips_hold_what_lambda_starts(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as zipped:
                wanted = "python/natkeeper/bootstrap.py" if "Layer" in name else "handler.py"
                assert wanted in zipped.namelist()
                assert zipped.testzip() is None


def test_no_parameter_is_lost_or_fixed_by_the_transform(made: dict[str, Any]) -> None:
    parameters = template()["Parameters"].keys()

    assert made["Parameters"].keys() - parameters == {"AssetBucket"}
    assert references(made) & parameters == references(template()) & parameters
    assert {"AWS::Region", "AWS::Partition", "AWS::StackName"} <= references(made)
    assert made["Rules"] == template()["Rules"]
    assert made["Conditions"] == template()["Conditions"]
    assert made["Outputs"] == template()["Outputs"]


def test_it_needs_no_transform_and_fits_into_cloudformation(
    files: dict[str, bytes], made: dict[str, Any]
) -> None:
    assert "Transform" not in made
    assert "AWS::ServerlessRepo::Application" not in made["Metadata"]
    assert not [r for r in made["Resources"].values() if r["Type"].startswith("AWS::Serverless")]
    assert len(files[template_name()]) < MOST


def test_cfn_lint_has_nothing_to_say_of_it(files: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / template_name()).write_bytes(files[template_name()])
    command = [str(BIN / "cfn-lint"), str(tmp_path / template_name())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_it_names_no_path_of_the_machine_that_built_it(files: dict[str, bytes], built: Path) -> None:
    for content in files.values():
        assert str(ROOT).encode() not in content
        assert str(built).encode() not in content
