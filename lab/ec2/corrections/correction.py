"""A correction replaces one attribute of moto, and can be taken back.

Modules declare corrections with the decorators below; `applied()` puts them in force.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

MISSING = object()
Owner = Any
Replacement = Callable[..., Any]

_corrections: list[tuple[Owner, str, Callable[[Any], Any]]] = []


def corrects(owner: Owner, name: str) -> Callable[[Replacement], Replacement]:
    """Replaces a function. The replacement gets the original (None if moto has none) first."""

    def declare(replacement: Replacement) -> Replacement:
        def build(original: Any) -> Any:
            inner = None if original is MISSING else original

            # moto finds an API action by looking for plain functions, so a partial would not do.
            @functools.wraps(replacement)
            def method(*args: Any, **kwargs: Any) -> Any:
                return replacement(inner, *args, **kwargs)

            return method

        _corrections.append((owner, name, build))
        return replacement

    return declare


def corrects_property(owner: Owner, name: str) -> Callable[[Replacement], Replacement]:
    """Replaces a property's getter. The replacement gets the original getter's value as a function."""

    def declare(replacement: Replacement) -> Replacement:
        def build(original: Any) -> Any:
            inner = original.fget if isinstance(original, property) else None
            setter = original.fset if isinstance(original, property) else None
            return property(lambda self: replacement(inner, self), setter)

        _corrections.append((owner, name, build))
        return replacement

    return declare


def replaces(owner: Owner, name: str, value: Any) -> None:
    """Replaces any attribute by a value."""
    _corrections.append((owner, name, lambda _: value))


def _get(owner: Owner, name: str) -> Any:
    if isinstance(owner, dict):
        return owner.get(name, MISSING)
    return vars(owner).get(name, getattr(owner, name, MISSING))


def _set(owner: Owner, name: str, value: Any) -> None:
    if isinstance(owner, dict):
        owner[name] = value
    else:
        setattr(owner, name, value)


def _remove(owner: Owner, name: str) -> None:
    if isinstance(owner, dict):
        del owner[name]
    else:
        delattr(owner, name)


@contextmanager
def applied() -> Iterator[None]:
    """Every declared correction is in force inside, and moto is as it was outside."""
    before: list[tuple[Owner, str, Any, bool]] = []
    for owner, name, build in _corrections:
        own = name in owner if isinstance(owner, dict) else name in vars(owner)
        original = _get(owner, name)
        before.append((owner, name, original, own))
        _set(owner, name, build(original))
    try:
        yield
    finally:
        for owner, name, original, own in reversed(before):
            if own:
                _set(owner, name, original)
            else:
                _remove(owner, name)
