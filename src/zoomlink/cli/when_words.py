"""What words for a time mean: "tomorrow 18:24", "terça 18h24", "next monday 9am". No clock is read here.

Words (English, Portuguese, Spanish) become a wall time, which then passes through :func:`zoomlink.times.parse_start` like any other: gaps, folds and the past are
refused the same way. Every word must have its part in the meaning: one that has none is never passed over. Which day
is meant is found in :mod:`zoomlink.cli.when_day`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from zoomlink.cli.when_day import find_day, has_no_meaning, refused
from zoomlink.errors import InvalidInputError, tidy
from zoomlink.times import When, parse_start, parse_zone
from zoomlink.zoom.recurrence.lexicon import NUMBERS

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["understand"]

_COUNTS = {**NUMBERS, "an": 1}
_NUMBER = r"\d{1,4}|" + "|".join(sorted(_COUNTS, key=len, reverse=True))
_HOURS = r"h|hs|hrs?|hours?|horas?"
_MINUTES = r"m|min|mins|minutes?|minutos?"
_SPAN = (
    rf"(?:(?P<half>half an hour|meia hora|media hora)"
    rf"|(?P<hours>\d{{1,3}}(?:[.,]\d)?|{_NUMBER}) ?(?:{_HOURS})"
    rf"(?:(?: and| e| y|,)? ?(?P<more>\d{{1,2}})(?: ?(?:{_MINUTES}))?| (?P<and_half>and a half|e meia|y media))?"
    rf"|(?P<minutes>{_NUMBER}) ?(?:{_MINUTES}))"
)
_AHEAD = re.compile(rf"(?:in|em|en|daqui a|dentro de) {_SPAN}|{_SPAN.replace('?P<', '?P<x_')} from now")

_CLOCK = re.compile(
    r"(?<![\w:.,/+-])(?:"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))? ?(?P<half>[ap]m\b|(?:h|hs|hrs|horas)\b)?"
    rf"|(?P<h_hour>\d{{1,2}}) ?(?:h ?(?P<h_minute>\d{{2}})(?: ?min\b)?|(?:{_HOURS})\b)"
    r"|(?P<ampm_hour>\d{1,2}) ?(?P<ampm>[ap]m)\b"
    r"|(?P<noon>noon|midday|meio-dia|meio dia|mediodia)\b"
    r"|(?P<midnight>midnight|meia-noite|meia noite|medianoche)\b"
    r")(?![\w:+-])(?!\.\d)"
)
_BARE = re.compile(r"\b(?:at|as|a las?|las) (?P<hour>\d{1,2})(?![\w:.,/+-])")
_BESIDE = re.compile(r"PART (?P<after>\d{1,2})(?![\w:.,/+-])|(?<![\w:.,/+-])(?P<before>\d{1,2}) PART")

# What a part of the day is called, and the hours it has on a clock of 24.
_PARTS: tuple[tuple[str, range], ...] = (
    (r"(?:d[ae]|pela) manha|(?:de|por) la manana|(?:in the )?morning", range(12)),
    (r"(?:d[ae]|a|pela) tarde|(?:de|por|en) la tarde|(?:in the )?afternoon", range(12, 21)),
    (r"(?:d[ae]|a) noite|(?:de|por|en) la noche|(?:in the )?evening|(?:at )?night", range(17, 24)),
    (r"(?:d[ae]|de la) madrugada", range(7)),
)
_TODAYS = (
    (r"\b(?:tonight|(?:n?esta) (?:noite|noche))\b", "today night"),
    (r"\bthis (?=morning|afternoon|evening)", "today "),
    (r"\besta tarde\b", "today afternoon"),
)


@dataclass
class _Time:
    """A time of day as it was said: what goes to the exact reader, and the words around it."""

    hour: int
    minute: str
    rest: str
    midnight: bool = False


def understand(text: str, timezone: str | None, *, now: datetime, default_timezone: str | None = None) -> When:
    """Return the start that `text` means. `now` is the present as an aware datetime.

    Raises InvalidInputError when it cannot be read, has no time of day, or could be two different times.
    """
    plain = _plain(text)
    if ahead := _AHEAD.fullmatch(plain):
        # An instant, not a time on the wall: two hours from now stay two hours when the clocks change in between.
        instant = now.astimezone(UTC) + _span(ahead)
        start, minute = instant.strftime("%Y-%m-%dT%H:%MZ"), now.replace(second=0, microsecond=0)
        return parse_start(start, timezone, now=minute, default_timezone=default_timezone)
    time = _find_time(plain, text)
    zone = timezone or default_timezone
    if zone is None:
        raise InvalidInputError(
            f'"{tidy(text, 60)}" has no time zone, so it is not known which instant is meant.',
            field="timezone",
            hint="Add --timezone, such as America/Sao_Paulo, or set ZOOMLINK_TIMEZONE.",
        )
    here = now.astimezone(parse_zone(zone)).replace(tzinfo=None)
    clock = f"{time.hour:02}:{time.minute}"
    if time.midnight:
        if time.rest not in {"", "today"}:
            raise refused(
                f'"{tidy(text, 60)}" could be the night before or the night after.',
                "Write 00:00 and the day that begins then.",
            )
        day = (here + timedelta(days=1)).date().isoformat()
    else:
        day = find_day(time.rest, text, here=here, passed=clock <= here.strftime("%H:%M:%S"))
    return parse_start(f"{day}T{clock}", zone, now=now)


def _plain(text: str) -> str:
    """The text in lower case, without accents, with what can be said in several ways said in one."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    bare = re.sub(r"\b([ap])\.\s?m\.?(?!\w)", r"\1m", " ".join(bare.split()).strip(" .,"))
    for pattern, said in _TODAYS:
        bare = re.sub(pattern, said, bare)
    return re.sub(r"\b(?:hoje|hoy)\b", "today", bare)


