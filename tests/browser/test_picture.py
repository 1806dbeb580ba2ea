"""The picture in a real browser: what is drawn is true, nothing overflows, each button does what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from selenium.webdriver import Chrome

from lab.console.browser import Theme, hold
from natkeeper.core.examined import Examined, Fault
from natkeeper.core.memory import Heal
from natkeeper.core.model import InstanceId, ZoneName
from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.overview import ZoneView
from natkeeper.core.picture.page import render
from tests.browser.dashboard import PICTURE, Account, Dashboard, account_of, dashboard
from tests.builders import NOW
from tests.stack import Stack, own, settled
from tests.unit.core.picture_views import a_node, a_zone, stack
from tests.unit.core.test_picture_page import contrast
from tests.unit.test_picture import ARN, DOCTOR, Viewer
from tests.unit.test_words import parsed, word

FIRST = "eu-west-1a"
WIDTHS = (320, 1200)
THEMES: tuple[Theme, ...] = ("light", "dark")
READABLE = 4.5
"""To one, of text and its ground (WCAG 2.2, contrast)."""


@dataclass
class Scene:
    """A stack that lives, and the page that a person has open."""

    viewer: Viewer
    account: Account
    page: Dashboard

    @property
    def stack(self) -> Stack:
        return self.viewer.stack

    def verdict(self, node: InstanceId) -> str:
        """What the controller's own judge says of it now."""
        return self.viewer.reading().look.standings[node].judgement.verdict

    def ordered(self, label: str) -> tuple[str, str]:
        """Presses a button and says yes. The question, and the answer."""
        question = self.page.press(label)
        return question, self.page.confirm()


@contextmanager
def scene(chrome: Chrome, of: Stack, width: int = 1200, theme: Theme = "light") -> Iterator[Scene]:
    viewer = Viewer(of)
    account = account_of(viewer)
    with dashboard(chrome, account) as page:
        page.open(width, theme)
        yield Scene(viewer, account, page)


def healing() -> Stack:
    """A node has just died: the neighbour serves its zone, and a new one boots."""
    made = settled()
    made.aws.terminate(own(made))
    made.aws.advance(30)
    made.sweep()
    return made


def asleep() -> Stack:
    made = settled()
    made.order("Sleep")
    made.settle(30)
    return made


def paused() -> Stack:
    made = settled()
    made.order("Pause", minutes=60)
    return made


def broken() -> Stack:
    made = settled()
    made.aws.terminate(own(made))
    made.aws.advance(30)
    return made


def doubted() -> Stack:
    """Nobody has probed the nodes for an hour: who serves may be well."""
    made = settled()
    made.aws.advance(3600)
    return made


def silent() -> Stack:
    """Both neighbours say that the first zone's node forwards nothing."""
    made = settled(3)
    made.aws.advance(30)
    accused, *watchers = (own(made, number) for number in range(3))
    for watcher in watchers:
        made.store.note_word(parsed(made, word(made, watcher, accused)))
    return made


STACKS: dict[str, Callable[[], Stack]] = {
    "at rest": settled, "healing": healing, "asleep": asleep, "paused": paused, "broken": broken,
    "three zones": lambda: settled(3), "doubted": doubted, "silent": silent,
}  # fmt: skip
WORKS = {"healthy": "internet", "suspect": "not known", "unknown": "not known"}
"""What is drawn at the end of a way to a node of this verdict; to any other: not out."""


@pytest.mark.parametrize("name", STACKS)
def test_what_is_drawn_is_the_stack_as_it_is_and_whole_at_any_width_and_in_both_themes(
    chrome: Chrome, name: str
) -> None:
    with scene(chrome, STACKS[name]()) as seen:
        assert_true(seen)
        for width in WIDTHS:
            for theme in THEMES:
                hold(chrome, width, theme)
                assert seen.page.outside() == [], (width, theme)
                assert_readable(seen.page, theme)


def assert_true(seen: Scene) -> None:
    """The page says of each zone what EC2 has: its nodes, who serves it, and what the internet sees."""
    cards = seen.page.texts(".nk-card")
    zones = list(seen.stack.aws.zones.values())
    living = seen.stack.living()

    assert [card.split(" · ")[0] for card in cards] == zones
    for number, (zone, card) in enumerate(zip(zones, cards, strict=True)):
        here = [node for node in living if node.zone == zone]
        assert all(f"{node.id}: " in card and f", {node.lifecycle}, " in card for node in here)
        server = next((node for node in living if node.id == seen.stack.serving(number)), None)
        drawn = seen.page.texts(f".nk-card:nth-child({number + 1}) text")
        if server is None or server.lifecycle != "running":
            assert "not out" in drawn
            continue
        verdict = next(text for text in drawn if text.endswith(", running")).removesuffix(", running")
        assert verdict == seen.verdict(server.id)
        assert WORKS.get(verdict, "not out") in drawn
        assert server.id in drawn[2]
        assert (server.public_address in drawn) is (server.zone == zone)
    assert not [n for n in seen.stack.aws.find() if n not in living and f"{n.id}: " in seen.page.text()]


