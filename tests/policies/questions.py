"""What IAM is asked for one call: each resource by itself, with the condition keys that AWS has there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.policies import reference
from tests.policies.deployed import Deployed
from tests.policies.evaluator import Question, Value
from tests.policies.naming import CREATED, Resource
from tests.policies.recorder import Call
from tests.template.cfn import PSEUDO

PUBLIC_PARAMETERS = "/aws/service/"
_RESOLVED = "resolve:ssm:"
_IMAGE = "ami-0123456789abcdef0"
"""An image belongs to no stack, so any will do."""


def questions(call: Call, deployed: Deployed) -> Iterator[Question]:
    """The questions of a call, and of what AWS does in the caller's name for it."""
    if call.action == "ssm:GetParameters":  # of the stack's own parameter, whichever that is
        yield from _reading_the_image(call, deployed)
        return
    resources = [*call.resources, *_from_the_template(call, deployed)]
    for resource in resources:
        yield _about(call, resource, deployed)
    if not reference.kinds(call.action):
        yield Question(call.action, "*")
    yield from _of_its_snapshots(call)
    yield from _of_its_disks(call, deployed)
    if call.action == "servicequotas:GetServiceQuota":
        return  # its dependent actions read the quotas of other services than EC2
    for dependent in reference.dependents(call.action):
        yield from _DEPENDENTS[dependent](call, deployed)


def _of_its_snapshots(call: Call) -> Iterator[Question]:
    """An image that goes with its snapshots, which have its tags: EC2 deletes those for the caller."""
    if call.parameters.get("DeleteAssociatedSnapshots"):
        (image,) = call.resources
        known: dict[str, Value] = {f"{key}/{t}": v for key in _TAG_KEYS for t, v in image.tags.items()}
        arn = reference.kinds("ec2:DeleteSnapshot")["snapshot"].arn("snap-0123456789abcdef0")
        yield _question("ec2:DeleteSnapshot", "snapshot", arn, known)


_KEY_USES = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_ENCRYPTING = {"ec2:RunInstances": _KEY_USES, "ec2:StartInstances": ("kms:CreateGrant",)}
"""What EC2 does in the caller's name with a customer's key (EBS User Guide, requirements for encryption)."""


def _of_its_disks(call: Call, deployed: Deployed) -> Iterator[Question]:
    """A disk that a customer's key encrypts: EC2 uses it for the caller, and grants its use to itself."""
    for mapping in deployed.launch_template["BlockDeviceMappings"]:
        if key := mapping["Ebs"].get("KmsKeyId"):
            for action in _ENCRYPTING.get(call.action, ()):
                of_itself: dict[str, Value] = (
                    {"kms:GrantIsForAWSResource": "true"} if action == "kms:CreateGrant" else {}
                )
                yield Question(action, key, {"kms:ViaService": "ec2.us-east-1.amazonaws.com", **of_itself})


def _from_the_template(call: Call, deployed: Deployed) -> Iterator[Resource]:
    if call.action == "ec2:RunInstances":
        yield Resource("image", _IMAGE)
        if key_pair := deployed.launch_template.get("KeyName"):
            yield Resource("key-pair", key_pair)


def _about(call: Call, resource: Resource, deployed: Deployed) -> Question:
    created = resource.kind in CREATED.get(call.action, ())
    given = _given_tags(call).get(resource.kind, {}) if created else {}
    known = {
        **{f"{key}/{tag}": value for key in _TAG_KEYS for tag, value in resource.tags.items()},
        **_request_tags(given),
        **_of_the_call(call, deployed),
    }
    arn = reference.kinds(call.action)[resource.kind].arn(resource.id)
    return _question(call.action, resource.kind, arn, known)


_TAG_KEYS = ("aws:ResourceTag", "ec2:ResourceTag", "ssm:resourceTag")


def _question(action: str, kind: str, arn: str, known: Mapping[str, Value]) -> Question:
    """With the keys that the reference lists there: a policy that looks at another finds nothing."""
    return Question(action, arn, {k: v for k, v in known.items() if reference.takes(action, kind, k)})


def _given_tags(call: Call) -> dict[str, dict[str, str]]:
    return {
        given["ResourceType"]: {tag["Key"]: tag["Value"] for tag in given["Tags"]}
        for given in call.parameters.get("TagSpecifications", [])
    }


def _request_tags(tags: Mapping[str, str]) -> dict[str, Value]:
    keys: dict[str, Value] = {f"aws:RequestTag/{tag}": value for tag, value in tags.items()}
    return {**keys, "aws:TagKeys": tuple(tags)} if tags else keys


def _of_the_call(call: Call, deployed: Deployed) -> dict[str, Value]:
    if template := call.parameters.get("LaunchTemplate"):
        kind = reference.kinds(call.action)["launch-template"]
        return {"ec2:LaunchTemplate": kind.arn(template["LaunchTemplateId"])}
    if entries := call.parameters.get("Entries"):
        return {
            "events:source": tuple(entry["Source"] for entry in entries),
            "events:detail-type": tuple(entry["DetailType"] for entry in entries),
        }
    if item := call.parameters.get("Item"):
        return {"dynamodb:LeadingKeys": (item["pk"]["S"],)}
    return {}


def _tagging(call: Call, _: Deployed) -> Iterator[Question]:
    """Tags at launch are a call of their own to IAM."""
    action = "ec2:CreateTags"
    for kind, tags in _given_tags(call).items():
        known = {**_request_tags(tags), "ec2:CreateAction": call.action.split(":")[1]}
        yield _question(action, kind, reference.kinds(action)[kind].arn("*"), known)


def _passing(_: Call, deployed: Deployed) -> Iterator[Question]:
    """The launch template's instance profile gives the node a role."""
    known = {"iam:PassedToService": "ec2.amazonaws.com"}
    yield _question("iam:PassRole", "role", deployed.node_role, known)


def _reading_the_image(_: Call, deployed: Deployed) -> Iterator[Question]:
    """The launch template names its image by a parameter; AWS's own parameters belong to no account."""
    action = "ssm:GetParameters"
    name = deployed.launch_template["ImageId"].removeprefix(_RESOLVED)
    arn = reference.kinds(action)["parameter"].arn(name.removeprefix("/"))
    if name.startswith(PUBLIC_PARAMETERS):
        arn = arn.replace(f":{PSEUDO['AWS::AccountId']}:", "::")
    yield _question(action, "parameter", arn, {})


def _listing(call: Call, _: Deployed) -> Iterator[Question]:
    """Who names no stack is shown all (CloudFormation API reference, DescribeStacks)."""
    if "StackName" not in call.parameters:
        yield Question("cloudformation:ListStacks", "*")


_DEPENDENTS: Mapping[str, Callable[[Call, Deployed], Iterator[Question]]] = {
    "cloudformation:ListStacks": _listing,
    "ec2:CreateTags": _tagging,
    "iam:PassRole": _passing,
    "ssm:GetParameters": _reading_the_image,
}
