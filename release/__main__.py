"""Writes a release into build/package and tells how to hand it out: `make package BUCKET=...`."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from urllib.parse import urlencode

from release.package import FLEET, PREFIX, STACK, package, template_name
from release.version import version

BUILDS = {STACK: Path(".aws-sam/build"), FLEET: Path(".aws-sam/fleet")}
PACKAGE = Path("build/package")


def launch_link(bucket: str, region: str) -> str:
    """Returns the address that opens CloudFormation's console with the template and its bucket filled in."""
    template = f"https://{bucket}.s3.{region}.amazonaws.com/{PREFIX}/{template_name()}"
    given = urlencode({"templateURL": template, "stackName": "natkeeper", "param_AssetBucket": bucket})
    console = f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}"
    return f"{console}#/stacks/quickcreate?{given}"


def main() -> None:
    """Writes the files and prints the next steps."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("--bucket", default="YOUR-BUCKET", help="a bucket in the region of the stacks")
    parser.add_argument("--region", default="us-east-1")
    given = parser.parse_args()
    shutil.rmtree(PACKAGE, ignore_errors=True)
    PACKAGE.mkdir(parents=True)
    files = package(BUILDS)
    for name, content in files.items():
        (PACKAGE / name).write_bytes(content)
    print(f"natkeeper {version()}: {len(files)} files in {PACKAGE}")
    print(f"upload:       aws s3 cp --recursive {PACKAGE} s3://{given.bucket}/{PREFIX}/")
    print(f"launch stack: {launch_link(given.bucket, given.region)}")
    print("every other way to install: docs/install.md")


if __name__ == "__main__":
    main()
