"""Human times for the command and the page: exact ones read as they stand, words understood. No clock is read here.

The exact form is tried first, so that a precise time is never guessed at. What was understood is always shown back in
full before anything is created.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoomlink.times import When, parse_start

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["parse_when"]

_LONGEST = 100
_EXACT = re.compile(r"\s*(?:now|\d{4}-\d{2}-\d{2}(?:[T ].*)?)\s*", re.IGNORECASE | re.DOTALL)


def parse_when(
    text: str,
    timezone: str | None,
    *,
    now: datetime,
    default_timezone: str | None = None,
    allow_past: bool = False,
) -> tuple[When, bool]:
    """Return the start that `text` means, and whether it had to be understood (True) or was exact (False).

    `now` is the present as an aware datetime; an exact time that has passed is refused unless `allow_past`. Raises InvalidInputError when it cannot be read, has no time of day, or
    could be two different times.
    """
    if not isinstance(text, str) or len(text) > _LONGEST or _EXACT.fullmatch(text):
        when = parse_start(text, timezone, now=now, default_timezone=default_timezone, allow_past=allow_past)
        return when, False
    from zoomlink.cli.when_words import understand  # an exact time does not wait for the words to load

    return understand(text, timezone, now=now, default_timezone=default_timezone), True
