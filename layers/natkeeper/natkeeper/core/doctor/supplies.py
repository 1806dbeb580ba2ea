"""Judgements about what a node is made of, and whether the account has it: image, types, quotas, key."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts, ImageKind
from natkeeper.core.doctor.findings import Mistake, known
from natkeeper.core.doctor.network import vpc_of
from natkeeper.core.model import Unread

IMAGE_DATA = "aws:ec2:image"
_IMAGE = re.compile(r"ami-[0-9a-z]+")
STANDARD = tuple("acdhimrtz")
"""First letters of the families that share the quota L-1216C47A (EC2 User Guide, on-demand quotas)."""
OTHER_FAMILIES = ("inf", "trn", "hpc", "dl", "mac")
SEE = "docs/parameters.md says what each parameter takes"
PER_NODE = 2
"""vCPUs of a node when its type is not known: every nano, micro and small of today has two."""


def parameters(_: Facts, asked: Asked) -> Iterator[Mistake]:
    """What the parameters get wrong by themselves."""
    yield from (Mistake(what, SEE) for what in asked.mistakes)


def missing_image(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """The image, or the parameter that should name it, is not there."""
    name, parameter = asked.image_parameter, known(facts.parameter)
    if parameter is None:
        yield Mistake(
            f"there is no SSM parameter {name} in {facts.region}",
            "look at the spelling of ImageParameter, or leave it out for Amazon Linux 2023",
        )
    elif not _IMAGE.fullmatch(parameter.value):
        yield Mistake(f"SSM parameter {name} holds {parameter.value!r}", "it should hold an id like ami-0123")
    elif parameter.data_type != IMAGE_DATA and not name.startswith("/aws/"):
        yield Mistake(
            f"SSM parameter {name} has the data type {parameter.data_type}, from which EC2 launches nothing",
            f"delete it, then: aws ssm put-parameter --name {shlex.quote(name)} --type String "
            f"--data-type {IMAGE_DATA} --value {parameter.value}",
        )
    elif known(facts.image) is None:
        yield Mistake(
            f"image {parameter.value}, which SSM parameter {name} names, is not there",
            "was it deregistered, or not shared with this account? Put another into the parameter",
        )


def unfit_types(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Types that the region does not know, or that cannot run the image. Of a list that natkeeper chose, one
    that fits is enough."""
    kinds = known(facts.kinds)
    unknown = [name for name in asked.types if name not in kinds]
    if unknown and (not asked.chosen or len(unknown) == len(asked.types)):
        yield Mistake(
            f"{facts.region} has no instance type {', '.join(unknown)}",
            "look at the spelling in InstanceTypes, or leave it out: auto takes the cheapest that fit",
        )
    if any(what.startswith("InstanceTypes") for what in asked.mistakes):
        return  # told by the parameters already
    image = known(facts.image)
    unfit = [
        n for n in asked.types if n in kinds and image and image.architecture not in kinds[n].architectures
    ]
    if unfit and image:
        yield Mistake(
            _unfit(unfit, image), "take types of the image's processor, or an image for these types"
        )


def _unfit(names: list[str], image: ImageKind) -> str:
    return f"image {image.id} is for {image.architecture} processors; {', '.join(names)} cannot run it"


