"""One reading of an account: every part by itself, so that one refusal hides no other part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts, Vpc
from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.doctor.network import vpc_of
from natkeeper.core.errors import AwsError
from natkeeper.core.memory import Memory
from natkeeper.core.model import Unread
from natkeeper.doctor.sources import Identity, Offers, Plans, Quotas, Region, Systems, Traffic
from natkeeper.ports import Clock

POOL = partial(ThreadPoolExecutor, 8)
MONTH = timedelta(days=30)
Steps = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Survey:
    """Where everything is read. `memory` is the controller's, where there is a stack."""

    name: str
    region: Region
    offers: Offers
    systems: Systems
    quotas: Quotas
    plans: Plans
    identity: Identity
    traffic: Traffic
    clock: Clock
    memory: Callable[[], Memory] | None = None
    pool: Callable[[], Executor] = POOL

    def take(self, asked: Asked, occasion: Occasion) -> Facts:
        """What the checks of this occasion need. Raises no AwsError: what was not read says why."""
        facts = Facts(self.name, self.clock())
        steps = self._of_a_deployment(asked)
        if asked.stack and asked.keeps_address:
            steps = {**steps, "addresses": self.region.addresses, "machines": self.region.machines}
        if asked.allocations:
            steps = {**steps, **self._of_addresses()}
        if occasion is not Occasion.DEPLOYMENT:
            steps = {**steps, **self._of_the_account(asked)}
        if occasion is Occasion.BEFORE:
            steps = {**steps, **self._of_a_person(asked)}
        if occasion is Occasion.RUNNING and self.memory:
            steps = {**steps, "memory": self.memory}
        with self.pool() as pool:
            facts = _with(facts, steps, pool)
            return _with(facts, self._of_what_was_read(facts, asked, occasion), pool)

    def _of_a_deployment(self, asked: Asked) -> Steps:
        region, offers = self.region, self.offers
        return {
            "vpcs": region.vpcs,
            "subnets": region.subnets,
            "tables": region.tables,
            "parameter": lambda: self.systems.parameter(asked.image_parameter),
            "kinds": lambda: offers.kinds(asked.types) if asked.types else {},
        }

    def _of_addresses(self) -> Steps:
        """Who has which address."""
        region = self.region
        return {"addresses": region.addresses, "gateways": region.gateways, "machines": region.machines}

    def _of_the_account(self, asked: Asked) -> Steps:
        region, offers = self.region, self.offers
        return {
            "acls": region.acls,
            "machines": region.machines,
            "disk_key": region.disk_key,
            "block": region.block,
            "vcpu_quota": self.quotas.vcpus,
            "offers": lambda: offers.zones(asked.types) if asked.types else {},
        }

    def _of_a_person(self, asked: Asked) -> Steps:
        """What only a person may read, and wants to know before anything is deployed."""
        region = self.region
        quota: Steps = {"gateway_quota": self.quotas.gateways} if asked.last_resort else {}
        return {
            **quota,
            "gateways": region.gateways,
            "addresses": region.addresses,
            "address_quota": self.quotas.addresses,
            "plan": self.plans.plan,
            "account": self.identity.account,
        }

    def _of_what_was_read(self, facts: Facts, asked: Asked, occasion: Occasion) -> Steps:
        """What can be asked for only now."""
        steps: dict[str, Callable[[], Any]] = {}
        if isinstance(facts.parameter, Unread):
            steps["image"] = partial(_same, facts.parameter)
        else:
            named = facts.parameter
            steps["image"] = partial(self.offers.image, named.value) if named else partial(_same, None)
        if occasion is not Occasion.DEPLOYMENT:
            steps["vpcs"] = partial(self._resolving, facts, asked)
        if occasion is Occasion.BEFORE:
            steps["carried"] = partial(self._carried, facts)
        if occasion is Occasion.RUNNING:
            steps["online"] = partial(self._online, facts, asked)
        return steps

    def _resolving(self, facts: Facts, asked: Asked) -> tuple[Vpc, ...] | Unread:
        """Of the stack's own VPC; of all, where there is no stack."""
        if isinstance(facts.vpcs, Unread) or isinstance(facts.subnets, Unread):
            return facts.vpcs
        ours = vpc_of(facts, asked)
        looked_at = [vpc for vpc in facts.vpcs if ours in (None, vpc.id)]
        with self.pool() as pool:
            answers = list(pool.map(lambda vpc: attempt(partial(self.region.resolves, vpc.id)), looked_at))
        read = {vpc.id: answer for vpc, answer in zip(looked_at, answers, strict=True)}
        return tuple(replace(vpc, resolves=read.get(vpc.id, vpc.resolves)) for vpc in facts.vpcs)

    def _carried(self, facts: Facts) -> Mapping[str, tuple[float, ...]] | Unread:
        if isinstance(facts.gateways, Unread):
            return facts.gateways
        names = [gateway.id for gateway in facts.gateways]
        return self.traffic.carried(names, facts.now - MONTH, facts.now) if names else {}

    def _online(self, facts: Facts, asked: Asked) -> object:
        if isinstance(facts.machines, Unread):
            return facts.machines
        return self.systems.online([m.id for m in facts.machines if m.runs and m.stack == asked.stack])


def attempt(step: Callable[[], Any]) -> Any:
    """The step's result, or why AWS did not give it."""
    try:
        return step()
    except AwsError as error:
        return Unread(f"{error.attempted} on {error.on}: {error.code}: {error.message}")


def _with(facts: Facts, steps: Steps, pool: Executor) -> Facts:
    """The facts with these parts read, all side by side."""
    asked = {name: pool.submit(attempt, step) for name, step in steps.items()}
    return replace(facts, **{name: future.result() for name, future in asked.items()})


def _same(value: object) -> object:
    return value
