"""What nobody should send: JSON of any shape, and real things with one part spoilt.

`make test` tries the same cases every time. FUZZ=50 tries fifty times as many, other ones each time; a
failure prints the case.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FACTOR = int(os.environ.get("FUZZ", "1"))
SHELL = [
    "'", '"', "`touch /run/harm`", "$(touch /run/harm)", "; touch /run/harm", "&& touch /run/harm",
    "|| touch /run/harm", "| touch /run/harm", "\ntouch /run/harm\n", "' ; touch /run/harm ; '",
    "> /run/harm", "${IFS}", "\\", "*", "?", "[a-z]*", "~", "{a,b}", "--inside", "-o", "#", "!!", "\r", "\t",
    "$0", "<(touch /run/harm)", "EOF\ntouch /run/harm\n", "\u2028", "\u00e9", "\uff11", "\u0661", "%0a",
]  # fmt: skip
STRINGS = [
    "", " ", "null", "i-", "i-0123456789abcdef0\n", "I-0123456789ABCDEF0", "i-0123456789abcdef01",
    "i-\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "\x00", "\ud800", "\U0001f600", "\u202e", "\u2028",
    '{"level":"ERROR"}', '\n{"level":"ERROR","message":"forged"}\n', "%s%n{0}${1}", "../../etc/passwd",
    "'; DROP TABLE nodes; --", "$(touch /run/harm)", "x" * 5000, "9" * 500, "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "Tue, 8 Dec 99999999999 10:00:00 GMT",
    "Mon, 1 Jan 0001 00:00:00 +2359", "NaN", "-1",
]  # fmt: skip
NUMBERS = [0, -1, 1, 2**31, 2**63, -(2**64), 10**400, 1e308, -0.0, float("inf"), float("nan"), 5e-324]


def fuzzed(examples: int) -> settings:
    """Settings for a test of so many examples."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=FACTOR == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def deep(depth: int) -> Any:
    """So many lists in one another."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@cache
def scalars() -> st.SearchStrategy[Any]:
    """Anything that JSON holds and that holds nothing; lone surrogates too, as Lambda would hand them on."""
    text = st.sampled_from(STRINGS) | st.text(max_size=20)
    return st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.integers() | st.floats() | text


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Any JSON."""
    nested = st.recursive(
        scalars(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    )
    return nested | st.sampled_from([deep(100), {"a": deep(300)}, ["x" * 200] * 200])


@cache
def instead_of_a_part() -> st.SearchStrategy[Any]:
    """What a part is replaced by: often a hostile string, which any JSON would seldom be."""
    return st.sampled_from(STRINGS) | json_values()


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a JSON value, the whole left out."""
    if here:
        yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from paths(part, (*here, key))


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> tuple[tuple[Any, ...], Any]:
    """A copy with one part taken away or made something else, and the way to that part."""
    way = draw(st.sampled_from(list(paths(whole))))
    made = copy.deepcopy(whole)
    owner = made
    for key in way[:-1]:
        owner = owner[key]
    if draw(st.booleans()) and draw(st.booleans()):
        del owner[way[-1]]
    else:
        owner[way[-1]] = draw(instead_of_a_part())
    return way, made
