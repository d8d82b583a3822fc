"""How much a caller may ask for: calls a minute of each key, and mistaken keys from one address. Pure; of one process.

What must be exact over all processes, the links of a day, is counted in the ledger instead.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

__all__ = ["Limits"]

MISTAKES = 300
"""Requests a minute with a key that is none, from one address, before it is told to wait."""
_REMEMBERED = 10_000


class _Bucket(NamedTuple):
    left: float
    at: float


class Limits:
    """Counts, in memory. All moments are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def call(self, key: str, per_minute: int, now: float) -> float:
        """Count a call of a key; returns the seconds to wait, 0 when it may go on."""
        return self._take(("key", key), per_minute, now) if per_minute else 0.0

    def mistake(self, address: str, now: float) -> float:
        """Count a mistaken key from an address; returns the seconds to wait before it is told so again, or 0."""
        return self._take(("address", address), MISTAKES, now)

    def _take(self, name: tuple[str, str], per_minute: int, now: float) -> float:
        bucket = self._buckets.get(name, _Bucket(per_minute, now))
        left = min(bucket.left + (now - bucket.at) * per_minute / 60, per_minute)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / per_minute
        self._buckets[name] = _Bucket(left if wait else left - 1, now)
        self._buckets.move_to_end(name)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return wait
