"""Human times for the command and the page: "tomorrow 18:24", "terça 18h24", "next monday 9am". No clock is read here.

The exact form is tried first, so that a precise time is never guessed at. Words (English, Portuguese, Spanish) become
a wall time, which then passes through :func:`zoomlink.times.parse_start` like any other: gaps, folds and the past are
refused the same way. What was understood is always shown back in full before anything is created.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.times import When, parse_start, parse_zone

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["parse_when"]

_LONGEST = 100
_EXACT = re.compile(r"\s*(?:now|\d{4}-\d{2}-\d{2}(?:[T ].*)?)\s*", re.IGNORECASE | re.DOTALL)
_RELATIVE = re.compile(r"\b(?:in|em|en|daqui a|dentro de)\s+\d+\s+(?:min|minut|hour|hora|h\b)", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b\d{1,2}:\d{2}\b|\b\d{1,2}\s*[ap]\.?m\b|\bnoon\b|\bmidnight\b|\bmeio-dia\b|\bmediod[ií]a\b", re.IGNORECASE
)
_DAY_OR_MONTH = re.compile(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.]\d{2,4})?\b")

# What the parser does not know, in words that it does.
_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"\b(\d{1,2})\s*h\s*(\d{2})\b(?:\s*min)?", r"\1:\2"),
    (r"\b(\d{1,2})\s*h(?:oras|s)?\b(?!\w)", r"\1:00"),
    (r"\bdepois de amanh[ãa]\b|\bpasado ma[ñn]ana\b", "day after tomorrow"),
    (r"\b(?:na|no|el|la|à|às|as|ao|a las|a la|at|on)\s+(?=\S)", " "),
    (r"\b(?:pr[óo]xim[ao]|que vem|que viene|next)\b", " "),
    (r"\bmeio-dia\b|\bmediod[ií]a\b|\bnoon\b", "12:00"),
    (r"\bmidnight\b|\bmeia-noite\b|\bmedianoche\b", "00:00"),
    (r"-feira\b", ""),
)


def parse_when(
    text: str, timezone: str | None, *, now: datetime, default_timezone: str | None = None
) -> tuple[When, bool]:
    """Return the start that `text` means, and whether it had to be understood (True) or was exact (False).

    `now` is the present as an aware datetime. Raises InvalidInputError when it cannot be read, has no time of day, or
    could be two different days.
    """
    if not isinstance(text, str) or len(text) > _LONGEST or _EXACT.fullmatch(text):
        return parse_start(text, timezone, now=now, default_timezone=default_timezone), False
    zone = timezone or default_timezone
    wording = _spell(text)
    relative = bool(_RELATIVE.search(text))
    day_and_month = _DAY_OR_MONTH.search(wording)
    if (
        day_and_month
        and max(int(day_and_month[1]), int(day_and_month[2])) <= 12
        and day_and_month[1] != day_and_month[2]
    ):
        raise InvalidInputError(
            f'"{day_and_month[0]}" could be two different days.',
            field="start",
            hint="Write the month as a word, or the date as 2031-12-01.",
        )
    if not relative and not _CLOCK.search(wording):
        if re.search(r"\d{1,2}[:.h]\d", text) or not re.search(r"[^\W\d_]{2}", text):
            raise _unreadable(text)
        raise InvalidInputError(
            f'"{tidy(text, 60)}" has no time of day.', field="start", hint='Add one, such as "tomorrow 18:24".'
        )
    if zone is None:
        raise InvalidInputError(
            f'"{tidy(text, 60)}" has no time zone, so it is not known which instant is meant.',
            field="timezone",
            hint="Add --timezone, such as America/Sao_Paulo, or set ZOOMLINK_TIMEZONE.",
        )
    wall = _understand(text if relative else wording, now.astimezone(parse_zone(zone)))
    if wall is None:
        raise _unreadable(text)
    return parse_start(wall.strftime("%Y-%m-%dT%H:%M"), zone, now=now), True


def _spell(text: str) -> str:
    wording = f" {text.strip().lower()} "
    for pattern, replacement in _SPELLINGS:
        wording = re.sub(pattern, replacement, wording)
    return " ".join(wording.split())


def _understand(text: str, here: datetime) -> datetime | None:
    # Takes 250 ms to load, so only words pay for it. A short list of languages keeps nonsense from taking seconds.
    from dateparser.date import DateDataParser

    parser = DateDataParser(
        languages=["en", "pt", "es"],
        settings={
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": here.replace(tzinfo=None),
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    try:
        found: datetime | None = parser.get_date_data(text).date_obj
    except (ValueError, OverflowError, TypeError):
        return None
    return found


def _unreadable(text: str) -> InvalidInputError:
    return InvalidInputError(
        f'"{tidy(text, 60)}" is not a start that can be read.',
        field="start",
        hint='Write it as 2031-12-01T18:24, or in words such as "tomorrow 18:24" or "terça 18h24".',
    )
