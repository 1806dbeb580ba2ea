"""docs/doctor.md is what the checks say of themselves."""

from __future__ import annotations

from tests.doctor.page import DOCUMENT, page


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "run `make docs`"
