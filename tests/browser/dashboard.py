"""A dashboard with a stack's picture in a real browser, and a person's eyes and hands upon it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selenium.common.exceptions import ElementNotInteractableException, StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from lab.console.browser import Theme, hold
from lab.console.host import CallError, Console, Widget
from natkeeper.picture.answers import reply
from tests.unit.test_picture import ARN, DOCTOR, Viewer

PICTURE = "arn:aws:lambda:us-east-1:123456789012:function:natkeeper-picture"
OUTSIDE = (Path(__file__).parent / "outside.js").read_text()
READ = "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText ?? e.textContent)"
PATIENCE = 20.0  # seconds


@dataclass
class Account:
    """Dashboards with one custom widget, and the functions that there are. Calls come one after the other."""

    functions: dict[str, Callable[[Any], object]]
    widgets_: list[Widget] = field(default_factory=lambda: [Widget("natkeeper", "The stack now", PICTURE)])
    calls: list[tuple[str, Any]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def widgets(self) -> list[Widget]:
        """What CloudWatch has."""
        return self.widgets_

    def call(self, endpoint: str, payload: Mapping[str, Any]) -> object:
        """What Lambda answers."""
        with self.lock:
            self.calls.append((endpoint, payload))
            if endpoint not in self.functions:
                raise CallError(f"Function not found: {endpoint}")
            answer: object = json.loads(json.dumps(self.functions[endpoint](payload)))
            return answer

    def orders(self) -> list[Any]:
        """What the reconcile function was called with."""
        with self.lock:
            return [payload for endpoint, payload in self.calls if endpoint == ARN]


def account_of(viewer: Viewer) -> Account:
    """The picture function, the one that takes orders, and the doctor, of one stack."""
    return Account(
        {
            PICTURE: viewer.illustrator.answer,
            ARN: lambda event: reply(event, lambda: viewer.stack.take(event)),
            DOCTOR: lambda event: reply(event, lambda: "Stack natkeeper: 1 wrong, 2 ok\n\nwrong: <quota>"),
        }
    )


@dataclass
class Dashboard:
    """The page as a person has it before them."""

    chrome: Chrome
    address: str
    patience: float = PATIENCE

    def open(self, width: int = 1200, theme: Theme = "light") -> None:
        """Opens it anew, and waits until the picture is drawn."""
        hold(self.chrome, width, theme)
        self.chrome.get(self.address)
        self.wait(lambda: self.all(".widget .body[data-drawn]"))

    def all(self, selector: str) -> list[WebElement]:
        """The elements that a selector names."""
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The only one."""
        (found,) = self.all(selector)
        return found

    def texts(self, selector: str) -> list[str]:
        """What can be read of each, at one moment: the widget may be drawn anew at the next."""
        return list(self.script(READ, selector))

    def text(self, selector: str = ".widget .body") -> str:
        """What can be read of the only one."""
        (found,) = self.texts(selector)
        return found

    def shows(self, selector: str) -> bool:
        """Whether the only one can be seen."""
        return self.one(selector).is_displayed()

    def script(self, code: str, *arguments: object) -> Any:
        """What a script finds out about the page."""
        return self.chrome.execute_script(code, *arguments)

    def wait(self, until: Callable[[], object]) -> None:
        """Waits until it is so. What was drawn anew while it was looked at is looked for again."""
        again = [StaleElementReferenceException, ElementNotInteractableException]
        WebDriverWait(self.chrome, self.patience, 0.05, again).until(lambda _: until())

    def outside(self) -> list[str]:
        """Whatever reaches beyond the window, the element around it, or the box that is drawn around it."""
        return list(self.script(OUTSIDE))

    def press(self, label: str, by: Callable[[WebElement], object] = WebElement.click) -> str:
        """Presses the first button that is called so. Returns the question that comes."""
        self.wait(lambda: self._pressed(label, by))
        self.wait(lambda: self.shows("#confirm"))
        return self.text("#question")

    def confirm(self) -> str:
        """Says yes to the question. Returns what comes of it."""
        self.one("#confirm [value=yes]").click()
        self.wait(lambda: self.shows("#popup"))
        self.wait(lambda: not self.text("#popup .body").startswith("Waiting"))
        return self.text("#popup .body")

    def close(self) -> None:
        """Closes the answer."""
        self.one("#popup [value=close]").click()

    def _pressed(self, label: str, by: Callable[[WebElement], object]) -> bool:
        if self.shows("#confirm"):
            return True  # the button was drawn anew right after it was pressed
        found = [button for button in self.all(".btn") if button.text == label]
        for button in found[:1]:
            by(button)
        return bool(found)


@contextmanager
def dashboard(chrome: Chrome, account: Account) -> Iterator[Dashboard]:
    """The account's dashboards at a loopback address."""
    with Console(account) as console:
        yield Dashboard(chrome, console.address)
        chrome.get("about:blank")
