"""Tells peers of the flows that this node translates, and writes theirs into its own connection table: who
takes a node's place knows what is to be answered. A thread of the guard's.

A flow is told once it has lived for a moment, and again while it is used; its end too. A new peer is told of
all at once. What is lost on the way comes again.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Thread

from node.core import flow, parameters, peers
from node.core.flow import CLOSE_WAIT, SIZE, Place
from node.core.rules import FLOWS
from node.core.settings import CONNTRACK
from node.system import machine, netlink

TICK = 0.5
"""Seconds between two looks, and at least the age of a flow that is told."""
REST = 30
CYCLE = 120
"""Ticks after which all flows are told anew."""
ASK, ALL, TOLD, ENDED = b"?", b".", b"+", b"-"
"""How a datagram begins: it asks for all; these were all; or flows follow, that are, or that have ended."""
TOGETHER = 70
"""Flows of a datagram: 1,191 bytes."""
READ, PAUSE = 4000, 3
"""At most so much is read at once of the kernel; and so many times as long as a peer's word took, nobody
is heard. The processor is for what passes through."""
LONGER = 100
"""Seconds that a peer keeps a flow beyond what is left of it here: packets that pass renew it here alone, and
peers are told a minute later."""
FULL = 0.8


class Flows(Thread):
    """Goes on for ever once started."""

    def run(self) -> None:
        """Never returns."""
        while True:
            pause = 1.0  # seconds: a node alone spends next to nothing
            try:
                # Who is alone in the newest list has nobody to tell.
                if "," in machine.text(machine.PEERS).partition("\n")[0]:
                    _exchange()
            except (OSError, ValueError) as error:
                sys.stderr.write(f"natkeeper-guard: {error}\n")
                pause = REST
            time.sleep(pause)


def _exchange() -> None:
    """Returns when there are no peers any more. Raises OSError, and ValueError for parameters."""
    own = machine.way_out(REST)[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ears, netlink.table() as way:
        netlink.widen(ears)
        ears.bind((own, FLOWS))
        with netlink.table(netlink.UPDATED_FLOWS) as news:
            known = Exchange(own, ears, way)
            while known.look():
                known.tell(news)
                known.hear(time.monotonic() + TICK)


class Exchange:
    """Of one node with its peers."""

    def __init__(self, own: str, ears: socket.socket, way: socket.socket) -> None:
        self._own, self._ears, self._way = own, ears, way
        self._note = ""
        self._peers: set[str] = set()
        self._missing: set[str] = set()
        """Who has not told all yet."""
        self._asked, self._ticks, self._known = 0, CYCLE - 4, 0
        self._young: dict[bytes, int] = {}
        self._told: set[bytes] = set()

    def look(self) -> bool:
        """Learns who the peers are, and asks the new ones. Returns whether there are any."""
        note, new = machine.text(machine.PEERS), set()
        there = {address for _, address in peers.others(note, machine.uptime(), self._own)}
        if note != self._note:
            new, self._note, self._asked = there - self._peers, note, 0
            self._place = self._learn(there)
        self._peers, self._missing = there, (self._missing | new) & there
        # One that lives may hear of this node seconds later. Who still is silent then is taken for dead.
        if self._missing and self._asked < 20:
            self._say(ASK, [b""], self._missing)
            self._asked += 1
        elif there and self._asked < 999:
            self._asked = 999
            with suppress(OSError):
                machine.note(machine.FLOWS, f"{note.partition(' ')[0]} {self._known}")
        if new:
            self._all(new)
        return bool(there)

    def _learn(self, there: set[str]) -> Place:
        cover = peers.cover(machine.entry(self._own), self._own)
        ranges = parameters.read(machine.PARAMETERS.read_text()).ranges
        covered, private = ([flow.block(each) for each in some] for some in (cover.ranges, ranges))
        own, other, *nodes = map(flow.packed, (self._own, cover.address, *there))
        return Place(own, other, covered, private, [own, *nodes])

    def tell(self, news: socket.socket) -> None:
        """Tells of flows that were begun a tick ago and live, of those that have ended, at times of all."""
        fresh: dict[bytes, int] = {}
        ended = []
        with suppress(BlockingIOError):
            for _ in range(READ):
                for key, left, state, used, _told in flow.found(news.recv(4096), self._place):
                    if state > CLOSE_WAIT:
                        fresh.pop(key, 0)
                        self._young.pop(key, 0)
                        if key in self._told:
                            self._told.remove(key)
                            ended.append(key + b"\0\0")
                    elif used and key not in self._told:
                        fresh[key] = left
        self._say(ENDED, ended, self._peers)
        self._say(TOLD, [_record(key, left + LONGER) for key, left in self._young.items()], self._peers)
        self._told.update(self._young)
        self._young = fresh
        self._ticks += 1
        if self._ticks % CYCLE == 0:
            self._all(self._peers)

    def hear(self, until: float) -> None:
        """Takes what peers tell, until then."""
        while (begun := time.monotonic()) < until:
            self._ears.settimeout(until - begun)
            with suppress(OSError):
                said, sender = self._ears.recvfrom(2048)
                begun = time.monotonic()
                if sender[0] in self._peers:
                    self._take(said[:1], said[1:], sender[0])
                time.sleep(PAUSE * (time.monotonic() - begun))

    def _take(self, kind: bytes, some: bytes, sender: str) -> None:
        if kind == ASK:
            self._all({sender})
        elif kind == ALL:
            # It has told what others told it, too: nobody else is waited for as long.
            self._missing.discard(sender)
            self._asked += 17
        else:
            found = (some[n : n + SIZE] for n in range(0, len(some) - SIZE + 1, SIZE))
            flows = {each: to for each in found if (to := flow.public(each, self._place))}
            if kind == TOLD:
                self._write(flows)
            elif kind == ENDED:
                self._change(list(flows), netlink.NO_FLOW, flow.named)

    def _write(self, flows: dict[bytes, bytes]) -> None:
        entries, most = (machine.number(f"/proc/sys/{CONNTRACK}{name}") for name in ("count", "max"))
        if entries < FULL * most:
            new = [flow.entry(each, to) for each, to in flows.items()]
            there = netlink.refused(self._way, netlink.FLOW, netlink.CREATE, new)
            self._known += len(new) - len(there)
            self._change([each for n, each in enumerate(flows) if n in there], netlink.FLOW, flow.lasting)

    def _change(self, flows: list[bytes], kind: int, body: Callable[[bytes], bytes]) -> None:
        # What passes here is this node's own to judge.
        own = netlink.refused(self._way, netlink.FLOW, netlink.CHANGE, [flow.unused(each) for each in flows])
        others = [body(each) for n, each in enumerate(flows) if n not in own]
        netlink.refused(self._way, kind, netlink.CHANGE, others)

    def _all(self, to: Collection[str]) -> None:
        """Tells these peers of the table. What this node was told, it passes on to new ones alone, for no
        longer than it is kept here: nothing goes round for ever."""
        known, live = 0, set()
        for table in netlink.flows():
            flows = []
            for key, left, state, used, told in flow.found(table, self._place):
                known += told and not used
                if used and state <= CLOSE_WAIT:
                    live.add(key)
                    flows.append(_record(key, left + LONGER))
                elif told and not used and to is not self._peers:
                    flows.append(_record(key, left))
            self._say(TOLD, flows, to)
            time.sleep(0.001)
        self._known, self._told = known, live
        self._say(ALL, [b""], to)

    def _say(self, kind: bytes, flows: list[bytes], to: Collection[str]) -> None:
        for n in range(0, len(flows), TOGETHER):
            for each in to:
                with suppress(OSError):
                    self._ears.sendto(kind + b"".join(flows[n : n + TOGETHER]), (each, FLOWS))
            # Nobody's ears are to overflow.
            time.sleep(0.001)


def _record(key: bytes, left: int) -> bytes:
    return key + left.to_bytes(2, "big")
