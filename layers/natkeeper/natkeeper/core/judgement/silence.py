"""Who is silent by the word of its neighbours: nothing that they send through it comes back.

A word is evidence like a probe, and weaker: who is silent is left as soon as somebody verified can serve, and
ended only as any other is, when a successor serves. It counts for nothing when

- its reporter is not of the ring, was wrong about a neighbour within the hour, or does not work itself
- the accused speaks of the reporter at about the same time: then it lives, and the link between them broke
- a probe of the accused passed that was asked afterwards
- it is old; who was found silent stays so until one of these, or a word that it is heard again.

Who else watches the accused has to agree, unless it cannot tell. And nobody new is found silent while more
than half of the ring is accused at once, nor more often in an hour than the policy's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.health import Judgement, Verdict
from natkeeper.core.memory import recent
from natkeeper.core.model import InstanceId, Lifecycle, Node, Outcome
from natkeeper.core.ring import MOST, Said, Word, watchers

_TELLS = (Verdict.HEALTHY, Verdict.UNKNOWN)
"""Whose word counts: a node that fails its own checks had better look to itself."""


def ring_of(nodes: Iterable[Node], context: Context) -> tuple[Node, ...]:
    """The nodes that watch each other, in order: all that run and have proved themselves."""
    proven = (n for n in nodes if n.lifecycle is Lifecycle.RUNNING)
    proven = (n for n in proven if context.memory.node(n.id).verified_at)
    return tuple(sorted(proven, key=lambda n: (n.zone, n.id)))[:MOST] if context.policy.peer_watch else ()


def hear(
    nodes: Iterable[Node], judgements: Mapping[InstanceId, Judgement], words: Iterable[Word], context: Context
) -> Mapping[InstanceId, Judgement]:
    """The judgements after these words were heard: of who is silent another, of all others the same."""
    hearing = _Hearing({n.id: n for n in ring_of(nodes, context)}, tuple(words), context, judgements)
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
    """All words, weighed together; `found` grows with each node that is found silent."""

    ring: Mapping[InstanceId, Node]
    words: tuple[Word, ...]
    context: Context
    judgements: Mapping[InstanceId, Judgement] = field(default_factory=dict)
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
        """The words that a node of the ring is silent."""
        return (w for w in self.words if w.said is Said.SILENT and w.about in self.ring)

    def has_passed_since(self, word: Word) -> bool:
        """Whether the accused has passed a probe that was asked afterwards."""
        after = word.at + self.context.policy.word_blur
        probes = self.ring[word.about].probes
        return any(probe.outcome is Outcome.PASSED and probe.at > after for probe in probes)

    def objects(self, word: Word) -> bool:
        """Whether the accused speaks of its reporter at about the same time, or later."""
        since = word.at - self.context.policy.objection
        own = (w for w in self.words if (w.reporter, w.about) == (word.about, word.reporter))
        return any(w.at >= since for w in own)

    def _against(self, node: InstanceId) -> list[Word]:
        stands = self._stands(node)
        about = (w for w in self.accusations() if w.about == node and (stands or self._counts(w)))
        return [w for w in about if not (self.objects(w) or self.has_passed_since(w))]

    def _stands(self, node: InstanceId) -> bool:
        """Whether it was found silent before: then its reporters' own fate changes nothing."""
        return self.context.memory.node(node).silent_since is not None

    def _counts(self, word: Word) -> bool:
        fresh = self.context.now - word.at <= self.context.policy.word_age
        return fresh and self._can_tell(word.reporter)

    def _can_tell(self, node: InstanceId) -> bool:
        if node not in self.ring or node in self.found:
            return False
        wrong = self.context.memory.node(node).disbelieved_at
        believed = wrong is None or self.context.now - wrong >= self.context.policy.disbelief
        return believed and self.judgements[node].verdict in _TELLS and not self.ring[node].impaired_since

    def _convinces(self, node: InstanceId, words: list[Word]) -> bool:
        if self.judgements[node].verdict is Verdict.DEAD:
            return False
        return self._stands(node) or (self._agree(node, words) and not self._is_too_much(node, words))

    def _agree(self, node: InstanceId, words: list[Word]) -> bool:
        """Whether two say so, or all who watch it and can tell."""
        reporters = {word.reporter for word in words}
        watching = {name for name in watchers(tuple(self.ring), node) if self._can_tell(name)}
        return len(reporters) > 1 or watching <= reporters

    def _is_too_much(self, node: InstanceId, words: list[Word]) -> bool:
        policy, memory, now = self.context.policy, self.context.memory, self.context.now
        accused = {word.about for word in self.accusations() if self._counts(word)}
        found = recent(memory.zone(self.ring[node].zone).silences, now)
        limit = policy.agreed_silences_per_hour if len(words) > 1 else policy.silences_per_hour
        return 2 * len(accused) > len(self.ring) or len(found) >= limit


def _told(words: list[Word]) -> str:
    names = " and ".join(sorted(word.reporter for word in words))
    return f"{names} had no echo through it since {min(word.since for word in words):%H:%M:%S}"
