"""Seconds as people write them."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"


def in_words(seconds: float | None) -> str:
    """Returns `0.43 s`, `12.7 s`, `1 min 52 s` or `1 h 5 min`; a dash for None."""
    if seconds is None:
        return "-"
    if round(seconds, 3) <= 0:
        return "0 s"
    if round(seconds, 3) < 0.01:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 2) < 10:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, of_hour = divmod(minutes, 60)
    parts = ((hours, "h"), (of_hour, "min"), (0 if hours else rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def since_fault(seconds: float) -> str:
    """Returns `+0.31 s`, `-0.20 s` or `+1 min 52.3 s`: a point in time seen from the fault."""
    sign = MINUS if round(seconds, 2) < 0 else "+"
    size = abs(seconds)
    if round(size, 2) < 60:
        return f"{sign}{size:.2f} s"
    minutes, tenths = divmod(round(size * 10), 600)
    return f"{sign}{minutes} min {tenths / 10:.1f} s"
