"""Makes text small. What decompresses it is small too: lines of bootstrap.sh that predict as this does.

Bit by bit: six contexts (none, the last one, two, three and five characters, and the word so far) count what
followed in them; their opinions are weighed, the weights learn; an arithmetic coder takes the sum. bz2 makes
a sixth more of the node's programs. Floats are added, multiplied and divided alone, which every processor
does to the same bits; not by sum(), which newer Pythons correct.
"""

from __future__ import annotations

END = "\0"
"""After the text."""
ORDERS = (0, 1, 2, 3, 5)
MASK = 2**32 - 1
SLOTS, FIRST_WEIGHT, RATE = 8388473, 0.3, 0.01
MOST = 63
"""The highest count."""
SURPRISE = 1e-4
"""The square of an error from which on something is learnt: less takes time and brings nothing."""


class Model:
    """What was seen so far."""

    def __init__(self) -> None:
        self._zeros, self._ones = bytearray(1 << 23), bytearray(1 << 23)
        self._weights = [[FIRST_WEIGHT] * (len(ORDERS) + 1) for _ in range(128)]
        self._opinions = [0.0]
        for count in range(MOST):
            self._opinions.append(self._opinions[-1] + 1 / (count + 0.4))
        self._past = self._word = 0
        self._node = 1
        self._slots: list[int] = []
        self._heard: list[float] = []
        self._share = 0.0

    def expect(self) -> float:
        """Returns how likely the next bit is 1."""
        bases = [(self._past % 256**order * 8 + order) * 131 for order in ORDERS]
        bases.append(self._word * 1048 + 917)
        self._slots = [base % SLOTS + self._node for base in bases]
        for_one = (self._opinions[self._ones[slot]] for slot in self._slots)
        self._heard = [
            a - self._opinions[self._zeros[slot]] for a, slot in zip(for_one, self._slots, strict=True)
        ]
        total = 0.0
        for weight, heard in zip(self._weights[self._node], self._heard, strict=True):
            total += weight * heard
        odds = 1 + total / 64
        for _ in range(6):
            odds *= odds
        self._share = odds / (1 + odds)
        return self._share

    def learn(self, bit: int) -> None:
        """Takes the bit that it was."""
        error = bit - self._share
        if error * error > SURPRISE:
            self._count(bit, error * RATE)
        self._node += self._node + bit
        if self._node > 127:
            code, self._node = self._node - 128, 1
            self._past = (self._past << 8 | code) % 2**40
            self._word = (self._word * 271 + code) % MASK if code > ord("@") else 0

    def _count(self, bit: int, step: float) -> None:
        weights = self._weights[self._node]
        same, other = (self._ones, self._zeros) if bit else (self._zeros, self._ones)
        for n, slot in enumerate(self._slots):
            weights[n] += step * self._heard[n]
            same[slot] = min(same[slot] + 1, MOST)
            other[slot] = min(other[slot], other[slot] // 2 + 2)


def compressed(text: str) -> bytes:
    """Returns ASCII text as bytes; what follows them may be zeros."""
    model, low, high, out = Model(), 0, MASK, bytearray()
    for character in (text + END).encode("ascii"):
        for place in range(6, -1, -1):
            bit = character >> place & 1
            middle = low + int((high - low) * (model.expect() * 0.9998 + 0.0001))
            if bit:
                high = middle
            else:
                low = middle + 1
            model.learn(bit)
            while low >> 24 == high >> 24:
                out.append(low >> 24)
                low, high = low << 8 & MASK, high << 8 & MASK | 255
    return bytes([*out, high >> 24])