def _span(found: re.Match[str]) -> timedelta:
    said = {name.removeprefix("x_"): value for name, value in found.groupdict().items() if value is not None}
    if "half" in said:
        return timedelta(minutes=30)
    if "minutes" in said:
        return timedelta(minutes=_number(said["minutes"]))
    minutes = 30 if "and_half" in said else int(said.get("more", "0"))
    return timedelta(hours=_number(said["hours"]), minutes=minutes)


def _number(word: str) -> float:
    return _COUNTS[word] if word in _COUNTS else float(word.replace(",", "."))


def _find_time(plain: str, text: str) -> _Time:
    """Take the one time of day out of the words. Raises InvalidInputError when there is none, or more than one."""
    part: range | None = None
    for words, hours in _PARTS:
        if found := re.search(rf"\b(?:{words})\b", plain):
            if part is not None:
                raise has_no_meaning(text)
            part = hours
            plain = f"{plain[: found.start()]}PART{plain[found.end() :]}"
    clocks = list(_CLOCK.finditer(plain))
    if len(clocks) > 1:
        raise refused(f'"{tidy(text, 60)}" names two times of day.', "Give the start; --duration says how long.")
    if not clocks:
        return _bare_hour(plain, part, text)
    found = clocks[0]
    rest = _words(plain[: found.start()] + " " + plain[found.end() :])
    if found["noon"] or found["midnight"]:
        if part is not None and not found["midnight"]:
            raise has_no_meaning(text)
        return _Time(12 if found["noon"] else 0, "00", rest, midnight=bool(found["midnight"]))
    hour = int(found["hour"] or found["h_hour"] or found["ampm_hour"])
    minute = (found["minute"] or found["h_minute"] or "00") + (f":{found['second']}" if found["second"] else "")
    half = found["ampm"] or (found["half"] if found["half"] in {"am", "pm"} else None)
    if half:
        # 0:30 am is said now and then, and cannot be misread.
        if hour > 12 or (hour == 0 and half == "pm"):
            raise refused(f"There is no time {hour}:{minute} {half}.", "Write it on a 24-hour clock, such as 18:24.")
        hour = hour % 12 + (12 if half == "pm" else 0)
    if part is not None:
        hour = _in_part(hour, part, text, sure=half is not None)
    return _Time(hour, minute, rest)


def _bare_hour(plain: str, part: range | None, text: str) -> _Time:
    """An hour without minutes, as in "at 18" or "tonight at 8"."""
    found = _BARE.search(plain) or _BESIDE.search(plain)
    if found is None:
        if re.search(r"\d{1,2}[:.h]\d", plain) or not re.search(r"[^\W\d_]{2}", plain):
            raise has_no_meaning(text)
        raise refused(f'"{tidy(text, 60)}" has no time of day.', 'Add one, such as "tomorrow 18:24".')
    hour = int(next(value for value in found.groupdict().values() if value))
    if part is not None:
        hour = _in_part(hour, part, text)
    elif hour <= 12:
        raise refused(
            f'"{tidy(text, 60)}" could be in the morning or in the evening.', f"Write {hour}:00 or {hour % 12 + 12}:00."
        )
    beside = "PART" if "PART" in found[0] else ""
    return _Time(hour, "00", _words(f"{plain[: found.start()]} {beside} {plain[found.end() :]}"))


def _in_part(hour: int, part: range, text: str, *, sure: bool = False) -> int:
    """The hour on a clock of 24 that lies in this part of the day; `sure` when it is one already."""
    if hour in part:
        return hour
    if not sure and 1 <= hour <= 11 and part.start >= 12 and hour + 12 in part:
        return hour + 12
    raise refused(f'The hour and the part of the day in "{tidy(text, 60)}" do not go together.', "Write it as 18:24.")


def _words(plain: str) -> str:
    """The words that are left for the day; ones that only lead up to the time have done their part."""
    rest = " ".join(plain.replace("PART", " ").split())
    return re.sub(r"(?:^|\s)(?:(?:at|as|a|ao|al|a las?|las?|(?:ja )?pelas)(?=\s|$)\s*)+$", "", rest).strip(" ,")
