"""Looks at the VPCs of a region with your own credentials, reads only, and tells what natkeeper would find,
cost and save: `make doctor`."""

from __future__ import annotations

import argparse
import json
import sys

import boto3
from botocore.exceptions import BotoCoreError
from rich.console import Console

from doctor.consultation import consult, to_read
from doctor.terminal import show
from natkeeper import bootstrap
from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.intake.instance_types import choose_types
from natkeeper.doctor.request import asked_for


def main() -> None:
    """Prints what there is to say. Ends with an error when nothing can be asked at all, when a VPC that is
    asked for is not there, and when none could be read."""
    parser = argparse.ArgumentParser(prog="python -m doctor", description=__doc__)
    parser.add_argument("--region", help="instead of the one of your AWS profile")
    parser.add_argument("--profile", help="of your AWS configuration")
    parser.add_argument("--vpc", action="append", default=[], help="only this VPC; may be given again")
    parser.add_argument("--types", default="auto", help="as the stack's parameter InstanceTypes")
    parser.add_argument("--image", default="", help="as the stack's parameter ImageParameter")
    parser.add_argument("--json", action="store_true", help="for machines")
    given = parser.parse_args()
    model = asked_for({"InstanceTypes": given.types, "ImageParameter": given.image})
    if wrong := choose_types(given.types, model.image_parameter)[1]:
        parser.error(f"InstanceTypes {wrong} (--types, --image)")
    try:
        boto3.setup_default_session(region_name=given.region, profile_name=given.profile)
        survey = bootstrap.survey()
    except BotoCoreError as error:
        parser.exit(1, f"AWS cannot be asked: {error}. Give --region or --profile.\n")
    consultation = consult(
        survey.take(to_read(model), Occasion.BEFORE), model, given.vpc, given.profile or ""
    )
    if given.json:
        print(json.dumps(consultation.figures(), indent=2))
    else:
        show(consultation, Console(emoji=False))
    if consultation.unread:
        sys.exit(1)


if __name__ == "__main__":
    main()
