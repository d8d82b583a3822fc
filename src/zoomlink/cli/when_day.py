"""Which day is meant by words such as "next monday", "20 de junho" or "in 3 days". No times of day, no zones.

A day that could be two is refused, as is one whose weekday and date contradict each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.zoom.recurrence import WEEKDAYS
from zoomlink.zoom.recurrence.english import FULL_NAMES, MONTH_NAMES
from zoomlink.zoom.recurrence.lexicon import DAYS, MONTHS, NUMBERS

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["find_day", "has_no_meaning", "refused"]

_COUNTS = {**NUMBERS, "a": 1}
_NUMBER = r"\d{1,3}|" + "|".join(sorted(_COUNTS, key=len, reverse=True))
_AHEAD = re.compile(
    rf"\b(?:(?:in|em|en|daqui a|dentro de) (?P<count>{_NUMBER}) (?P<unit>days?|dias?|weeks?|semanas?)"
    rf"|(?P<count_2>{_NUMBER}) (?P<unit_2>days?|weeks?) from now)\b"
)
_NAMED = (
    (re.compile(r"\b(?:the )?day after tomorrow\b|\bdepois de amanha\b|\bpasado manana\b"), 2),
    (re.compile(r"\b(?:tomorrow|amanha|manana)\b"), 1),
    (re.compile(r"\btoday\b"), 0),
    (re.compile(r"\b(?:yesterday|ontem|ayer)\b"), -1),
)
_SPELLINGS = (
    (re.compile(r"\b(segunda|terca|quarta|quinta|sexta)[ -]feira\b"), r"\1-feira"),
    (re.compile(r"\bque (?:vem|viene)\b|\bproxim[oa]\b"), "next"),
    (re.compile(r"\b(?:est[ea]|n?esta) (?=[a-z])"), "this "),
    (re.compile(r"\b(?:the|el|dia) (\d{1,2})(?![\w/.-])"), r"\1th"),
)
_TOKEN = re.compile(r"\d+[/.-]\d+(?:[/.-]\d+)?|\d+(?:st|nd|rd|th|o)?|[a-z]+(?:-[a-z]+)*\.?|\S")
_FILLERS = frozenset({"on", "the", "of", "de", "del", "do", "da", "no", "na", "em", "en", "el", "la", ",", "dia"})
_ZONES = re.compile(
    r"\b(?:utc|gmt|z|[ecmp][sd]?t|brt|cest|cet|west|wet|bst|ist)\b|[+-]\d{1,2}(?::?\d{2})?$|[a-z]/[a-z]"
)
_LATELY = timedelta(days=92)


def find_day(words: str, text: str, *, here: datetime, passed: bool) -> str:
    """Return the day `words` mean, as ``2031-12-01`` (which need not exist: the exact reader says so).

    `words` are in lower case and without accents; `text` is what was typed, for the sentence of a refusal. `here` is
    the present on the wall of the place meant, and `passed` says that today the time of day is over. Raises
    InvalidInputError.
    """
    said = _read(words, text)
    today = here.date()
    if said.offset is not None and not (said.following or said.this or said.day):
        return _checked(today + timedelta(days=said.offset), said)
    if said.offset is not None:
        raise has_no_meaning(text)
    if said.day is not None:
        if said.following or said.this:
            raise has_no_meaning(text)
        return _on_a_date(said, text, today, passed)
    if said.weekday is not None:
        return _on_a_weekday(said, text, today, passed)
    if said.following or said.this or said.month or said.year:
        raise has_no_meaning(text)
    return (today + timedelta(days=1 if passed else 0)).isoformat()


@dataclass
class _Said:
    """What the words name of a day."""

    offset: int | None = None
    weekday: int | None = None
    following: bool = False
    this: bool = False
    day: int | None = None
    month: int | None = None
    year: int | None = None
    day_only: bool = field(default=False)
    """True for a day of the month that is said to be one: "the 20th", "dia 20"."""


def _read(words: str, text: str) -> _Said:
    said = _Said()
    for pattern, spelling in _SPELLINGS:
        words = pattern.sub(spelling, words)
    if ahead := _AHEAD.search(words):
        count = ahead["count"] or ahead["count_2"]
        unit = ahead["unit"] or ahead["unit_2"]
        number = _COUNTS[count] if count in _COUNTS else int(count)
        said.offset = number * (7 if unit[0] in "ws" else 1)
        words = words[: ahead.start()] + " " + words[ahead.end() :]
    for pattern, offset in _NAMED:
        if named := pattern.search(words):
            if said.offset is not None:
                raise has_no_meaning(text)
            said.offset = offset
            words = words[: named.start()] + " " + words[named.end() :]
    left = [word.rstrip(".") if len(word) > 1 else word for word in _TOKEN.findall(words)]
    left = [word for word in left if word not in _FILLERS]
    for word in left:
        _take(word, left, said, text)
    return said


def _take(word: str, all_words: list[str], said: _Said, text: str) -> None:
    """Give one word its part; one that has none, or one too many of a kind, is refused."""
    if word in DAYS and word in MONTHS:
        others = [other for other in all_words if other != word]
        if any(other in MONTHS for other in others):
            _set(said, "weekday", WEEKDAYS.index(DAYS[word]), text)
        elif any(other in DAYS for other in others):
            _set(said, "month", MONTHS[word], text)
        else:
            raise refused(f'"{word}" could be a weekday or a month.', "Write it out.")
    elif word in DAYS:
        _set(said, "weekday", WEEKDAYS.index(DAYS[word]), text)
    elif word in MONTHS:
        _set(said, "month", MONTHS[word], text)
    elif word in {"next", "this"}:
        _set(said, "following" if word == "next" else "this", True, text)
    elif re.fullmatch(r"\d{4}", word):
        _set(said, "year", int(word), text)
    elif re.fullmatch(r"\d{1,2}(?:st|nd|rd|th|o)?", word):
        _set(said, "day", int(word.rstrip("stndrho")), text)
        said.day_only = not word.isdigit()
    elif re.fullmatch(r"\d+([/.-])\d+(?:\1\d+)?", word):
        _take_numbers(word, said, text)
    else:
        raise has_no_meaning(text)


def _set(said: _Said, name: str, value: int, text: str) -> None:
    before = getattr(said, name)
    if before is not None and before is not False:
        raise has_no_meaning(text)
    setattr(said, name, value)


def _take_numbers(word: str, said: _Said, text: str) -> None:
    """A date in numbers: 20/06/2031, 06/20, 2031/06/20. The order is never guessed."""
    first, second, *third = re.split(r"[/.-]", word)
    if len(first) == 4 and third:
        year, month, day = int(first), int(second), int(third[0])
    elif len(first) > 2 or len(second) > 2:
        raise has_no_meaning(text)
    else:
        if third and len(third[0]) != 4:
            raise refused(f'"{word}" could be several different days.', "Write it as 2031-12-01.")
        year = int(third[0]) if third else 0
        one, other = int(first), int(second)
        if max(one, other) <= 12 and one != other:
            raise refused(
                f'"{word}" could be two different days.', "Write the month as a word, or the date as 2031-12-01."
            )
        day, month = (one, other) if one > 12 or one == other else (other, one)
    if month > 12 or not month or not day:
        raise has_no_meaning(text)
    _set(said, "day", day, text)
    _set(said, "month", month, text)
    if year:
        _set(said, "year", year, text)


def _on_a_date(said: _Said, text: str, today: date, passed: bool) -> str:
    if said.day is None:
        raise has_no_meaning(text)
    if said.month is None:
        if said.year is not None or not (said.day_only or said.weekday is not None):
            raise has_no_meaning(text)
        return _checked(_next_day_of_month(said.day, text, today, passed), said)
    if said.year is not None:
        return _checked_text(said.year, said.month, said.day, said)
    if (said.month, said.day) > (today.month, today.day) or (
        (said.month, said.day) == (today.month, today.day) and not passed
    ):
        return _checked_text(today.year, said.month, said.day, said)
    gone = _as_date(today.year, said.month, said.day)
    if gone is not None and today - gone <= _LATELY:
        # More likely a slip than a meeting almost a year ahead.
        raise refused(f"{said.day} {MONTH_NAMES[said.month - 1]} has passed this year.", "Add the year that is meant.")
    return _checked_text(today.year + 1, said.month, said.day, said)


def _next_day_of_month(day: int, text: str, today: date, passed: bool) -> date:
    first = today.replace(day=1)
    for _ in range(2):
        found = _as_date(first.year, first.month, day)
        if found is not None and (found > today or (found == today and not passed)):
            return found
        first = (first + timedelta(days=32)).replace(day=1)
    raise refused(f'It is not said in which month the day of "{tidy(text, 60)}" is meant.', "Add the month.")


def _on_a_weekday(said: _Said, text: str, today: date, passed: bool) -> str:
    if said.weekday is None or said.month or said.year:
        raise has_no_meaning(text)
    days = (said.weekday - today.weekday()) % 7
    name = FULL_NAMES[said.weekday]
    if days == 0 and said.following:
        days = 7
    elif days == 0 and not said.this:
        if not passed:
            raise refused(
                f'"{tidy(text, 60)}" could be today or in a week.', 'Write "today" and the time, or the date.'
            )
        days = 7
    elif said.following and _in_this_week(today.weekday(), said.weekday):
        near = today + timedelta(days=days)
        raise refused(
            f'"{tidy(text, 60)}" could be {name} {near} or {near + timedelta(days=7)}.',
            f'Write "{name.lower()}" alone for the nearer, or the date.',
        )
    return (today + timedelta(days=days)).isoformat()


def _in_this_week(today: int, wanted: int) -> bool:
    """True when the day is still to come in the present week, whether weeks begin on Monday or on Sunday."""
    return wanted > today or (wanted + 1) % 7 > (today + 1) % 7


def _checked(day: date, said: _Said) -> str:
    return _checked_text(day.year, day.month, day.day, said)


def _checked_text(year: int, month: int, day: int, said: _Said) -> str:
    found = _as_date(year, month, day)
    if found is not None and said.weekday is not None and found.weekday() != said.weekday:
        raise refused(
            f"{found} is a {FULL_NAMES[found.weekday()]}, not a {FULL_NAMES[said.weekday]}.", "Leave one of them out."
        )
    return f"{year:04}-{month:02}-{day:02}"


def _as_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def has_no_meaning(text: str) -> InvalidInputError:
    """The refusal of words that cannot be read; `text` as it was typed."""
    zone = _ZONES.search(text.casefold().strip())
    return refused(
        f'"{tidy(text, 60)}" is not a start that can be read.',
        "The time zone goes into --timezone, by its IANA name."
        if zone
        else 'Write it as 2031-12-01T18:24, or in words such as "tomorrow 18:24" or "terça 18h24".',
    )


def refused(message: str, hint: str) -> InvalidInputError:
    """The refusal of a start."""
    return InvalidInputError(message, field="start", hint=hint)