def assert_readable(page: Dashboard, theme: Theme) -> None:
    """Text stands out from its ground, and the ground is the theme's."""
    colours = page.script(
        "const of = (s, what) => getComputedStyle(document.querySelector(s))[what];"
        "return [of('.widget', 'backgroundColor'), of('.nk-line', 'color'), of('.btn', 'color')]"
    )
    ground, *inks = map(as_hex, colours)

    assert ground == {"light": "#ffffff", "dark": "#161d26"}[theme]
    assert all(contrast(ink, ground) >= READABLE for ink in inks)


def as_hex(colour: str) -> str:
    """Of `rgb(1, 2, 3)`, as a browser tells it."""
    return f"#{''.join(f'{int(part):02x}' for part in colour[4:-1].split(','))}"


def test_what_overflows_would_be_found(chrome: Chrome) -> None:
    with scene(chrome, settled(), 320) as seen:
        assert seen.page.outside() == []
        for spoilt in (
            "document.querySelector('.nk-card').style.minWidth = '400px'",
            "document.querySelector('.nk-line').style.cssText = 'white-space: nowrap; width: 400px'",
            "document.querySelectorAll('svg text')[2].setAttribute('textLength', 200)",
        ):
            seen.page.open(320)
            seen.page.script(spoilt)
            assert seen.page.outside()


# --- Buttons


