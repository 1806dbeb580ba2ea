"""The template after SAM's transform, for those who cannot use it, such as service-managed StackSets."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

BUCKET = "AssetBucket"
PARAMETER = {
    "Type": "String",
    "AllowedPattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    "ConstraintDescription": "the name of an S3 bucket.",
    "Description": "The bucket with natkeeper's zips. It must lie in the region of the stack.",
}
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
"""The property of each of SAM's types that names a folder."""
FOR_THE_BUILD_ALONE = ("AWS::ServerlessRepo::Application",)


def folders(template: Mapping[str, Any]) -> dict[str, str]:
    """Returns the folder of each function and layer of a template that `sam build` wrote, by logical id."""
    resources = template["Resources"].items()
    return {name: r["Properties"][CODE[r["Type"]]] for name, r in resources if r["Type"] in CODE}


def processed(template: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """Returns the template in CloudFormation's own types, its code under `keys` (by logical id) in a bucket
    that is a parameter. SAM's errors come through."""
    fragment = copy.deepcopy(dict(template))
    fragment["Parameters"] = {BUCKET: dict(PARAMETER), **fragment["Parameters"]}
    for name in FOR_THE_BUILD_ALONE:
        fragment.get("Metadata", {}).pop(name, None)
    for name, resource in fragment["Resources"].items():
        if name in keys:
            location = {"Bucket": {"Ref": BUCKET}, "Key": keys[name]}
            resource["Properties"][CODE[resource["Type"]]] = location
            resource.pop("Metadata", None)  # how it was built
    # No managed policy is named in the template, so none is ever asked for.
    made: dict[str, Any] = transform(fragment, {}, ManagedPolicyLoader(None))
    return made