def unoffered_types(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Zones that have none of the types."""
    offers, listed = known(facts.offers), known(facts.subnets)
    for zone in sorted({listed[s].subnet.zone for s in asked.public_subnets if s in listed}):
        if offers.get(zone, frozenset()).isdisjoint(asked.types):
            yield Mistake(
                f"zone {zone} has none of {', '.join(asked.types)}",
                "add a type to InstanceTypes that it has: aws ec2 describe-instance-type-offerings "
                f"--location-type availability-zone --filters Name=location,Values={zone}",
            )


def few_vcpus(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """The account may not run the nodes of each zone, and one more while a node is replaced."""
    quota = known(facts.vcpu_quota)
    counted = [m for m in known(facts.machines) if m.runs and not m.spot and _is_standard(m.type)]
    others = sum(m.vcpus for m in counted if not asked.stack or m.stack != asked.stack)
    kinds = {} if isinstance(facts.kinds, Unread) else facts.kinds
    each = max((kinds[name].vcpus for name in asked.types[:1] if name in kinds), default=PER_NODE)
    nodes = asked.zones * asked.nodes_per_zone
    needed = each * (nodes + 1)
    if others + needed > quota:
        yield Mistake(
            f"nodes need {needed} vCPUs ({each} for each of {_counted(nodes, asked.zones)}, {each} more "
            f"while one is replaced); {max(quota - others, 0)} of the quota of {quota} are free",
            "ask for more (Service Quotas, L-1216C47A), or end instances that nobody needs",
        )


def _counted(nodes: int, zones: int) -> str:
    return f"{zones} zones" if nodes == zones else f"{nodes} nodes, two a zone"


def _is_standard(name: str) -> bool:
    return name.startswith(STANDARD) and not name.startswith(OTHER_FAMILIES)


def few_addresses(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """The quota of elastic addresses is too small for one a zone, but for those that are brought along; and
    one more for each NAT gateway that is made while a node that hangs still has the zone's."""
    quota, used = known(facts.address_quota), len(known(facts.addresses))
    resorts = asked.zones if asked.last_resort else 0
    needed = max(asked.zones - len(asked.allocations), 0) + resorts
    if needed > 0 and used + needed > quota:
        yield Mistake(
            f"{needed} elastic addresses are needed"
            f"{f', {resorts} of them for NAT gateways as last resort' if resorts else ''};"
            f" {max(quota - used, 0)} of {quota} are free",
            "ask for more (Service Quotas, L-0263D0A3), release one, or deploy with KeepAddress=false",
        )


def few_gateways(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """A zone has as many NAT gateways as it may, so that none can be a last resort there."""
    if not asked.last_resort:
        return
    quota, listed = known(facts.gateway_quota), known(facts.subnets)
    zones = {listed[s].subnet.zone for s in asked.public_subnets if s in listed}
    standing = [
        listed[g.subnet].subnet.zone for g in known(facts.gateways) if g.subnet and g.subnet in listed
    ]
    for zone in sorted(zone for zone in zones if standing.count(zone) >= quota):
        yield Mistake(
            f"zone {zone} has {standing.count(zone)} NAT gateways of {quota} that it may have: "
            "there is no room for one as last resort",
            "ask for more (Service Quotas, L-FE5A380F), or delete one that nobody needs",
        )


def strange_key(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Disks are encrypted with a key of the user's own that nothing lets the nodes use."""
    key = known(facts.disk_key)
    if not asked.disk_key and not key.endswith("alias/aws/ebs"):
        yield Mistake(
            f"new disks are encrypted with {key}, a key of your own: a node that cannot use it ends at once",
            "name its ARN in DiskKeyArn, and let the key's policy allow this account to use it by EC2",
        )


def blocked_internet(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """VPC Block Public Access stops every instance's traffic with the internet; only NAT gateways pass."""
    block = known(facts.block)
    spared = vpc_of(facts, asked) in block.spared
    shut = [subnet for subnet in asked.public_subnets if subnet not in block.spared]
    if block.mode != "off" and shut and not spared:
        yield Mistake(
            f"VPC Block Public Access is {block.mode} in {facts.region}: {', '.join(shut)} reach nothing",
            f"aws ec2 create-vpc-block-public-access-exclusion --subnet-id {shut[0]} "
            "--internet-gateway-exclusion-mode allow-bidirectional (for each of them)",
        )


def ineligible_types(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """An account of the Free Plan may launch only some types."""
    if known(facts.plan) != "FREE":
        return
    kinds = known(facts.kinds)
    if not any(kinds[name].free_plan for name in asked.types if name in kinds):
        yield Mistake(
            f"this account is on the Free Plan, which has none of {', '.join(asked.types)}",
            "take t4g.micro or t3.micro into InstanceTypes, or upgrade the account to the Paid Plan",
        )
