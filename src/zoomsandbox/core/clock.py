"""The sandbox's own clock. Everything that needs "now" asks it; nothing else in the package reads the machine's time.

Instants are seconds since 1970-01-01T00:00Z as float; on the wire Zoom writes them as UTC with seconds and ``Z``.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?")


class Clock:
    """A clock that runs, stands still, and can be set or pushed forward.

    Parameters
    ----------
    start:
        the instant it shows at first (frozen there); None: the machine's time, running.

    `watchers` are called after each change of what it shows other than its running.
    """

    __slots__ = ("_frozen_at", "_offset", "_start", "watchers")

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._frozen_at: float | None = start
        self._offset = 0.0
        self.watchers: list[Callable[[], None]] = []

    def now(self) -> float:
        """The present instant, in seconds since the epoch."""
        return time.time() + self._offset if self._frozen_at is None else self._frozen_at

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def set(self, instant: float) -> None:
        """Show `instant` from now on; a running clock runs on from there, a frozen one stays frozen."""
        if self._frozen_at is None:
            self._offset = instant - time.time()
        else:
            self._frozen_at = instant
        self._tell()

    def advance(self, seconds: float) -> None:
        """Move by `seconds` (negative: back)."""
        self.set(self.now() + seconds)

    def freeze(self) -> None:
        """Stand still at the present instant."""
        self._frozen_at = self.now()
        self._tell()

    def run(self) -> None:
        """Run on from the present instant."""
        now = self.now()
        self._frozen_at = None
        self._offset = now - time.time()
        self._tell()

    def reset(self) -> None:
        """As at the start: frozen at the given instant, or the machine's time."""
        self._frozen_at = self._start
        self._offset = 0.0
        self._tell()

    def state(self) -> list[float | None]:
        """What makes it show what it shows, for `restore`."""
        return [self._offset, self._frozen_at]

    def restore(self, state: list[float | None]) -> None:
        """Show what the clock did whose `state` this is."""
        self._offset, self._frozen_at = state[0] or 0.0, state[1]
        self._tell()

    def hold(self, instant: float) -> None:
        """Stand still at `instant`, until `restore` or `reset`."""
        self._frozen_at = instant

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()


def zulu(instant: float) -> str:
    """``2031-12-01T18:24:00Z``: how Zoom writes an instant."""
    return datetime.fromtimestamp(instant // 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> float:
    """An ISO 8601 instant as seconds since the epoch; without zone it is UTC.

    Raises
    ------
    ValueError
        when `text` is not such an instant.
    """
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an instant like 2031-12-01T18:24:00Z")
    day, clock, fraction, zone = found.groups()
    zone = "+00:00" if zone in {None, "Z", "z"} else zone
    # Python 3.11 wants three or six digits of a second's fraction; other counts are valid ISO 8601 all the same
    fraction = "" if fraction is None else f".{fraction[1:7]:0<6}"
    if fraction and clock.count(":") == 1:
        raise ValueError(f"{text!r} has a fraction but no seconds")
    return datetime.fromisoformat(f"{day}T{clock}{fraction}{zone}").timestamp()
