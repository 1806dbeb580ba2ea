"""Who is silent by the word of its neighbours: nothing that they send through it comes back.

A word is evidence like a probe, and weaker: who is silent is left as soon as somebody verified can serve, and
ended only as any other is, when a successor serves. It counts for nothing when

- its reporter is not of the ring, was wrong about a neighbour within the hour, or does not work itself
- the accused speaks of the reporter at about the same time, be it that it is unsure of it: then it lives, and
  the link between them broke
- a probe of the accused passed that was asked afterwards, or it was stopped and started since
- it is old; who was found silent stays so until one of these, or a word that it is heard again.
  A probe that is asked after the finding and passes ends that, whatever is said anew meanwhile.

Who else watches the accused has to agree, unless it cannot tell. And nobody new is found silent while more
than half of the ring is so accused at once, nor more often in an hour than the policy's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.health import Judgement, Verdict
from natkeeper.core.memory import recent
from natkeeper.core.model import EVERYWHERE, InstanceId, Lifecycle, Node, Outcome
from natkeeper.core.ring import MOST, Peer, Said, Word, in_order, watchers

_TELLS = (Verdict.HEALTHY, Verdict.UNKNOWN)
"""Whose word counts: a node that fails its own checks had better look to itself."""


def ring_of(nodes: Iterable[Node], context: Context) -> tuple[Node, ...]:
    """The nodes that watch each other, in order."""
    return proven(nodes, context) if context.policy.peer_watch else ()


def proven(nodes: Iterable[Node], context: Context) -> tuple[Node, ...]:
    """All that run and have proved themselves. A read may show one that we have put to sleep as running."""
    past = context.memory.node
    running = (n for n in nodes if n.lifecycle is Lifecycle.RUNNING)
    known = {n.id: n for n in running if past(n.id).verified_at and past(n.id).slept_at is None}
    return tuple(known[name] for name in in_order({n.id: n.zone for n in known.values()})[:MOST])


def unlisted(nodes: Iterable[Node], context: Context) -> tuple[Peer, ...]:
    """Who is of the ring that memory knows, and not among these nodes: not read, or not listed once, is not
    gone."""
    memory, seen = context.memory, {node.id for node in nodes}

    def is_there(name: InstanceId) -> bool:
        missing = memory.node(name).missing_since
        lately = missing is None or context.now - missing < context.policy.visibility
        return name in memory.nodes and lately

    return tuple(peer for peer in memory.ring if peer.id not in seen and is_there(peer.id))


def stands(node: Node, context: Context) -> bool:
    """Whether it was found silent before, and no probe asked since has passed."""
    since = context.memory.node(node.id).silent_since
    return since is not None and not _has_passed(node, since)


def hear(
    nodes: Iterable[Node], judgements: Mapping[InstanceId, Judgement], words: Iterable[Word], context: Context
) -> Mapping[InstanceId, Judgement]:
    """The judgements after these words were heard: of who is silent another, of all others the same."""
    nodes = tuple(nodes)
    absent = frozenset(peer.id for peer in unlisted(nodes, context))
    ring = {n.id: n for n in ring_of(nodes, context)}
    hearing = _Hearing(ring, tuple(words), context, judgements, absent)
    return {**judgements, **hearing.silent()}


def wrong_reporters(nodes: Iterable[Node], words: Iterable[Word], context: Context) -> frozenset[InstanceId]:
    """Who says still that a node is silent which has passed a probe asked after that, and is not contradicted
    as by a broken link. What was held against a reporter once is not held against it again."""
    hearing = _Hearing({n.id: n for n in ring_of(nodes, context)}, tuple(words), context)

    def is_new(word: Word) -> bool:
        before = context.memory.node(word.reporter).disbelieved_at
        return before is None or word.at > before

    wrong = (w for w in hearing.accusations() if hearing.has_passed_since(w) and not hearing.objects(w))
    return frozenset(w.reporter for w in wrong if w.reporter in hearing.ring and is_new(w))


@dataclass(slots=True)
class _Hearing:
    """All words, weighed together; `found` grows with each node that is found silent. Who is `absent` is of
    the ring and was not seen: its word counts, and nothing is decided about it."""

    ring: Mapping[InstanceId, Node]
    words: tuple[Word, ...]
    context: Context
    judgements: Mapping[InstanceId, Judgement] = field(default_factory=dict)
    absent: frozenset[InstanceId] = frozenset()
    found: dict[InstanceId, Judgement] = field(default_factory=dict)

    def silent(self) -> Mapping[InstanceId, Judgement]:
        """Those with most against them first: the word of who is silent itself counts no more."""
        while True:
            weighed = ((node, self._against(node)) for node in self.ring if node not in self.found)
            convincing = [(n, words) for n, words in weighed if words and self._convinces(n, words)]
            if not convincing:
                return self.found
            node, words = max(convincing, key=lambda found: len(found[1]))
            self.found[node] = Judgement(Verdict.SILENT, _told(words))

    def accusations(self) -> Iterator[Word]:
        """The words that a node of the ring is silent. What was said before its last start tells nothing."""
        words = (w for w in self.words if w.said is Said.SILENT and w.about in self.ring)
        return (w for w in words if not self._is_before_start(w))

    def _is_before_start(self, word: Word) -> bool:
        started = self.context.memory.node(word.about).started_at
        return started is not None and word.at < started

    def has_passed_since(self, word: Word) -> bool:
        """Whether the accused has passed a probe that was asked afterwards."""
        return _has_passed(self.ring[word.about], word.at + self.context.policy.word_blur)

    def objects(self, word: Word) -> bool:
        """Whether the accused speaks of its reporter at about the same time, or later, or of another node of
        its reporter's zone: then the link between the zones broke. That it heard it again some seconds before
        tells of a link that is whole, and of nothing that came then."""
        policy = self.context.policy
        before = dict.fromkeys(Said, policy.objection) | {Said.HEARD: policy.word_blur}
        own = (w for w in self.words if w.reporter == word.about and self._is_beside(w.about, word.reporter))
        return any(w.at >= word.at - before[w.said] for w in own)

    def _is_beside(self, node: InstanceId, other: InstanceId) -> bool:
        zones = [self.ring[name].zone if name in self.ring else None for name in (node, other)]
        return node == other or (zones[0] is not None and zones[0] == zones[1])

    def _against(self, node: InstanceId) -> list[Word]:
        old = stands(self.ring[node], self.context)  # then its reporters' own fate changes nothing
        about = (w for w in self.accusations() if w.about == node and (old or self._counts(w)))
        return [w for w in about if not (self.objects(w) or self.has_passed_since(w))]

    def _counts(self, word: Word) -> bool:
        fresh = self.context.now - word.at <= self.context.policy.word_age
        return fresh and self._can_tell(word.reporter)

    def _can_tell(self, node: InstanceId) -> bool:
        wrong = self.context.memory.node(node).disbelieved_at
        believed = wrong is None or self.context.now - wrong >= self.context.policy.disbelief
        if node not in self.ring or node in self.found:
            return believed and node in self.absent
        return believed and self.judgements[node].verdict in _TELLS and not self.ring[node].impaired_since

    def _convinces(self, node: InstanceId, words: list[Word]) -> bool:
        if self.judgements[node].verdict is Verdict.DEAD:
            return False
        if stands(self.ring[node], self.context):
            return True
        return self._agree(node, words) and not self._is_too_much(node, words)

    def _agree(self, node: InstanceId, words: list[Word]) -> bool:
        """Whether two say so, or all who watch it and can tell."""
        reporters = {word.reporter for word in words}
        watching = {name for name in watchers(self._ring_as_told(node), node) if self._can_tell(name)}
        return len(reporters) > 1 or watching <= reporters

    def _ring_as_told(self, node: InstanceId) -> list[InstanceId]:
        """The ring without who joined it lately: it does not watch yet, and others watch by the old list."""
        memory, joined = self.context.memory, self.context.now - self.context.policy.ring_told
        zones = {n.id: n.zone for n in self.ring.values()}
        zones |= {name: memory.node(name).zone or EVERYWHERE for name in self.absent}
        since = {name: memory.node(name).verified_at for name in zones if name != node}
        old = {name for name, at in since.items() if at and at <= joined}
        return in_order({name: zones[name] for name in zones if name == node or name in old or not old})

    def _is_too_much(self, node: InstanceId, words: list[Word]) -> bool:
        policy, memory, now = self.context.policy, self.context.memory, self.context.now
        found = recent(memory.zone(self.ring[node].zone).silences, now)
        limit = policy.agreed_silences_per_hour if len(words) > 1 else policy.silences_per_hour
        return 2 * sum(map(self._is_accused, self.ring)) > len(self.ring) or len(found) >= limit

    def _is_accused(self, node: InstanceId) -> bool:
        """Whether all who can tell say lately that it is silent: one liar alone makes no unrest."""
        words = [word for word in self._against(node) if self._counts(word)]
        return node in self.found or (bool(words) and self._agree(node, words))


def _has_passed(node: Node, after: datetime) -> bool:
    """Whether it has passed a probe that was asked later."""
    return any(probe.outcome is Outcome.PASSED and probe.at > after for probe in node.probes)


def _told(words: list[Word]) -> str:
    names = " and ".join(sorted(word.reporter for word in words))
    return f"{names} had no echo through it since {min(word.since for word in words):%H:%M:%S}"
