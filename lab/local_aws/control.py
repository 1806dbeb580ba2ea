"""The fault client: changes the local AWS from outside, as no API call could."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class Control:
    """Settings and faults of one local AWS."""

    def __init__(self, ec2_control: str, bus: str) -> None:
        self._ec2 = ec2_control
        self._bus = bus

    def _post(self, url: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise ValueError(f"{url}: {error.read().decode()}") from error

    def _command(self, command: str, /, **body: Any) -> Any:
        return self._post(f"{self._ec2}/lab/{command}", body)

    def ready(self) -> bool:
        """Returns whether the EC2 side answers."""
        try:
            return bool(self._command("ready"))
        except (OSError, ValueError):
            return False

    def timings(self, **seconds: float) -> None:
        """Sets delays of `lab.ec2.timings.Timings`. Raises ValueError for an unknown one."""
        self._command("timings", **seconds)

    def pace(self, name: str) -> dict[str, float]:
        """Sets all delays: `quick` or `published`. Returns them. Raises ValueError for another name."""
        return dict(self._command("pace", name=name))

    def delivery(
        self, *, loss: float = 0.0, duplicate: float = 0.0, reorder: float = 0.0, seed: int = 0
    ) -> None:
        """Loses or doubles events with these probabilities, and makes each late by up to `reorder` seconds.

        Without arguments all arrive, once and in order. Raises ValueError for an impossible value.
        """
        self._command("delivery", loss=loss, duplicate=duplicate, reorder=reorder, seed=seed)

    def throttle(self, count: int, *actions: str) -> None:
        """The functions' next `count` calls of these actions, or of any, are refused as too many.

        boto3 tries again by itself, and every try counts. Zero ends it.
        """
        self._command("throttle", count=count, actions=list(actions))

    def minute(self, seconds: float) -> None:
        """Makes the schedule's minute last `seconds`."""
        self._post(f"{self._bus}/minute", {"seconds": seconds})

    def trail(self, seconds: float | None) -> None:
        """The account has a trail that tells EventBridge of a change so many seconds later; None: it has
        none."""
        self._post(f"{self._bus}/trail", {"seconds": seconds})

    def refuse(self, *logical_ids: str) -> None:
        """CloudFormation's next creation or update of each of these resources fails, once."""
        self._post(f"{self._bus}/refuse", {"logical_ids": list(logical_ids)})

    def capacity(self, *exhausted: str) -> None:
        """Launches of these instance types fail with InsufficientInstanceCapacity. None: all launch."""
        self._command("capacity", exhausted=list(exhausted))

    def block(self, mode: str) -> None:
        """Sets the region's VPC Block Public Access, `off` at first. The lab's packets do not obey it."""
        self._command("block", mode=mode)

    def midstream(self, *, tracked: bool) -> None:
        """Whether security groups begin to track a TCP flow that they see first in its middle; at first they
        do."""
        self._command("midstream", tracked=tracked)

    def quota(self, code: str, value: float) -> None:
        """Sets what Service Quotas says of one of EC2's quotas. Nobody enforces it."""
        self._post(f"{self._bus}/quotas", {code: value})

    def fault(self, instance: str, name: str) -> None:
        """Breaks something inside an instance: a name in `lab.ec2.guest.FAULTS`."""
        self._command("fault", instance=instance, name=name)

    def cut(self, *ways: tuple[str, str], milliseconds: int = 0) -> None:
        """Loses what one instance sends to another, for so long, or until it is called again; nothing else is
        cut any more. `internet` and `*`, everywhere, are places too. Raises ValueError for another one."""
        self._command("cut", ways=[list(way) for way in ways], milliseconds=milliseconds)

    def agent(self, instance: str, *, alive: bool) -> None:
        """Silences an instance's SSM agent, or lets it speak again."""
        self._command("agent", instance=instance, alive=alive)

    def impair(
        self, instance: str, *, of_instance: bool = True, of_system: bool = False, seconds_ago: float = 0
    ) -> None:
        """Fails status checks, as if AWS had seen it some seconds ago; both False mends them."""
        words = {True: "impaired", False: "ok"}
        self._command(
            "status",
            instance=instance,
            instance_status=words[of_instance],
            system_status=words[of_system],
            seconds_ago=seconds_ago,
        )

    def hang(self, instance: str, *, seconds_ago: float = 0) -> None:
        """An instance that is running and does not answer: impaired, and its agent silent."""
        self.impair(instance, seconds_ago=seconds_ago)
        self.agent(instance, alive=False)

    def schedule(self, instance: str, code: str, not_before: str) -> None:
        """Plans an event such as `instance-retirement` for DescribeInstanceStatus."""
        event = {"Code": code, "Description": "planned by the lab", "NotBefore": not_before}
        self._command("schedule", instance=instance, events=[event])

    def interrupt(self, instance: str) -> None:
        """AWS warns that it wants a spot instance back, and takes it two minutes later (`interruption` of
        the timings). Raises ValueError unless it is one that lives."""
        self._command("spot", what="interrupt", instance=instance)

    def recommend_rebalance(self, instance: str) -> None:
        """AWS recommends to leave a spot instance, which it may soon want back. Raises ValueError unless it
        is one that lives."""
        self._command("spot", what="recommend", instance=instance)

    def emit(
        self, source: str, detail_type: str, detail: dict[str, Any], resources: tuple[str, ...] = ()
    ) -> str:
        """Puts an AWS service's event on the bus. Returns its id."""
        return str(
            self._command(
                "emit",
                source=source,
                detail_type=detail_type,
                detail=detail,
                resources=list(resources),
            )
        )

    def enter(self, place: str) -> list[str]:
        """Returns the beginning of a command line that runs inside an instance, or in `internet`.

        Raises ValueError for a place that is not there, or when instances have no inside.
        """
        return list(self._command("enter", place=place))

    def happened(self, since: float = 0.0) -> list[dict[str, Any]]:
        """Returns what no API call shows, after a time: time, lane (`aws` or `node`) and text."""
        return list(self._command("happened", since=since))

    def late(self, since: float = 0.0) -> list[tuple[float, float]]:
        """Returns when the kernel had followed each change, and by how many seconds too late."""
        return [(float(at), float(seconds)) for at, seconds in self._command("late", since=since)]

    def refusals(self) -> list[str]:
        """Returns what the kernel would not do when it followed the API: empty when all is well."""
        return list(self._command("refusals"))

    def calls(self, since: float = 0.0) -> list[dict[str, Any]]:
        """Returns the EC2 and SSM calls that began after a time, in the order in which they ended.

        Each has `time` and `ended`, `service`, `action`, `about` (the ids in its request), `agent`,
        `function` (whether a function made it) and `status`.
        """
        return list(self._command("calls", since=since))