def test_a_button_asks_first_and_does_nothing_when_the_person_thinks_better_of_it(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        before = seen.stack.living(), seen.stack.serving()
        node = own(seen.stack)
        assert seen.page.press("Failover") == f"Move {FIRST} off {node} now? Open connections may break."
        seen.page.one("#confirm [value=no]").click()
        seen.page.wait(lambda: not seen.page.shows("#confirm"))

        assert (seen.stack.living(), seen.stack.serving()) == before
        assert seen.account.orders() == []
        assert not seen.page.shows("#popup")


def test_failover_moves_the_zone_off_its_node_and_the_picture_shows_it_at_once(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        left, neighbour = own(seen.stack), own(seen.stack, 1)
        _, answer = seen.ordered("Failover")
        seen.page.wait(lambda: "served by another zone's node" in seen.page.texts(".nk-card")[0])

        assert answer.startswith("obeyed. It is written down, and this is what came of it so far.")
        assert f"{FIRST}: point route {neighbour}" in answer
        assert seen.stack.serving() == neighbour != left
        assert_true(seen)


def test_replace_launches_a_new_node_and_moves_to_it(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        old = own(seen.stack)
        question, answer = seen.ordered("Replace")
        seen.stack.settle()

        assert (question, "launch node" in answer) == (
            f"Launch a successor of {old}, which serves {FIRST}, then move to it?",
            True,
        )
        assert own(seen.stack) != old
        assert old not in {node.id for node in seen.stack.living()}


def test_try_failover_tells_what_it_would_do_and_touches_nothing(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        before = seen.stack.living(), seen.stack.serving()
        question, answer = seen.ordered("Try failover")

        assert question.endswith("Nothing is touched.")
        assert answer.startswith("dry run. Nothing was touched.")
        assert f"{FIRST}: point route" in answer
        assert (seen.stack.living(), seen.stack.serving()) == before


def test_sleep_lets_a_zone_sleep_and_wake_brings_it_back_and_automatic_takes_the_wish_away(
    chrome: Chrome,
) -> None:
    with scene(chrome, settled()) as seen:
        seen.ordered("Sleep")
        seen.stack.settle(30)
        assert [n.lifecycle for n in seen.stack.living() if n.zone == FIRST] == ["stopped"]

        seen.page.open()
        card = seen.page.texts(".nk-card")[0]
        assert card.startswith(f"{FIRST} · asleep")
        assert "Failover" not in card
        question, _ = seen.ordered("Wake")
        assert question == f"Keep {FIRST} awake for an hour?"
        seen.stack.settle(10)
        assert own(seen.stack) in {n.id for n in seen.stack.living() if n.zone == FIRST}

        seen.page.open()
        seen.ordered("Sleep")
        seen.page.open()
        seen.ordered("Automatic")
        seen.stack.settle(40)
        assert own(seen.stack) in {n.id for n in seen.stack.living() if n.zone == FIRST}


def test_pause_makes_it_only_watch_and_resume_makes_it_act_again(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        seen.ordered("Pause")
        assert seen.viewer.overview().paused_until == seen.stack.clock() + timedelta(minutes=60)

        seen.page.open()
        assert "natkeeper only watches" in seen.page.text()
        seen.ordered("Resume")
        assert seen.viewer.overview().paused_until is None


def test_a_button_that_is_pressed_late_hits_nobody_and_says_why(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        left = own(seen.stack)
        seen.page.press("Failover")  # the question stands open while the world goes on
        seen.stack.aws.terminate(left)
        seen.stack.settle(10)
        server = own(seen.stack)
        answer = seen.page.confirm()

        assert answer.startswith("refused. Nothing was done, because:")
        assert f"{left} does not serve {FIRST} any more, {server} does: look again" in answer
        assert own(seen.stack) == server != left
        assert seen.stack.store.records.orders == {}


def test_a_button_that_is_pressed_twice_says_so(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        seen.page.press("Pause")
        seen.stack.aws.advance(5)
        assert seen.page.confirm().startswith("obeyed. ")
        until = seen.stack.store.records.paused_until
        order = seen.account.orders()[-1]

        assert "already so" in str(seen.account.functions[ARN](order))
        assert seen.stack.store.records.paused_until == until


def test_doctor_looks_and_what_it_found_is_text(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        question, answer = seen.ordered("Doctor")

        assert question.endswith("It only reads, for up to two minutes.")
        assert answer == "Stack natkeeper: 1 wrong, 2 ok\n\nwrong: <quota>"
        assert seen.account.orders() == []


def test_an_answer_is_whole_in_a_narrow_window_and_readable_in_both_themes(chrome: Chrome) -> None:
    for theme in THEMES:
        with scene(chrome, settled(3), 320, theme) as seen:
            seen.ordered("Try failover")

            assert seen.page.outside() == []
            ground, ink = seen.page.script(
                "return [getComputedStyle(document.querySelector('#popup')).backgroundColor,"
                "getComputedStyle(document.querySelector('#popup strong')).color]"
            )
            assert contrast(as_hex(ground), as_hex(ink)) >= READABLE


def test_an_order_that_aws_would_not_let_be_written_down_says_that_nothing_was_done(chrome: Chrome) -> None:
    with scene(chrome, settled()) as seen:
        seen.viewer.refuse("TableWrite")
        _, answer = seen.ordered("Pause")

        assert answer.startswith("Not done, and nothing is written down: ")
        assert seen.stack.store.records.pause is None


# --- What a stack has behind it


def test_the_last_outage_and_what_the_doctor_found_are_on_the_page(chrome: Chrome) -> None:
    stack_ = healing()
    stack_.settle(5)
    viewer = Viewer(stack_)
    viewer.findings.keep(Examined(stack_.clock(), 3, 1, 0, (Fault("quota", "5 vCPUs", "ask for more"),)))
    with dashboard(chrome, account_of(viewer)) as page:
        for width in WIDTHS:
            page.open(width)
            assert page.outside() == []
        said = page.text()

    assert f"{FIRST}: noticed 2026-03-14 12:" in said
    assert "quota: 5 vCPUs. What to do: ask for more" in said


# --- Whatever strangers wrote

HOSTILE = (
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "</style></svg><iframe src='javascript:parent.hit=1'></iframe>",
    "</cwdb-action><cwdb-action action='call' endpoint='x'>{}</cwdb-action>",
    "w" * 300,
)


def test_hostile_text_is_text_and_stays_where_it_belongs(chrome: Chrome) -> None:
    zones = [_of_a_stranger(number, text) for number, text in enumerate(HOSTILE)]
    faults = tuple(Fault(text, text, text) for text in HOSTILE)
    heals = tuple(Heal(ZoneName(text), text, NOW, NOW) for text in HOSTILE)
    examined = Examined(NOW, 0, 5, 0, faults)
    overview = stack(*zones, notes=HOSTILE, planned=HOSTILE, heals=heals, examined=examined)
    html = render(overview, Buttons("natkeeper", ARN, DOCTOR))
    with dashboard(chrome, Account({PICTURE: lambda _: html})) as page:
        page.open()

        assert page.script("return window.hit") is None
        assert not page.all(".body :is(script, iframe, img)")
        assert len(page.all("cwdb-action")) == len(page.all(".btn"))
        for text in HOSTILE:
            assert page.text().count(text[:200]) >= 5
        for width in WIDTHS:
            hold(chrome, width, "light")
            assert page.outside() == []


def _of_a_stranger(number: int, text: str) -> ZoneView:
    node = a_node(kind=text, reason=text)
    return a_zone(f"zone-{number}", nodes=(node,), remarks=(text,), rest=text, error=text)
