"""What is promised of broken links and of other answers of AWS, and that AWS is afterwards as it was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from lab.commands.pool import stages
from lab.commands.rounds import by_stage
from lab.ec2.guest import PaperGuest
from lab.ec2.timings import PUBLISHED
from lab.experiments.execution import _surround
from lab.experiments.faults import FAULTS
from lab.experiments.links import LINKS
from lab.experiments.promise import moved_once, unmoved
from lab.report.run import Lane, Moment, Outage, Run
from lab.stage.stage import Stage
from tests.lab.runs import CALM, STRUCK

VARIANTS = [name for name in FAULTS if name.endswith(("-group", "-1s", "-3s"))]


@dataclass
class Recorder:
    """A control that keeps what it was told."""

    told: list[tuple[str, Any]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def command(*values: Any, **named: Any) -> None:
            self.told.append((name, values or named))

        return command


@dataclass
class Playground:
    """What an experiment's surroundings are made of."""

    aws: Any
    pace: str = "demo"
    minute: float = 60.0


def surrounded(name: str) -> dict[str, Any]:
    """Returns what AWS's control is told last of each thing, for an experiment, and after all of them."""
    control = Recorder()
    stage = cast("Stage", Playground(type("Aws", (), {"control": control})()))
    _surround(stage, FAULTS[name] if name else None)
    return dict(control.told)


def with_moment(lane: Lane, text: str, at: float = 1.0) -> Run:
    return replace(CALM, moments=(Moment(STRUCK + at, lane, text),))


def short(seconds: float) -> Run:
    return replace(CALM, moments=(), outages=(Outage(STRUCK, STRUCK + seconds, 1, "udp"),))


@pytest.mark.parametrize(
    "text", ["ReplaceRoute rtb-1 -> i-2", "AssociateAddress eipalloc-1 -> i-2", "RunInstances",
             "TerminateInstances i-1", "StopInstances i-1", "CreateRoute rtb-1"],
)  # fmt: skip
def test_whoever_moves_launches_or_ends_something_has_not_stayed_calm(text: str) -> None:
    assert not unmoved().kept(with_moment("call", text), PUBLISHED)
    assert unmoved().kept(with_moment("call", text, at=-1), PUBLISHED)


def test_who_only_looks_and_tells_stays_calm() -> None:
    for lane, text in (("call", "DescribeInstances"), ("call", "SendCommand i-1"), ("aws", "ReplaceRoute")):
        assert unmoved().kept(with_moment(cast("Lane", lane), text), PUBLISHED)


@pytest.mark.parametrize(
    ("allowed", "lost", "kept"), [(0, 0.01, False), (0.4, 0.45, True), (0.4, 0.6, False)]
)
def test_a_pause_loses_what_it_loses_and_no_more(allowed: float, lost: float, kept: bool) -> None:
    assert unmoved(allowed).kept(short(lost), PUBLISHED) is kept


def test_every_broken_link_is_looked_on_and_promises_that_nothing_moves() -> None:
    moving = [each.name for each in LINKS if not each.promise.words.startswith("nothing is moved")]
    assert moving == ["liar-of-two"], "who is the only one that watches is believed once an hour (ADR 18)"
    assert all(each.watch for each in LINKS)
    assert set(FAULTS) >= {each.name for each in LINKS}


def test_a_lie_moves_a_zone_and_back_once_and_neither_twice_nor_anything_else() -> None:
    lost = (STRUCK + 1.2, STRUCK + 3.2)
    moves = (
        "ReplaceRoute rtb-1 -> i-2",
        "RunInstances",
        "ReplaceRoute rtb-1 -> i-1",
        "TerminateInstances i-3",
    )

    def told(*calls: str, lost_udp: tuple[float, ...] = lost) -> bool:
        moments = tuple(Moment(STRUCK + 1 + n, "call", text) for n, text in enumerate(calls))
        return moved_once(1.5).kept(replace(CALM, moments=moments, lost_udp=lost_udp, outages=()), PUBLISHED)

    assert told(*moves)
    assert not told(*moves, "ReplaceRoute rtb-1 -> i-2")
    assert not told(*moves, "TerminateInstances i-1")
    assert not told(*moves, "StopInstances i-1")
    assert not told(*moves, lost_udp=(*lost, STRUCK + 2.2))
    assert not moved_once(1.5).kept(short(1.6), PUBLISHED)


def test_a_link_that_stays_broken_is_looked_on_for_longer_than_a_word_holds() -> None:
    for each in LINKS:
        if each.name.startswith(("link-one", "link-both", "zone", "liar")):
            assert each.watch * (each.minute or 0) > 60


def test_the_same_faults_are_played_where_aws_is_otherwise() -> None:
    assert sorted(VARIANTS) == sorted(
        ["hang-open-group", "hang-strict-group", "replace-open-group", "terminate-address-1s",
         "terminate-address-3s", "terminate-open-group", "terminate-strict-group"]
    )  # fmt: skip
    titles = [each.title for each in FAULTS.values()]
    assert len(set(titles)) == len(titles)


def test_every_experiment_is_played_on_some_stage() -> None:
    assert sorted(name for group in by_stage(FAULTS) for name in group) == sorted(FAULTS)


def test_one_stage_plays_an_experiment_several_times() -> None:
    assert by_stage(["liar", "hang", "zone-cut-off"] * 3) == [["liar", "zone-cut-off"] * 3, ["hang"] * 3]
    assert [len(group) for group in by_stage(["hang"] * 25)] == [10, 10, 5]


def test_as_few_stages_are_played_as_there_are_labs() -> None:
    assert stages(2, 1, ["hang", "terminate"]) == [["hang", "terminate"] * 2]
    assert stages(2, 2, ["hang", "terminate"]) == [["hang", "terminate"]] * 2
    assert stages(2, 9, ["hang", "liar"]) == [["hang"], ["liar"]] * 2


def test_aws_is_otherwise_for_one_experiment_alone() -> None:
    assert surrounded("terminate-strict-group")["midstream"] == {"tracked": False}
    assert surrounded("terminate-address-3s")["timings"] == {"association": 3.0}
    after = surrounded("")
    assert (after["midstream"], after["timings"], after["pace"]) == ({"tracked": True}, {}, ("demo",))
    assert (after["minute"], after["trail"]) == ((60.0,), (None,))


def test_where_there_are_no_packets_no_link_breaks() -> None:
    with pytest.raises(ValueError, match="no packets"):
        PaperGuest().cut([("i-1", "i-2")], 0)


def test_what_the_next_sweep_sees_strikes_at_any_moment_of_its_minute() -> None:
    swept = {name for name, fault in FAULTS.items() if "after one sweep" in fault.promise.words}
    assert swept == {name for name, fault in FAULTS.items() if fault.promise.by_schedule} != set()
