"""What the private host lived through: its log as values, and the judgements made from them.

Times are `time.time()` seconds. A packet belongs to the moment when it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

GAP = 3.5  # intervals between two losses of one outage: three, and half of one for a late tick


@dataclass(frozen=True, slots=True)
class Second:
    """The packets sent in one whole second, all decided."""

    at: int
    udp: int
    udp_ok: int
    tcp: int
    tcp_ok: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """From this moment on the server saw another public address."""

    at: float
    address: str


@dataclass(frozen=True, slots=True)
class Standstill:
    """A stretch in which the host program itself did not run: nothing was sent, nothing can be known."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Silence:
    """A long connection heard nothing for more than 0.25 s. `ended` is None while it lasts."""

    began: float
    ended: float | None = None

    @property
    def seconds(self) -> float:
        """Returns its length; infinite while it lasts."""
        return float("inf") if self.ended is None else self.ended - self.began


@dataclass(frozen=True, slots=True)
class Flow:
    """A long connection. `speaks`: its client sends and is echoed; otherwise its client only listens."""

    number: int
    speaks: bool
    opened: float
    died: float | None = None
    error: str = ""
    silences: tuple[Silence, ...] = ()

    def open_at(self, time: float) -> bool:
        """Returns whether it stood at a moment."""
        return self.opened <= time and (self.died is None or self.died > time)

    def alive_at(self, time: float) -> bool:
        """Returns whether it stood at a moment and either spoke then or has spoken since.

        A connection whose way back is lost stands for a long time and never speaks again: it is not alive.
        """
        mute = any(silence.ended is None and silence.began <= time for silence in self.silences)
        return self.open_at(time) and not mute


