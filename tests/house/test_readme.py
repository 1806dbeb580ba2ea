"""Both READMEs: the same commands, numbers that a page has, words that are explained."""

from __future__ import annotations

import re

import pytest

from tests.house.makefile import TARGETS
from tests.template.cfn import ROOT, template

PAGES = {name: (ROOT / name).read_text() for name in ("README.md", "README.ja.md")}
DOCS = "\n".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
FIGURE = re.compile(r"\$\d+(?:\.\d+)?|\b\d+(?:\.\d+)? (?:Mbit/s|Gbit/s|s|ms|minutes)\b")


def commands(page: str) -> list[str]:
    """The lines of all code blocks, without comments and layout."""
    blocks = re.findall(r"^```\n(.*?)^```", PAGES[page], re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [" ".join(re.sub(r"\s#.*", "", line).split()) for line in lines]


def stands(figure: str, text: str) -> bool:
    """Whether it stands there as a number of its own, or with the zeros of cents behind it left out."""
    whole = re.escape(figure.removesuffix(".00")) + r"(?:\.0+)?"
    return re.search(rf"(?<![\d.]){whole}(?![.\d]*\d)", text) is not None


def test_both_readmes_give_the_same_commands_in_the_same_order() -> None:
    assert commands("README.md") == commands("README.ja.md")


def test_the_commands_are_there_and_run_what_exists() -> None:
    run = commands("README.md")

    assert {"make demo", "make test", "sam build"} <= set(run)
    assert {line.split()[1] for line in run if line.startswith("make ")} <= TARGETS
    for file in re.findall(r"file://(\S+)", "\n".join(run)):
        assert (ROOT / file).is_file()
    given = {name for line in run for name in re.findall(r"\b([A-Z]\w+)=", line)}
    assert given
    assert given <= template()["Parameters"].keys()


@pytest.mark.parametrize("page", PAGES)
def test_every_parameter_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"`([A-Z][a-z]\w+)(?:=[^`]*)?`", PAGES[page]))

    assert named
    assert named <= template()["Parameters"].keys() | {"Detail"}


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_is_on_a_page_of_the_documentation(page: str) -> None:
    figures = set(FIGURE.findall(PAGES[page]))

    assert figures
    assert [figure for figure in figures if not stands(figure.removeprefix("$"), DOCS)] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_controller_costs_is_what_the_cost_page_reckons(page: str) -> None:
    """A figure that stands somewhere else on the pages is no proof of a sum that has changed."""
    sums = re.search(r"\| together \|[ |]+\*\*([\d.]+)\*\* \| \*\*([\d.]+)\*\*", DOCS)

    assert sums
    assert [figure for figure in sums.groups() if not stands(f"${figure}", PAGES[page])] == []


def test_both_say_first_that_no_real_account_has_seen_it() -> None:
    for page in PAGES.values():
        assert page.index("docs/first-deploy.md") < page.index("sam deploy --parameter-overrides")
