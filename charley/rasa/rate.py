"""How fast one sender may send: a token bucket for each."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Lets through `burst` events at once and `per_second` in the long run."""

    burst: float
    per_second: float
    now: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = self.burst, self.now()

    def wait(self) -> float:
        """Take one event: 0 if it may pass, else the seconds after which one may."""
        now = self.now()
        self._left = min(self.burst, self._left + (now - self._at) * self.per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self.per_second


class Paces:
    """A bucket for each sender, of those who sent last."""

    def __init__(self, burst: float, per_second: float, at_hand: int = 10_000) -> None:
        self._burst, self._per_second, self._at_hand = burst, per_second, at_hand
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, sender: str) -> float:
        """As `Bucket.wait`, for one sender."""
        bucket = self._buckets.pop(sender, None) or Bucket(self._burst, self._per_second)
        self._buckets[sender] = bucket
        if len(self._buckets) > self._at_hand:
            self._buckets.popitem(last=False)
        return bucket.wait()

    def move(self, sender: str, to: str) -> None:
        """Go on with a sender's pace under another name."""
        self._buckets[to] = self._buckets.pop(sender)