@dataclass(frozen=True, slots=True)
class Outage:
    """Consecutive losses. It ends one interval after the last lost packet was sent."""

    began: float
    ended: float
    lost: int

    @property
    def seconds(self) -> float:
        """Returns its length."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class Survival:
    """Of the long connections that stood when something struck: (alive, of)."""

    speaks: tuple[int, int]
    listens: tuple[int, int]
    longest_silence: float


@dataclass(frozen=True, slots=True)
class Recording:
    """All that is known of the time from `began` to `ended`."""

    began: float
    ended: float
    interval: float = 0.01
    seconds: tuple[Second, ...] = ()
    lost_udp: tuple[float, ...] = ()
    lost_tcp: tuple[float, ...] = ()
    addresses: tuple[Sighting, ...] = ()
    flows: tuple[Flow, ...] = ()
    standstills: tuple[Standstill, ...] = ()

    def between(self, began: float, ended: float) -> Recording:
        """Returns the window from `began` up to, not including, `ended`.

        Losses by the time sent; only seconds that lie wholly inside; the address in force at `began` first;
        flows that stood at some time of it, whole: what became of them later stays known.
        """
        inside = [each for each in self.addresses if each.at < ended]
        before = sum(each.at < began for each in inside)
        return replace(
            self,
            began=began,
            ended=ended,
            seconds=tuple(s for s in self.seconds if began <= s.at and s.at + 1 <= ended),
            lost_udp=tuple(at for at in self.lost_udp if began <= at < ended),
            lost_tcp=tuple(at for at in self.lost_tcp if began <= at < ended),
            addresses=tuple(inside[max(before - 1, 0) :]),
            flows=tuple(f for f in self.flows if f.opened < ended and (f.died is None or f.died >= began)),
            standstills=tuple(s for s in self.standstills if s.began < ended and s.ended > began),
        )

    def long_flows(self) -> tuple[Flow, ...]:
        """Returns the flows that were open when this window began."""
        return tuple(flow for flow in self.flows if flow.open_at(self.began))

    def udp_outages(self) -> tuple[Outage, ...]:
        """Returns the outages that datagrams show."""
        return outages(self.lost_udp, self.interval, self.standstills)

    def tcp_outages(self) -> tuple[Outage, ...]:
        """Returns the outages that new connections show."""
        return outages(self.lost_tcp, self.interval, self.standstills)

    def survival(self, struck: float, ended: float) -> Survival:
        """Judges at `ended` the long connections that stood at `struck`.

        Alive is what has never died until `ended` and is not mute there: a silence that lasts at `ended`
        counts as death unless the log, which may go on, holds its end. TCP repeats at doubling delays, so a
        flow may stay silent for as long again as the outage lasted: choose `ended` that much later.
        `longest_silence` is the survivors': 0.0 when none was silent for more than 0.25 s.
        """
        stood = [flow for flow in self.flows if flow.open_at(struck)]
        alive = [flow for flow in stood if flow.alive_at(ended)]
        silences = [
            silence.seconds
            for flow in alive
            for silence in flow.silences
            if silence.ended is not None and silence.ended > struck and silence.began < ended
        ]
        return Survival(
            speaks=(sum(f.speaks for f in alive), sum(f.speaks for f in stood)),
            listens=(sum(not f.speaks for f in alive), sum(not f.speaks for f in stood)),
            longest_silence=max(silences, default=0.0),
        )


def outages(
    lost: Iterable[float], interval: float, standstills: Iterable[Standstill] = ()
) -> tuple[Outage, ...]:
    """Returns losses grouped: those at most three intervals apart are one outage.

    One interval is added to the stretch from the first to the last loss, so a single lost packet is an
    outage of one interval. Time in which the host itself stood still does not part two losses.
    """
    still = tuple(standstills)
    groups: list[list[float]] = []
    for at in sorted(lost):
        if groups and _apart(groups[-1][-1], at, still) <= GAP * interval:
            groups[-1].append(at)
        else:
            groups.append([at])
    return tuple(Outage(group[0], group[-1] + interval, len(group)) for group in groups)


def _apart(first: float, second: float, still: tuple[Standstill, ...]) -> float:
    stood = sum(max(min(second, each.ended) - max(first, each.began), 0) for each in still)
    return second - first - stood


def _lines(path: Path) -> list[dict[str, Any]]:
    """The last piece is empty, or a line that is being written."""
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def _flow(events: list[dict[str, Any]]) -> Flow:
    flow = Flow(events[0]["id"], events[0]["what"] == "speaks", events[0]["at"])
    for each in events:
        match each["event"]:
            case "silent":
                flow = replace(flow, silences=(*flow.silences, Silence(each["at"])))
            case "heard":
                ended = replace(flow.silences[-1], ended=each["at"])
                flow = replace(flow, silences=(*flow.silences[:-1], ended))
            case "died":
                flow = replace(flow, died=each["at"], error=each["error"])
    return flow


def _sightings(lines: list[dict[str, Any]]) -> tuple[Sighting, ...]:
    """Datagrams and new connections tell of it each for themselves, mostly the same."""
    runs = groupby(lines, key=lambda line: line["address"])
    return tuple(Sighting(**next(alike)) for _, alike in runs)


def read(path: Path) -> Recording:
    """Returns all of a log, which may still grow. Losses and flows may be later than `Recording.ended`.

    Raises FileNotFoundError without a log and ValueError for one that has not begun.
    """
    kinds: dict[str, list[dict[str, Any]]] = {}
    flows: dict[int, list[dict[str, Any]]] = {}
    for line in _lines(path):
        kinds.setdefault(line.pop("kind"), []).append(line)
    if "began" not in kinds:
        raise ValueError(f"{path}: no traffic yet")
    for event in kinds.get("flow", []):
        flows.setdefault(event["id"], []).append(event)
    began = kinds["began"][0]
    seconds = tuple(Second(**line) for line in kinds.get("second", []))
    return Recording(
        began=began["at"],
        ended=float(seconds[-1].at + 1) if seconds else began["at"],
        interval=began["interval"],
        seconds=seconds,
        lost_udp=tuple(sorted(line["at"] for line in kinds.get("udp", []))),
        lost_tcp=tuple(sorted(line["at"] for line in kinds.get("tcp", []))),
        addresses=_sightings(kinds.get("address", [])),
        flows=tuple(_flow(events) for events in flows.values()),
        standstills=tuple(Standstill(s["at"], s["at"] + s["seconds"]) for s in kinds.get("stood", [])),
    )


def settled(path: Path) -> float:
    """Returns the time up to which every packet is decided; 0.0 as long as there is none."""
    if not path.exists():
        return 0.0
    seconds = [line for line in path.read_text().split("\n")[:-1] if line.startswith('{"kind":"second"')]
    return float(json.loads(seconds[-1])["at"] + 1) if seconds else 0.0
