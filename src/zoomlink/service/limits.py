"""How much a caller may ask for: calls a minute of each key, and mistaken keys from one address. Pure; of one process.

What must be exact over all processes, the links of a day, is counted in the ledger instead.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import NamedTuple

__all__ = ["Limits"]

MISTAKES = 300
"""Requests a minute with a key that is none, from one address, before it is told to wait."""
MINUTE = 60.0
_REMEMBERED = 10_000


class _Bucket(NamedTuple):
    left: float
    at: float


class Limits:
    """Counts, in memory. All moments are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = {}
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def call(self, key: str, per_minute: int, now: float) -> float:
        """Count a call of a key; returns the seconds to wait, 0 when it may go on. Whichever minute one looks at, no
        more than so many calls fell into it; a call that has to wait does not count. `per_minute` 0: no limit.
        """
        if not per_minute:
            return 0.0
        calls = self._calls.get(key)
        if calls is None or calls.maxlen != per_minute:
            calls = self._calls[key] = deque(calls or (), maxlen=per_minute)
        if len(calls) == per_minute and (wait := calls[0] + MINUTE - now) > 0:
            return wait
        calls.append(now)
        return 0.0

    def mistake(self, address: str, now: float) -> float:
        """Count a mistaken key from an address; returns the seconds to wait before it is told so again, or 0."""
        bucket = self._buckets.get(address, _Bucket(MISTAKES, now))
        left = min(bucket.left + (now - bucket.at) * MISTAKES / MINUTE, MISTAKES)
        wait = 0.0 if left >= 1 else (1 - left) * MINUTE / MISTAKES
        self._buckets[address] = _Bucket(left if wait else left - 1, now)
        self._buckets.move_to_end(address)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return wait
