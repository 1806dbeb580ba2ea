"""A launch that EC2 takes back: the reason is remembered and told, and the next try rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from natkeeper.core.actions import Cause, LaunchNode, Notify, Wait
from natkeeper.core.decision.failed_launches import CURES, OTHERWISE, SOMEBODYS, cure_of, rests_until
from natkeeper.core.memory import Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import InstanceId, Lifecycle, Node
from natkeeper.core.remembering.learning import learn
from tests.builders import NOW, A, ago, decided, looked, node, world, zone

KMS = "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state"
NO_ROOM = "Server.InsufficientInstanceCapacity: no room after all"
BY_USER = "Client.UserInitiatedShutdown: User initiated shutdown"


def ended(name: str, reason: str) -> Node:
    return node(name, lifecycle=Lifecycle.TERMINATED, interface=None, ended=reason)


def launched(*names: str, reason: str = "", at: datetime = NOW) -> ZoneMemory:
    launches = (Launch(at, InstanceId(f"i-{name}"), "t4g.nano", reason) for name in names)
    return ZoneMemory(generation=len(names), launches=tuple(launches))


def learned(before: ZoneMemory, *gone: Node, memory: Memory | None = None) -> ZoneMemory:
    past = replace(memory or Memory(), zones={A: before})
    observed = world(zone(ended=gone))
    return learn(looked(observed, past)).zone(A)


def test_ec2s_reason_is_remembered_with_the_launch() -> None:
    after = learned(launched("a1", "a2"), ended("a1", KMS), ended("a2", NO_ROOM))

    assert [launch.reason for launch in after.launches] == [KMS, NO_ROOM]


def test_a_reason_is_kept_when_ec2_lists_the_node_no_longer() -> None:
    assert learned(launched("a1", reason=KMS)).launches[0].reason == KMS


def test_a_node_that_was_verified_is_no_failed_launch() -> None:
    memory = Memory(nodes={InstanceId("i-a1"): NodeMemory(verified_at=ago(hours=1))})

    assert learned(launched("a1"), ended("a1", KMS), memory=memory).launches[0].reason == ""


@pytest.mark.parametrize(
    ("reason", "bad"), [(KMS, False), (BY_USER, False), (NO_ROOM, True), ("", True)], ids=str
)
def test_a_pool_is_to_blame_only_for_what_is_not_ours(reason: str, bad: bool) -> None:
    assert ("t4g.nano" in learned(launched("a1"), ended("a1", reason)).bad_pools) is bad


@pytest.mark.parametrize(("failed", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 15), (9, 15)])
def test_the_next_try_rests_longer_each_time(failed: int, minutes: int) -> None:
    past = launched(*map(str, range(failed)), reason=KMS, at=NOW)

    assert rests_until(past, NOW) == NOW + timedelta(minutes=minutes)
    assert rests_until(past, NOW + timedelta(minutes=minutes)) is None


@pytest.mark.parametrize("reason", ["", NO_ROOM, *SOMEBODYS, f"{SOMEBODYS[0]}: so"])
def test_nothing_rests_for_a_reason_that_another_launch_does_not_share(reason: str) -> None:
    assert rests_until(launched("a1", reason=reason), NOW) is None


def test_only_the_failures_since_the_last_good_launch_count() -> None:
    bad, good = Launch(NOW, InstanceId("i-a1"), "", KMS), Launch(NOW, InstanceId("i-a2"))

    assert rests_until(ZoneMemory(launches=(bad, bad, bad, good)), NOW) is None
    assert rests_until(ZoneMemory(launches=(bad, bad, good, bad)), NOW) == NOW + timedelta(minutes=1)


def test_a_person_hears_at_once_in_ec2s_own_words_and_once() -> None:
    names = ("a1", "a2", "a3")
    # Long enough ago that nobody waits for them to be listed.
    past = learned(launched(*names, at=ago(minutes=3)), *(ended(name, KMS) for name in names))
    memory = Memory(zones={A: past})
    notice, wait = decided(world(zone()), memory, now=NOW)

    assert isinstance(notice, Notify)
    assert isinstance(wait, Wait)
    assert (wait.cause, wait.until) == (Cause.LAUNCH, NOW + timedelta(minutes=1))
    assert f"3 launches in a row were ended by EC2 before the node served. Of i-a3 it says: {KMS}" in (
        notice.reason
    )
    assert cure_of(KMS) in notice.reason
    told = replace(memory, told={notice.key: NOW})
    assert decided(world(zone()), told, now=NOW + timedelta(seconds=59)) == (wait,)


@pytest.mark.parametrize("reason", ["Client.InternalError", "Client.InternalError: no: see StateReason"])
def test_a_notice_is_known_by_ec2s_code(reason: str) -> None:
    notice, _ = decided(world(zone()), Memory(zones={A: launched("a1", reason=reason)}))

    assert isinstance(notice, Notify)
    assert notice.key == "eu-west-1a launch Client.InternalError"


def test_after_the_rest_another_launch_is_tried() -> None:
    memory = Memory(zones={A: launched("a1", reason=KMS, at=ago(minutes=2))})

    assert any(isinstance(action, LaunchNode) for action in decided(world(zone()), memory, now=NOW))


def test_each_cure_is_found_by_a_word_of_the_reason() -> None:
    assert {cure_of(f"Client.{word}: so it is") for word, _ in CURES} == {cure for _, cure in CURES}
    assert "DiskKeyArn" in cure_of("Client.InternalError: Client error on launch")
    assert cure_of("Server.InternalError: Internal error on launch") == OTHERWISE


def test_two_launches_that_ec2_ended_are_told_as_two() -> None:
    for names, words in ((("a1",), "a launch was ended"), (("a1", "a2"), "2 launches in a row were ended")):
        memory = Memory(zones={A: launched(*names, reason=KMS)})
        (told, *_) = (a for a in decided(world(zone()), memory) if isinstance(a, Notify))
        assert words in told.reason
