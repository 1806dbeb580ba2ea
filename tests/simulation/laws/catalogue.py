"""Every law, in the order in which they are checked at every write and after every change. Each is a function that
returns what was broken, or None; its docstring says it in words. docs/reliability.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from natkeeper.core.memory import Memory
from tests.simulation.laws.blindness import (
    a_lie_moves_a_zone_once_an_hour,
    blames_no_node_for_the_outside,
    blips_change_nothing,
    does_nothing_blindly,
    no_word_ends_a_node,
    remembers_who_lives,
    runs_end_well,
)
from tests.simulation.laws.last_resort import (
    ends_no_last_resort_that_serves,
    last_resorts_are_bounded,
    never_without_a_way_out,
    no_last_resort_beside_a_node_that_serves,
    one_last_resort_a_zone,
)
from tests.simulation.laws.limits import (
    disrupts_one_thing_at_a_time,
    money_is_bounded,
    never_too_many_nodes,
    no_node_at_work_is_lavish,
    touches_only_what_is_ours,
    tries_are_bounded,
)
from tests.simulation.laws.moves import (
    clients_are_seen_by_their_address,
    leads_nobody_where_nothing_leaves,
    moves_are_bounded,
    moves_only_to_the_verified,
    no_plan_contradicts_itself,
    pushes_no_address_off,
)
from tests.simulation.laws.people import (
    missed_deadlines_are_told,
    orders_are_answered,
    orders_are_obeyed_once,
    tells_and_does_not_nag,
    wrong_orders_are_not_obeyed,
)
from tests.simulation.laws.planned_moves import (
    a_planned_move_shows_no_third_address,
    no_fence_outlives_its_run,
    who_was_led_there_is_led_back,
)
from tests.simulation.laws.standbys import (
    a_standby_is_no_emergency,
    ends_no_standby_before_its_successor,
    keeps_one_spare,
    leaves_the_serving_node_for_no_spare,
    starts_the_spare_first,
)
from tests.simulation.laws.updates import (
    an_update_moves_a_zone_forward,
    bakes_one_at_a_time_and_beside_the_stack,
    bakes_only_in_calm,
    no_update_waits_for_ever,
    nodes_come_only_from_tried_images,
)
from tests.simulation.laws.ways_out import (
    ends_no_last_node,
    every_zone_gets_a_node,
    no_wanted_zone_sleeps_on,
    no_zone_is_left_without,
    spares_who_serves_well,
)
from tests.world.gate import Deed

if TYPE_CHECKING:
    from tests.simulation.life.life import Life
    from tests.simulation.life.orders import Order

DEEDS: tuple[Callable[[Life, Deed], str | None], ...] = (
    one_last_resort_a_zone,
    no_last_resort_beside_a_node_that_serves,
    last_resorts_are_bounded,
    ends_no_last_resort_that_serves,
    touches_only_what_is_ours,
    disrupts_one_thing_at_a_time,
    never_too_many_nodes,
    money_is_bounded,
    starts_the_spare_first,
    keeps_one_spare,
    ends_no_standby_before_its_successor,
    a_standby_is_no_emergency,
    an_update_moves_a_zone_forward,
    leaves_the_serving_node_for_no_spare,
    spares_who_serves_well,
    does_nothing_blindly,
    blames_no_node_for_the_outside,
    moves_only_to_the_verified,
    leads_nobody_where_nothing_leaves,
    a_planned_move_shows_no_third_address,
    ends_no_last_node,
    no_plan_contradicts_itself,
    tries_are_bounded,
    moves_are_bounded,
    bakes_one_at_a_time_and_beside_the_stack,
    nodes_come_only_from_tried_images,
    bakes_only_in_calm,
    blips_change_nothing,
    a_lie_moves_a_zone_once_an_hour,
    no_word_ends_a_node,
)
STATES: tuple[Callable[[Life], str | None], ...] = (
    no_zone_is_left_without,
    clients_are_seen_by_their_address,
    pushes_no_address_off,
    never_without_a_way_out,
    no_wanted_zone_sleeps_on,
    every_zone_gets_a_node,
    no_update_waits_for_ever,
    missed_deadlines_are_told,
    no_fence_outlives_its_run,
    who_was_led_there_is_led_back,
    no_node_at_work_is_lavish,
)
SAVES: tuple[Callable[[Life, Memory], str | None], ...] = (remembers_who_lives,)
NOTICES: tuple[Callable[[Life, str], str | None], ...] = (tells_and_does_not_nag,)
OBEYING: tuple[Callable[[Life, Order, str], str | None], ...] = (
    wrong_orders_are_not_obeyed,
    orders_are_obeyed_once,
)
ANSWERING: tuple[Callable[[Life, Order], str | None], ...] = (orders_are_answered,)
FAILING: tuple[Callable[[Life, Exception | None], str | None], ...] = (runs_end_well,)
LAWS = (*DEEDS, *STATES, *SAVES, *NOTICES, *OBEYING, *ANSWERING, *FAILING)
