"""Looks at the VPCs of a region with your own credentials, reads only, and tells what natkeeper would find,
cost and save: `make doctor`."""

from __future__ import annotations

import argparse
import json
import sys

import boto3
from botocore.exceptions import BotoCoreError
from rich.console import Console

from doctor.consultation import consult, look_at, to_read
from doctor.intention import Intention
from doctor.terminal import show
from natkeeper import bootstrap
from natkeeper.core.doctor.findings import Occasion


def main() -> None:
    """Prints what there is to say. Ends with an error when nothing can be asked at all, when a VPC that is
    asked for is not there, when none could be read, and when parameters that were given would not do."""
    parser = _parser()
    given = parser.parse_args()
    like = {"InstanceTypes": given.types, "ImageParameter": given.image}
    meant = Intention({**like, **dict(given.parameters)}, given.stack)
    if wrong := meant.misfits():
        parser.error(wrong)
    try:
        boto3.setup_default_session(region_name=given.region, profile_name=given.profile)
        survey = bootstrap.survey()
    except BotoCoreError as error:
        parser.exit(1, f"AWS cannot be asked: {error}. Give --region or --profile.\n")
    facts = survey.take(to_read(meant.model), Occasion.BEFORE)
    consultation = consult(facts, meant.model, given.vpc or meant.vpcs, given.profile or "")
    if given.parameters:
        consultation = look_at(meant, facts, consultation)
    if given.json:
        print(json.dumps(consultation.figures(), indent=2))
    else:
        show(consultation, Console(emoji=False))
    if consultation.failed:
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m doctor", description=__doc__)
    parser.add_argument("--region", help="instead of the one of your AWS profile")
    parser.add_argument("--profile", help="of your AWS configuration")
    parser.add_argument("--vpc", action="append", default=[], help="only this VPC; may be given again")
    parser.add_argument("--types", default="auto", help="as the stack's parameter InstanceTypes")
    parser.add_argument("--image", default="", help="as the stack's parameter ImageParameter")
    parser.add_argument(
        "--parameters", nargs="+", default=[], metavar="Name=value", type=_pair,
        help="what you mean to deploy, as for sam deploy --parameter-overrides: would it do?",
    )  # fmt: skip
    parser.add_argument(
        "--stack", default="natkeeper", help="the stack that --parameters is for, natkeeper if not named",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def _pair(word: str) -> tuple[str, str]:
    name, is_there, value = word.partition("=")
    if not is_there:
        raise argparse.ArgumentTypeError(f"{word!r} is no Name=value")
    return name, value


if __name__ == "__main__":
    main()
