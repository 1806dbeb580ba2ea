"""What Store and Lease promise, in the simulated AWS and on DynamoDB alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from natkeeper.adapters.dynamodb_lease import DynamoDbLease
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.core.errors import LostLeaseError, RefusedError
from natkeeper.core.intake.commands import Entry, Written
from natkeeper.core.ledger import Span
from natkeeper.core.memory import HOUR, Contest, Heal, Launch, Memory, NodeMemory, Outage, ZoneMemory
from natkeeper.core.model import (
    Doom,
    DoomKind,
    InstanceId,
    InterfaceId,
    Order,
    Pause,
    RouteTableId,
    Verb,
    Wish,
    WishKind,
)
from natkeeper.core.ring import Misheard, Peer, Said, Word
from natkeeper.ports import Lease, Store
from natkeeper.records import Records
from tests.builders import NOW, A, failed, passed, silent
from tests.local_moto import local_moto
from tests.resources import create_table
from tests.world.agenda import Agenda
from tests.world.table import Lease as InTheWorld
from tests.world.timings import AT_ONCE
from tests.world.world import World

NODE, OTHER = InstanceId("i-0123456789abcdef0"), InstanceId("i-0fedcba9876543210")
FULL = Memory(
    zones={
        A: ZoneMemory(
            generation=7,
            launches=(Launch(NOW, NODE, "t4g.nano", "Client.InternalError: so"), Launch(NOW, None)),
            bad_pools={"t4g.nano": NOW},
            takebacks=(NOW,),
            broken_since=NOW,
            goals={"served": NOW},
            led={RouteTableId("rtb-a"): InterfaceId("eni-1")},
            contests={RouteTableId("rtb-a"): Contest((NOW, NOW), "eni-2")},
            silences=(NOW,),
            whole=True,
            outage=Outage("rtb-a had no default route", NOW),
        ),
    },
    nodes={NODE: NodeMemory(NOW, (NOW,), None, silent_since=NOW, disbelieved_at=NOW)},
    told={"a notice": NOW},
    roster=(NODE,),
    ring=(Peer(NODE, "10.0.1.10"),),
    heals=(Heal(A, "rtb-a had no default route", NOW, NOW),),
    spans=(
        Span(NODE, A, "t4g.nano", True, True, NOW, NOW, 7),
        Span(NODE, A, "t4g.nano", False, False, NOW),
    ),
)


@dataclass
class Desk:
    store: Store
    lease: Lease
    other: Lease  # the same lease, as another run sees it
    advance: Callable[[float], None]


def in_dynamodb(clock: Agenda) -> Desk:
    client: Any = boto3.client("dynamodb", region_name="us-east-1")
    create_table(client, "nat")
    first, second = DynamoDbLease(client, "nat", clock), DynamoDbLease(client, "nat", clock)
    return Desk(DynamoDbStore(client, "nat", clock), first, second, clock.advance)


def in_the_world() -> Desk:
    world = World(1, timings=AT_ONCE)
    return Desk(world.store, InTheWorld(world.store), InTheWorld(world.store), world.advance)


@pytest.fixture(params=["world", "dynamodb"])
def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    if request.param == "world":
        yield in_the_world()
    else:
        with local_moto():
            yield in_dynamodb(Agenda())


def test_an_empty_table_holds_nothing(desk: Desk) -> None:
    assert desk.store.load() == Records()


def test_memory_comes_back_as_it_was_saved(desk: Desk) -> None:
    desk.store.save(FULL, epoch=1)

    assert desk.store.load().memory == FULL
    assert NODE in desk.store.load().known()


def said(said: Said = Said.SILENT, seconds: float = 0, since: float = 0) -> Word:
    at, so_since = NOW + timedelta(seconds=seconds), NOW + timedelta(seconds=since)
    return Word(NODE, OTHER, said, at, so_since, (NODE,))


def test_a_node_has_one_word_about_another(desk: Desk) -> None:
    about_us = replace(said(), reporter=OTHER, about=NODE)
    for word in (said(), about_us, said(Said.HEARD, 7, since=6.5)):
        desk.store.note_word(word)

    assert set(desk.store.load().hearsay.words) == {about_us, said(Said.HEARD, 7, since=6.5)}


def test_of_several_words_that_say_the_same_the_first_stands(desk: Desk) -> None:
    for seconds in (0, 5, 60):
        desk.store.note_word(said(seconds=seconds))

    assert desk.store.load().hearsay.words == (said(),)


def test_a_doubt_stands_beside_what_is_known_whichever_comes_first(desk: Desk) -> None:
    doubt, silent = said(Said.UNSURE, 0.3), said(Said.SILENT, 0.6)
    for word in (silent, doubt, said(Said.UNSURE, 0.4)):
        desk.store.note_word(word)

    assert set(desk.store.load().hearsay.words) == {doubt, silent}


def test_a_word_that_was_overtaken_on_its_way_changes_nothing(desk: Desk) -> None:
    desk.store.note_word(said(Said.HEARD, 7, since=6.5))
    desk.store.note_word(said(Said.SILENT, 8, since=0.5))

    assert desk.store.load().hearsay.words == (said(Said.HEARD, 7, since=6.5),)


def test_a_node_whose_clock_went_wrong_is_heard_again_after_a_minute(desk: Desk) -> None:
    desk.store.note_word(said(since=9999))
    desk.store.note_word(said(Said.HEARD, 61, since=61))

    assert desk.store.load().hearsay.words == (said(Said.HEARD, 61, since=61),)


def test_what_meant_nothing_is_counted(desk: Desk) -> None:
    desk.store.save_misheard(Misheard(1, NOW, "so"))
    desk.store.save_misheard(Misheard(2, NOW, "or so"))

    assert desk.store.load().hearsay.misheard == Misheard(2, NOW, "or so")


def test_an_overtaken_run_cannot_save_over_its_successor(desk: Desk) -> None:
    desk.store.save(Memory(), epoch=2)

    with pytest.raises(RefusedError):
        desk.store.save(FULL, epoch=1)
    assert desk.store.load().memory == Memory()


def test_evidence_orders_and_dooms_are_kept_by_node(desk: Desk) -> None:
    probes = (passed(), silent(), failed("rules", "egress"))
    order, doom = Order(Verb.FAILOVER, NOW), Doom(DoomKind.REBALANCE, NOW)
    desk.store.save_evidence(NODE, probes)
    desk.store.write_down(Entry(NODE, order), "")
    desk.store.save_doom(NODE, doom)
    records = desk.store.load()

    assert (records.evidence, records.orders, records.dooms) == ({NODE: probes}, {NODE: order}, {NODE: doom})


def test_an_announcement_that_is_taken_back_is_forgotten_and_so_is_none(desk: Desk) -> None:
    desk.store.save_doom(NODE, Doom(DoomKind.RETIREMENT, NOW))
    desk.store.forget_doom(NODE)
    desk.store.forget_doom(NODE)

    assert desk.store.load().dooms == {}


def test_a_pause_lasts_until_it_is_ended(desk: Desk) -> None:
    pause, end = Pause(NOW, NOW + HOUR), Pause(NOW + timedelta(seconds=1))
    desk.store.write_down(Entry("", pause), "")
    assert desk.store.load().pause == pause

    desk.store.write_down(Entry("", end), "")
    assert desk.store.load().pause == end
    assert desk.store.load().paused_until is None


SAID = [
    pytest.param(NODE, lambda at: Order(Verb.FAILOVER, at), id="order"),
    pytest.param(A, lambda at: Wish(WishKind.OFF, at), id="wish"),
    pytest.param("", lambda at: Pause(at, at + HOUR), id="pause"),
]
Say = Callable[[datetime], Order | Wish | Pause]


@pytest.mark.parametrize(("on", "say"), SAID)
def test_a_command_is_written_down_with_its_id_and_once(desk: Desk, on: str, say: Say) -> None:
    assert desk.store.write_down(Entry(on, say(NOW)), "id-1") is Written.NEW
    assert desk.store.write_down(Entry(on, say(NOW + HOUR)), "id-1") is Written.KNOWN
    records = desk.store.load()

    assert records == replace(Records().noting(Entry(on, say(NOW))), obeyed=frozenset({"id-1"}))


@pytest.mark.parametrize(("on", "say"), SAID)
def test_an_older_command_does_not_stand_in_place_of_a_later_one(desk: Desk, on: str, say: Say) -> None:
    desk.store.write_down(Entry(on, say(NOW)), "id-1")
    before = desk.store.load()

    assert desk.store.write_down(Entry(on, say(NOW - HOUR)), "id-2") is Written.OVERTAKEN
    assert desk.store.load() == before, "nor is its id kept"


@pytest.mark.parametrize(("on", "say"), SAID)
def test_of_two_commands_in_one_second_the_last_to_come_stands(desk: Desk, on: str, say: Say) -> None:
    desk.store.write_down(Entry(on, say(NOW)), "id-1")

    assert desk.store.write_down(Entry(on, say(NOW)), "id-2") is Written.NEW
    assert desk.store.write_down(Entry(on, say(NOW)), "id-1") is Written.KNOWN


def test_a_command_that_was_called_directly_has_no_id_to_keep(desk: Desk) -> None:
    desk.store.write_down(Entry("", Pause(NOW)), "")
    desk.store.write_down(Entry("", Pause(NOW + HOUR)), "")

    assert desk.store.load() == Records(pause=Pause(NOW + HOUR))


def test_where_a_table_led_before_is_kept_as_first_saved(desk: Desk) -> None:
    gateway, nothing = RouteTableId("rtb-1"), RouteTableId("rtb-2")
    desk.store.save_original(gateway, "nat-1")
    desk.store.save_original(gateway, "nat-2")
    desk.store.save_original(nothing, None)
    desk.store.save_original(nothing, "nat-2")

    assert desk.store.load().originals == {gateway: "nat-1", nothing: None}


def test_a_removed_stack_says_so(desk: Desk) -> None:
    desk.store.save_removed()

    assert desk.store.load().removed


def test_the_lease_is_held_by_one_run_at_a_time(desk: Desk) -> None:
    assert desk.lease.acquire() is not None
    assert desk.other.acquire() is None

    desk.lease.release()
    assert desk.other.acquire() is not None


def test_each_holder_has_a_higher_fencing_number(desk: Desk) -> None:
    first = desk.lease.acquire()
    desk.lease.release()
    second = desk.lease.acquire()

    assert first
    assert second
    assert second > first


def test_a_lease_never_given_back_expires(desk: Desk) -> None:
    desk.lease.acquire()
    desk.advance(timedelta(seconds=31).total_seconds())

    assert desk.other.acquire() is not None


def test_a_lease_in_use_is_renewed_for_as_long_as_it_is_needed(desk: Desk) -> None:
    desk.lease.acquire()
    for _ in range(9):
        desk.advance(12)
        assert desk.lease.renew()
    assert desk.other.acquire() is None


def test_a_lost_lease_is_not_renewed(desk: Desk) -> None:
    desk.lease.acquire()
    desk.advance(31)
    assert desk.other.acquire()

    assert not desk.lease.renew()
    assert not desk.lease.release()
    assert desk.other.renew()


def test_who_asks_for_another_pass_hears_that_nobody_holds_the_lease(desk: Desk) -> None:
    assert not desk.other.request()
    desk.lease.acquire()
    assert desk.other.request()
    desk.lease.release()
    assert not desk.other.request()


def test_a_deleted_lease_item_does_not_stop_saves(desk: Desk) -> None:
    desk.store.save(Memory(), epoch=4711)
    epoch = desk.lease.acquire()
    assert desk.store.load().epoch == 4711
    assert epoch == 1
    lifted = desk.lease.lift(desk.store.load().epoch)
    desk.store.save(FULL, lifted)

    assert desk.store.load().memory == FULL
    desk.lease.release()
    following = desk.lease.acquire()
    assert following
    assert following > lifted


def test_a_lease_that_is_lost_is_not_lifted(desk: Desk) -> None:
    desk.lease.acquire()
    desk.advance(31)
    desk.other.acquire()

    with pytest.raises(LostLeaseError):
        desk.lease.lift(4711)


def test_the_holder_learns_of_a_request_for_another_pass_once(desk: Desk) -> None:
    desk.lease.acquire()
    desk.other.request()
    assert desk.lease.release()

    desk.lease.acquire()
    assert not desk.lease.release()


def test_botos_retry_of_a_lost_answer_finds_its_own_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try was carried out, but its answer got lost: the same update comes again."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        desk = in_dynamodb(Agenda())
        lease: Any = desk.lease
        update = lease.client.update_item
        monkeypatch.setattr(lease.client, "update_item", lambda **call: (update(**call), update(**call))[1])

        assert desk.lease.acquire() is not None
        assert desk.other.acquire() is None


@pytest.mark.parametrize("key", ["memory", "evidence#i-1", "order#i-1", "doom#i-1", "wish#*", "pause"])
@pytest.mark.parametrize("doc", ["", "{", "[]", "7", '{"at": 7}', '{"zones": 7, "kind": "x"}', "[[]]"])
def test_an_item_that_cannot_be_read_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, key: str, doc: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        desk = in_dynamodb(Agenda())
        desk.store.save_evidence(NODE, (passed(),))
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        item = {"pk": {"S": "natkeeper"}, "sk": {"S": key}, "doc": {"S": doc}, "epoch": {"N": "7"}}
        client.put_item(TableName="nat", Item=item)
        records = desk.store.load()

        assert records.evidence[NODE] == (passed(),)
        assert records.memory == Memory()
        empty = (("evidence#i-1", "[]"), *(("memory", d) for d in ("[]", "[[]]", '{"at": 7}')))
        if (key, doc) not in empty:
            assert [what.split()[0] for what in records.damaged] == [key]
        desk.store.save(FULL, epoch=8)
        assert desk.store.load().memory == FULL


def test_dynamodb_forgets_a_long_pause_only_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        until = NOW + timedelta(days=6)
        in_dynamodb(Agenda()).store.write_down(Entry("", Pause(NOW, until)), "")
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        (item,) = client.scan(TableName="nat")["Items"]

        assert int(item["expires_at"]["N"]) >= until.timestamp()


def test_a_pause_of_an_older_version_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        desk = in_dynamodb(Agenda())
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        item = {"pk": {"S": "natkeeper"}, "sk": {"S": "pause"}, "doc": {"S": NOW.isoformat()}}
        client.put_item(TableName="nat", Item=item)

        assert desk.store.load().paused_until == NOW
        assert desk.store.write_down(Entry("", Pause(NOW)), "") is Written.NEW
