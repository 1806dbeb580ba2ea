"""AWS refuses one step for good: what does not need it goes on, and nothing is tried without end."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.errors import (
    CapacityError,
    DeniedError,
    NotFoundError,
    QuotaError,
    RefusedError,
    ThrottledError,
    UnofferedError,
)
from natkeeper.core.intake.triggers import Hint
from natkeeper.core.model import Market, Route, RouteTableId
from tests.stack import Stack, assert_at_rest, own, settled

DENIED = DeniedError("doing it", "a thing", "UnauthorizedOperation", "no")
ELSEWHERE = RefusedError("associating", "eipalloc-a", "OperationNotPermitted", "another network border group")
FLUSHED = (
    '{"natkeeper": 1, "checks": {"interface": true, "forwarding": true, '
    '"rules": false, "guard": true, "egress": true}}'
)


def add_table(stack: Stack, name: str) -> RouteTableId:
    """One more table of the first zone, which leads nowhere yet."""
    first, table = stack.layout.tables[0], RouteTableId(name)
    stack.aws.routes[table] = Route(table, None)
    stack.aws.associations[table] = stack.aws.associations[first]
    stack.layout = replace(stack.layout, tables=(*stack.layout.tables, table))
    stack.change()
    return table


def test_a_repair_that_is_refused_for_good_keeps_no_successor_away() -> None:
    stack = settled(1)
    broken = own(stack)
    stack.aws.failing["repair"] = DENIED
    stack.aws.reports[broken] = FLUSHED
    stack.settle(15)

    assert own(stack) != broken
    assert_at_rest(stack)


def test_a_repair_that_is_refused_for_good_is_not_sent_each_minute() -> None:
    stack = settled(1)
    stack.aws.failing.update(repair=DENIED, launch=DENIED)
    stack.aws.reports[own(stack)] = FLUSHED
    stack.settle(120)

    assert stack.aws.calls.count(f"repair {own(stack)}") <= 20, "in three hours and a half"
    assert len([subject for subject, _ in stack.notices.sent if "refused" in subject]) <= 2


def test_a_table_that_cannot_be_moved_keeps_neither_the_others_nor_the_launch() -> None:
    stack = settled(1)
    second = add_table(stack, "rtb-z")
    stack.sweep()
    lost = own(stack)
    stack.aws.failing[f"point {stack.layout.tables[0]}"] = DENIED
    stack.aws.terminate(lost)
    stack.settle(10)

    (node,) = stack.living()
    assert stack.aws.routes[second].target == node.interface


def test_a_table_that_can_be_moved_again_is() -> None:
    stack = settled(2)
    stack.aws.failing[f"point {stack.layout.tables[0]}"] = DENIED
    stack.aws.terminate(own(stack))
    stack.settle(20)
    stack.aws.failing.clear()
    stack.settle(3)

    assert_at_rest(stack)


def test_a_node_whose_address_is_refused_for_good_gets_a_new_zones_route() -> None:
    stack = Stack(1)
    stack.aws.failing["associate"] = ELSEWHERE
    stack.settle(20)

    assert stack.serving() == stack.living()[0].id
    assert stack.aws.holders[stack.layout.allocations[0]] is None


def test_a_node_whose_address_is_refused_for_good_gets_a_dead_ones_route() -> None:
    stack = settled(1)
    dead = own(stack)
    stack.aws.failing["associate"] = ELSEWHERE
    stack.aws.terminate(dead)
    stack.settle(20)

    assert stack.serving() == stack.living()[0].id != dead
    asked = [call for call in stack.aws.calls if call.startswith("associate")]
    assert len(asked) <= 8, "ever less often"
    stack.aws.failing.clear()
    stack.settle(20)
    assert_at_rest(stack)


def test_a_path_that_works_is_not_given_up_for_a_node_that_cannot_have_the_address() -> None:
    stack = settled(1)
    old = own(stack)
    stack.aws.failing["associate"] = ELSEWHERE
    stack.update(2)
    stack.settle(10)

    assert own(stack) == old
    assert not next(n for n in stack.living() if n.id == old).source_dest_check, "it is not left fenced"


def test_nothing_is_ended_while_the_launch_of_what_is_to_succeed_it_is_refused() -> None:
    stack = settled(1)
    first = own(stack)
    stack.update(2)
    while own(stack) == first:
        stack.minute()
    stack.update(3)  # the old node drains, and there is to be a third
    stack.aws.failing["launch"] = DENIED
    stack.settle(20)

    assert len(stack.living()) == 2
    assert stack.aws.calls.count("launch") <= 8 * len(stack.policy.instance_types)


def test_a_topic_that_is_gone_ends_no_run_and_stops_no_zone() -> None:
    stack = settled(2)
    stack.notices.deleted = True
    stack.aws.failing["launch"] = DENIED
    dead = own(stack)
    stack.aws.terminate(dead)
    stack.desk.handle(Hint("instance is shutting-down", (dead,)))

    assert own(stack) == own(stack, 1), "the neighbour covers"
    assert any(line.startswith("refused Notify") for line in stack.journal.lines)
    stack.aws.failing.clear()
    stack.settle(8)
    assert_at_rest(stack)


def test_a_topic_that_is_gone_is_not_asked_each_minute() -> None:
    stack = settled(1)
    stack.notices.deleted = True
    stack.aws.failing["launch"] = DENIED
    stack.aws.terminate(own(stack))
    stack.settle(60)

    refusals = stack.store.records.memory.refusals
    counts = [refusal.count for step, refusal in refusals.items() if step.startswith("Notify")]
    assert counts
    assert max(counts) <= 12, "each of them, in an hour and three quarters"


def test_a_throttled_notice_keeps_no_zone_from_its_launch() -> None:
    stack = settled(1)
    stack.layout = replace(stack.layout, tables=(*stack.layout.tables, RouteTableId("rtb-gone")))
    stack.change()
    stack.notices.deleted = True
    stack.sweep()
    stack.aws.advance(stack.policy.lasting.total_seconds())  # from when on a person should hear of the table
    stack.aws.terminate(own(stack))
    stack.sweep()

    assert any(line.startswith("refused Notify") for line in stack.journal.lines)
    assert "launch" in stack.aws.calls


def test_a_launch_is_tried_every_two_minutes_at_least_while_the_zone_has_no_node() -> None:
    stack = settled(1)
    stack.aws.failing["launch"] = DENIED
    stack.aws.terminate(own(stack))
    stack.settle(120)
    stack.aws.failing.clear()
    stack.settle(2)

    assert len(stack.living()) == 1


def test_what_passes_by_itself_is_tried_each_minute_as_ever() -> None:
    stack = settled(1)
    stack.aws.failing["launch"] = ThrottledError("launching", "a zone", "RequestLimitExceeded", "slow down")
    stack.aws.terminate(own(stack))
    stack.settle(10)

    assert stack.aws.calls.count("launch") >= 10
    assert stack.store.records.memory.refusals == {}


def test_a_type_that_is_not_offered_hides_no_other() -> None:
    stack = settled(1)
    unknown = UnofferedError(
        "launching", "t4g.nano", "InvalidParameterValue", "Invalid value for InstanceType"
    )
    stack.aws.failing["launch t4g.nano"] = unknown
    stack.aws.terminate(own(stack))
    stack.settle()

    assert [node.instance_type for node in stack.living()] == ["t4g.micro"]
    assert_at_rest(stack)


def test_spot_that_a_quota_refuses_is_not_tried_for_ever() -> None:
    stack = settled(1)
    quota = QuotaError("launching", "spot", "MaxSpotInstanceCountExceeded", "no more")
    stack.aws.failing.update({"launch spot t4g.nano": quota, "launch spot t4g.micro": quota})
    stack.change(market=Market.SPOT)
    stack.settle(60)  # with the probe's rounds an hour and three quarters

    assert stack.aws.calls.count("launch") <= 12


def test_when_every_pool_refuses_a_person_hears_what_each_said() -> None:
    stack = settled(1)
    stack.aws.failing["launch t4g.nano"] = CapacityError(
        "launching", "nano", "InsufficientInstanceCapacity", ""
    )
    stack.aws.failing["launch t4g.micro"] = UnofferedError("launching", "micro", "Unsupported", "not here")
    stack.aws.terminate(own(stack))
    stack.sweep()

    told = next(text for _, text in stack.notices.sent if "refused" in text or "Unsupported" in text)
    assert "Unsupported" in told
    assert "InsufficientInstanceCapacity" in told


def test_a_type_that_a_policy_denies_hides_no_other() -> None:
    stack = settled(1)
    stack.aws.failing["launch t4g.nano"] = DENIED
    stack.aws.terminate(own(stack))
    stack.settle()

    assert [node.instance_type for node in stack.living()] == ["t4g.micro"]


def test_a_subnet_that_aws_does_not_know_is_not_asked_for_each_minute() -> None:
    stack = settled(1)
    stack.aws.failing["launch"] = NotFoundError("launching", "a zone", "InvalidSubnetID.NotFound", "no such")
    stack.update(2)
    stack.settle(60)

    assert stack.aws.calls.count("launch") <= 12


def test_a_zone_without_a_way_out_gets_it_two_minutes_after_its_nodes_check_may_be_turned_off_again() -> None:
    stack = settled(1)
    stack.aws.failing["source_dest_check off"] = DENIED
    stack.aws.terminate(own(stack))
    stack.settle(40)
    stack.aws.failing.clear()
    stack.settle(2)

    assert stack.serving() == stack.living()[0].id


def test_a_fence_that_was_refused_keeps_nobody_from_a_successor_once_the_old_node_is_dead() -> None:
    stack = settled(1)
    old = own(stack)
    stack.aws.failing.update({"public_address": DENIED, "source_dest_check on": DENIED})
    stack.update(2)
    stack.settle(50)
    assert own(stack) == old

    stack.aws.terminate(old)
    stack.sweep()
    assert own(stack) != old


def test_a_node_whose_only_table_cannot_be_moved_keeps_the_zones_address() -> None:
    stack = settled(1)
    (old,) = stack.living()
    stack.aws.failing["point"] = DENIED
    stack.update(2)
    stack.settle(30)

    assert stack.serving() == old.id
    assert list(stack.aws.holders.values()) == [old.interface]
    stack.aws.failing.clear()
    stack.settle(20)
    assert own(stack) != old.id
    assert_at_rest(stack)
