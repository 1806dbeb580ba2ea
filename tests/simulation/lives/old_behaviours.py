"""The faults that an adversary and the field found, each with the old behaviour put back into today's controller, and
why the proofs of that time did not see it. `regressions.py` lives storms with each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from natkeeper.core.actions import Notify
from natkeeper.core.decision import contest, rules, succession
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.outcome import Refused
from natkeeper.core.intake import aim, grammar
from natkeeper.core.intake.commands import Origin
from natkeeper.core.intake.envelope import Envelope
from natkeeper.core.judgement import election, health
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.health import Judgement
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import HOUR, Memory, recent
from natkeeper.core.model import EVERYWHERE, InstanceId, Node, Wish, ZoneName
from natkeeper.core.remembering.learning import learn
from natkeeper.reconcile import execution
from natkeeper.reconcile.execution import Execution
from natkeeper.reconcile.hand_over import HandOver
from natkeeper.records import Records
from tests.simulation.life.ways import ALWAYS
from tests.world import table
from tests.world.instances import Instances

Back = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Weather:
    """How long a life is, and how many times as often faults come."""

    years: float
    storm: float


STORMY, CHANGEABLE = Weather(0.005, 300.0), Weather(0.05, 10.0)
"""A storm of the soak; and days between two faults, for what hides behind other faults."""


@dataclass(frozen=True)
class Old:
    """`back` puts it back (None: the simulation has no such thing); `tests` find it by name. The rest is of the lives in
    which it is looked for: the faults in `focus` come twenty times as often as they would."""

    number: str
    what: str
    missed: str
    tests: tuple[str, ...]
    back: Back | None = None
    focus: tuple[str, ...] = ()
    way: str = ALWAYS
    zones: tuple[int, ...] = (1, 2, 3)
    weather: Weather = field(default_factory=lambda: STORMY)


# --- dependence, and error paths that can fail again


def _a_refusal_ends_the_zone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execution, "depends", lambda action, on: action.zone == on.zone)
    patch.setattr(Context, "resting_until", lambda self, step, **_: None)


def _no_route_without_address(patch: pytest.MonkeyPatch) -> None:
    honest = HandOver.carry_out

    def together(self: HandOver) -> tuple[Refused, ...]:
        return honest(replace(self, action=replace(self.action, even_without_address=False)))

    patch.setattr(HandOver, "carry_out", together)


def _a_refused_notice_is_told(patch: pytest.MonkeyPatch) -> None:
    honest = Execution._hear

    def hear(self: Execution, refused: Refused) -> None:
        honest(self, refused)
        if isinstance(refused.action, Notify):
            self._apply(replace(refused.action, key=f"refused {refused.action.key}"))

    patch.setattr(Execution, "_hear", hear)


# --- what is remembered


def _unlisted_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def forgetful(look: Look) -> Memory:
        learned = learn(look)
        listed = {node.id for node in look.observed.nodes()}
        return replace(learned, nodes={name: past for name, past in learned.nodes.items() if name in listed})

    patch.setattr("natkeeper.reconcile.reconciler.learn", forgetful)


def _counted_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(table.Lease, "lift", lambda self, above: self.store.item.epoch)


# --- verdicts and budgets


def _blamed_at_once(patch: pytest.MonkeyPatch) -> None:
    honest = health._by_failure

    def at_once(node: Node, context: Context, blame: Judgement | None) -> Judgement | None:
        return blame if blame and health._fails_only_egress(node) else honest(node, context, blame)

    patch.setattr(health, "_by_failure", at_once)


def _one_budget(patch: pytest.MonkeyPatch) -> None:
    def together(view: View, *, urgent: bool) -> datetime | None:
        times = sorted(recent(tuple(x.at for x in view.past.launches), view.now))
        limit = view.policy.launches_per_hour
        return times[-limit] + HOUR if len(times) >= limit else None

    patch.setattr(rules, "spent_until", together)


def _a_turn_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(succession, "_can_go_on", lambda view: True)
    patch.setattr(rules, "is_held", lambda view: False)


def _ended_at_once(patch: pytest.MonkeyPatch) -> None:
    honest = rules._is_needed_no_more

    def at_once(view: View, s: Standing) -> bool:
        return s.fitness is Fitness.DEAD or honest(view, s)

    patch.setattr(rules, "_is_needed_no_more", at_once)


def _doomed_before_booting(patch: pytest.MonkeyPatch) -> None:
    honest = election._on_its_way

    def announced(node: Node, judgement: Judgement, context: Context) -> Any:
        return election._announced(node, context) or honest(node, judgement, context)

    patch.setattr(election, "_on_its_way", announced)


def _each_zone_alone(patch: pytest.MonkeyPatch) -> None:
    def in_this_zone(self: View, s: Standing) -> bool:
        return s.node.interface in {route.target for route in self.zone.routes}

    patch.setattr(View, "is_routed_to", in_this_zone)


def _waits_for_the_stopping(patch: pytest.MonkeyPatch) -> None:
    waking = (Fitness.WAKING, Fitness.ASLEEP)
    patch.setattr(election, "_wakes_in_a_moment", lambda s: s.fitness in waking)


def _at_once_and_in_silence(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(contest, "rests_until", lambda route, past, policy: None)


# --- orders


def _tolerant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(grammar.Form, "mistakes", lambda self, detail: iter(()))
    patch.setattr(aim, "_no_zone", lambda name, observed: [])


def _as_it_comes(patch: pytest.MonkeyPatch) -> None:
    def undated(kind: str, e: Envelope) -> tuple[Origin, list[str]]:
        return Origin(kind, "", e.now), []

    patch.setattr(grammar, "origin_of", undated)


def _the_latest_of_all(patch: pytest.MonkeyPatch) -> None:
    def latest(self: Records, zone: ZoneName, now: datetime) -> Wish | None:
        wishes = [self.wishes[name] for name in (zone, EVERYWHERE) if name in self.wishes]
        last = max(wishes, key=lambda wish: wish.at, default=None)
        return last if last and last.holds(now) else None

    patch.setattr(Records, "wish", latest)


# --- time left, provenance


def _begins_what_it_cannot_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execution, "seconds_of", lambda action: 0.0)
    patch.setattr(table, "TERM", timedelta(seconds=90))


def _a_tag_is_enough(patch: pytest.MonkeyPatch) -> None:
    honest = Instances.find

    def find(self: Instances, known: Collection[InstanceId] = ()) -> tuple[Node, ...]:
        return tuple(replace(node, copied=False) for node in honest(self, known))

    patch.setattr(Instances, "find", find)


ALL = (
    Old("1", "a refusal cancels every later rule of its zone", "nothing was refused alone: 'writes denied' refused all, and excused the whole controller for as long", ("test_a_repair_that_is_refused_for_good_keeps_no_successor_away", "test_a_throttled_notice_keeps_no_zone_from_its_launch"), _a_refusal_ends_the_zone, focus=("RunInstances refused on one zone", "SendCommand refused on one node for commands", "ReplaceRoute refused on one table")),
    Old("1d", "a dead zone gets no route when its address is refused", "as 1", ("test_a_node_whose_address_is_refused_for_good_gets_a_dead_ones_route",), _no_route_without_address, focus=("AssociateAddress refused on one address",)),
    Old("2", "a notice that SNS refuses ends in endless recursion", "no fault touched the topic", ("test_a_topic_that_is_gone_ends_no_run_and_stops_no_zone",), _a_refused_notice_is_told, focus=("topic deleted",)),
    Old("3", "a pass that could not read forgets the nodes", "it was learned again within a minute, but for a sleeping node; no law looked at memory", ("test_a_throttled_read_ends_no_sleeper_whose_route_has_been_missing_for_hours",), _unlisted_is_forgotten, focus=("one read fails", "reads denied")),
    Old("4", "one failed outside probe asks for a successor", "no signal was wrong just once", ("test_four_blips_of_four_seconds_launch_nothing",), _blamed_at_once, focus=("one probe without a way out",), weather=CHANGEABLE),
    Old("5", "planned launches use up what the dead need", "an open breaker was an excuse, whatever had opened it", ("test_a_death_after_four_deployments_and_four_orders_is_healed_as_fast_as_any_other",), _one_budget, focus=("four deploys, then a death", "four orders, then a death")),
    Old("6", "the turn of planned successions is never passed on", "no hold lasted for long; no law counted tries", ("test_planned_launches_are_two_an_hour",), _a_turn_for_ever, focus=("held, and an update",), weather=CHANGEABLE),
    Old("7", "a node is ended on a blip though nothing can replace it", "the law spared only who served at that moment", ("test_one_listing_that_leaves_a_node_out_changes_nothing", "test_the_planner_decides_as_the_table_says"), _ended_at_once, focus=("impaired for a moment", "node hangs for 90 s")),
    Old("8", "orders are misread in silence", "every order of the simulation was right", ("test_what_is_mistyped_is_refused_and_nothing_is_lost_or_done",), _tolerant, focus=("wrong order",)),
    Old("9", "a late duplicate overrides a newer order", "no order came after another about the same", ("test_a_sleep_that_comes_again_after_a_wake_changes_nothing",), _as_it_comes, focus=("order delivered again", "orders replayed")),
    Old("10", "warnings and orders are lost to one failed read", "nobody asked what became of an order; a lost event is a fault of its own there", ("test_a_warning_of_aws_that_could_not_be_saved_is_tried_again", "test_an_order_that_could_not_be_written_down_is_tried_again")),
    Old("11", "a killed run costs a healthy zone two minutes", "kills excused everything that followed", ("test_a_killed_runs_lease_costs_at_most_one_sweep", "test_a_run_with_little_time_left_begins_no_move_and_says_so"), _begins_what_it_cannot_end, focus=("one run killed in a move",)),
    Old("12", "spot that a quota refuses is tried for ever", "the rule lay in the adapter, which the simulation replaces; no law counted tries", ("test_spot_that_a_quota_refuses_is_not_tried_for_ever",)),
    Old("13", "the lease does not survive a lost answer", "only EC2's answers were lost; the SDK's own repetition is not simulated", ("test_a_wake_up_is_not_lost_when_the_holder_lets_go_at_that_moment",)),
    Old("14", "deleting the lease's item stops memory", "the table was lost whole, or not at all", ("test_a_deleted_lease_item_does_not_stop_memory",), _counted_anew, focus=("lease row deleted",)),
    Old("15", "an expired Wake hides 'Sleep everywhere'", "truth asked the same function", ("test_a_wake_of_one_zone_that_is_over_does_not_hide_that_all_should_sleep",), _the_latest_of_all, way="on demand", focus=("orders against each other", "a person lets it sleep", "a person wakes it")),
    Old("16", "a doomed node that still boots ranks before a verified neighbour", "both count as served at last, within the bound", ("test_the_successor_of_a_spot_node_that_ec2_recommends_to_leave_is_of_another_pool",), _doomed_before_booting, focus=("rebalance recommendation",)),
    Old("17", "one pass contradicts itself between zones", "no law compared the parts of a plan", ("test_a_node_that_covers_a_neighbour_stays_until_that_has_its_own",), _each_zone_alone, way="on demand", zones=(2, 3), focus=("workload comes", "workloads go", "node terminated")),
    Old("18", "a subnet that is not listed once is left out", "an answer was whole or failed", ("test_what_one_answer_leaves_out_ends_no_node_and_moves_no_table",)),
    Old("19", "the tag alone means ours", "strangers never copied a tag", ("test_an_instance_that_has_copied_the_tags_of_a_node_is_left_alone", "test_a_node_that_was_built_otherwise_is_outdated"), _a_tag_is_enough, focus=("instance with our tags copied",)),
    Old("20", "transit traffic, and what the main table serves, is no workload", "one private subnet a table, no main table", ("test_an_instance_that_only_the_main_table_serves_is_a_workload",)),
    Old("21", "a route war is endless and silent", "a route was hijacked once, never again and again", ("test_a_route_war_is_fought_ever_less_often_and_told_once",), _at_once_and_in_silence, focus=("route taken again and again",)),
    Old("22", "a Wait in any zone spoils the second look", "a sweep comes within every bound", ("test_whoever_only_waits_does_not_spoil_the_second_look",)),
    Old("23", "runs of the probe outlive their minute", "a killed probe costs nothing that a law sees", ("test_no_run_of_the_probe_outlives_its_minute_when_nobody_answers",)),
    Old("24", "a zone wanted while its sleeper still stops has no cover", "seconds lie within every bound", ("test_the_planner_decides_as_the_table_says",), _waits_for_the_stopping, way="on demand", zones=(2, 3), focus=("workload comes", "workloads go")),
    Old("25", "a change that AWS Health calls off dooms a node", "no events of AWS Health here", ("test_a_retirement_that_is_called_off_is_forgotten_and_nobody_is_succeeded",)),
    Old("26", "the first invalid instance type hides the valid second", "the rule lay in the adapter", ("test_a_type_that_is_not_offered_hides_no_other",)),
    Old("27", "a memory that does not decode ends every run", "the simulated table keeps values, not text", ("test_a_damaged_item_is_told_once_and_ends_no_run",)),
    Old("28", "ranges that do not hold the served subnets: egress cut, 'healthy'", "a node forwarded for anybody", ("test_a_path_that_works_stays_when_a_served_subnet_lies_outside_the_translated_ranges",)),
    Old("29", "the route to the internet gateway is replaced by the stack's own node", "no table was named by mistake", ("test_a_default_route_to_the_internet_gateway_stays_and_a_person_is_told",)),
    Old("30", "an order given while paused is carried out at Resume", "nobody asked what an order came to", ("test_an_order_during_a_pause_is_refused_and_not_kept_for_later",)),
    Old("r01", "one table that refuses starves the zone", "as 1", ("test_a_table_that_cannot_be_moved_keeps_neither_the_others_nor_the_launch",), _a_refusal_ends_the_zone, focus=("ReplaceRoute refused on one table",)),
    Old("r02", "what only the main table serves is no workload", "as 20", ("test_an_instance_that_only_the_main_table_serves_is_a_workload",)),
    Old("r03", "an order of nine days ago is obeyed", "as 9: nothing was ever replayed", ("test_an_order_of_nine_days_ago_is_refused_aloud",), _as_it_comes, focus=("order delivered again", "orders replayed")),
    Old("r04", "a gateway that works loses its table to nodes that do not translate the range", "as 28", ("test_a_gateway_that_works_for_a_range_which_nodes_do_not_translate_keeps_its_table",)),
    Old("r05", "why EC2 ended a launch is not told", "no law asked for causes", ("test_a_person_hears_at_once_in_ec2s_own_words_and_once",)),
    Old("r07", "an adoption that never completes goes on in silence, and costs a third node", "no law asked who had been told", ("test_an_adoption_that_never_completes_is_told_and_costs_two_nodes_a_zone",)),
)  # fmt: skip
