"""The page that plays CloudWatch: what it tells a function, what it does with an answer, whom it answers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys

from lab.console.host import CallError, Console, Widget
from tests.browser.dashboard import PICTURE, Account, Dashboard, dashboard

LONGER_THAN_A_PICTURE = 2.5  # seconds
ORDERED = "arn:aws:lambda:us-east-1:123456789012:function:another"


class Drawn:
    """A function whose answer a test sets, and another that its button calls."""

    def __init__(self) -> None:
        self.answer: object = "<p>first</p>"
        self.account = Account({PICTURE: self.draw, ORDERED: lambda event: {"heard": event.get("said")}})

    def draw(self, _: object) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def drawn() -> Drawn:
    return Drawn()


@pytest.fixture
def page(chrome: Chrome, drawn: Drawn) -> Iterator[Dashboard]:
    with dashboard(chrome, drawn.account) as shown:
        yield shown


def button(display: str = "popup") -> str:
    return (
        f'<a class="btn">Do it</a><cwdb-action action="call" confirmation="Really?" display="{display}" '
        f'endpoint="{ORDERED}">{{"said": "&lt;b&gt;"}}</cwdb-action>'
    )


def test_a_function_is_told_what_cloudwatch_tells(page: Dashboard, drawn: Drawn) -> None:
    drawn.account.widgets_ = [Widget("natkeeper", "The stack now", PICTURE, {"of": "mine"})]
    page.open(700, "dark")
    _, told = drawn.account.calls[0]
    context = told["widgetContext"]

    assert told["of"] == "mine"
    assert (context["dashboardName"], context["title"]) == ("natkeeper", "The stack now")
    assert (context["accountId"], context["theme"], context["params"]) == (
        "123456789012",
        "dark",
        {"of": "mine"},
    )
    assert 600 < context["width"] < 700


def test_it_is_drawn_anew_while_it_is_looked_at(page: Dashboard, drawn: Drawn) -> None:
    page.open()
    drawn.answer = "<p>second</p>"

    page.wait(lambda: page.text() == "second")


def test_when_a_function_fails_it_says_so_and_the_last_picture_stays(page: Dashboard, drawn: Drawn) -> None:
    page.open()
    drawn.answer = CallError("it is tired")
    page.wait(lambda: page.shows(".trouble"))

    assert page.text(".trouble") == "This is how it was. it is tired"
    assert page.text() == "first"


def test_an_account_without_dashboards_says_so_and_one_that_is_deleted_goes(
    page: Dashboard, drawn: Drawn
) -> None:
    page.open()
    drawn.account.widgets_ = []
    page.wait(lambda: not page.all(".widget"))

    assert page.text("#status").startswith("There is none yet")


def test_a_button_by_the_keyboard_asks_calls_and_shows_json_as_text(page: Dashboard, drawn: Drawn) -> None:
    drawn.answer = button()
    page.open()
    assert page.press("Do it", lambda element: element.send_keys(Keys.ENTER)) == "Really?"

    assert json.loads(page.confirm()) == {"heard": "<b>"}
    endpoint, payload = next(call for call in drawn.account.calls if call[0] != PICTURE)
    assert (endpoint, payload["said"], "widgetContext" in payload) == (ORDERED, "<b>", True)


def test_a_button_stays_as_long_as_it_is_held_down(page: Dashboard, drawn: Drawn) -> None:
    drawn.answer = button()
    page.open()
    held = ActionChains(page.chrome).click_and_hold(page.one(".btn")).pause(LONGER_THAN_A_PICTURE)
    held.release().perform()
    page.wait(lambda: page.shows("#confirm"))


def test_a_call_that_is_refused_says_so(page: Dashboard, drawn: Drawn) -> None:
    drawn.answer = button()
    del drawn.account.functions[ORDERED]
    page.open()
    page.press("Do it")

    assert "Function not found" in page.confirm()


@pytest.mark.parametrize("code", ["<script>hit = 1</script>", "<img src='x' onerror='hit = 1'>",
                                  "<svg><use href='#x'/></svg><b onclick='hit = 1'>b</b>"])  # fmt: skip
def test_a_functions_own_code_does_not_run(page: Dashboard, drawn: Drawn, code: str) -> None:
    drawn.answer = f"{code}<p>the rest</p>"
    page.open()
    page.script("document.querySelectorAll('.widget b').forEach((element) => element.click())")

    assert "the rest" in page.text()
    assert page.script("return window.hit") is None
    assert not page.all(".widget :is(script, use)")


ODD: dict[str, tuple[object, str]] = {
    "nothing": (None, "null"),
    "a number": (7, "7"),
    "a list": ([], "[]"),
    "Markdown": ({"markdown": "**b**"}, "**b**"),
    "Markdown that is none": ({"markdown": {"a": 1}}, '{\n  "markdown": {\n    "a": 1\n  }\n}'),
    "an element that never ends": ("<div><p>x", "x"),
    "what closes what it never opened": ("</div></section></body></html>x", "x"),
    "an action of nobody": ("<cwdb-action action='call' endpoint='x'>{}</cwdb-action>x", "x"),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_answer_is_shown_as_what_it_is_and_the_page_goes_on(
    page: Dashboard, drawn: Drawn, case: str
) -> None:
    drawn.answer, seen = ODD[case]
    page.open()
    assert page.text().strip() == seen
    drawn.answer = "<p>second</p>"

    page.wait(lambda: page.text() == "second")


@pytest.mark.parametrize("said", ["", "{", "not JSON"])
def test_a_button_with_a_payload_that_is_none_says_so(page: Dashboard, drawn: Drawn, said: str) -> None:
    drawn.answer = button().replace('{"said": "&lt;b&gt;"}', said)
    page.open()
    page.press("Do it")
    told = page.confirm()

    assert "error" in told
    assert '"heard"' not in told
    page.close()
    page.wait(lambda: not page.shows("#popup"))


# --- Whom it answers


def asked(path: str, body: object = None, **headers: str) -> int:
    """The status of an answer to who is no page of ours."""
    with Console(Drawn().account) as console:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{console.address}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


NO_CALLS: tuple[object, ...] = (None, 7, [], "x", {}, {"endpoint": 7, "payload": {}}, {"endpoint": "x"},
            {"endpoint": ORDERED, "payload": []}, {"endpoint": ORDERED, "payload": None})  # fmt: skip


@pytest.mark.parametrize("body", NO_CALLS)
def test_a_call_of_no_known_form_is_refused_and_the_next_is_answered(body: object) -> None:
    kind = {"Content-Type": "application/json"}
    assert asked("call", body if body is not None else "", **kind) == 400
    assert asked("call", {"endpoint": ORDERED, "payload": {}, "more": "x" * 300_000}, **kind) == 400
    assert asked("call", ORDER, **kind) == 200


ORDER = {"endpoint": ORDERED, "payload": {"said": ""}}


def test_another_sites_page_can_neither_read_nor_order() -> None:
    assert asked("call", ORDER, **{"Content-Type": "application/json"}) == 200
    assert asked("call", ORDER, **{"Content-Type": "text/plain"}) == 415
    assert asked("call", ORDER) == 415
    assert asked("call", ORDER, **{"Content-Type": "application/json", "Host": "evil.example"}) == 403
    assert asked("widgets", Host="evil.example") == 403
    assert asked("../host.py") == 404


def test_it_listens_on_this_machine_alone_and_is_gone_afterwards() -> None:
    with Console(Drawn().account) as console:
        assert console.address.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(console.address, timeout=1)
