"""A series in plain words: read in English, Portuguese and Spanish, by a small grammar of our own.

Every word must have its part in the meaning; one that has none is refused by name, so that nothing said is passed over.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.times import When
from zoomlink.zoom.recurrence import WEEKDAYS, refused
from zoomlink.zoom.recurrence import lexicon as words
from zoomlink.zoom.recurrence.english import FULL_NAMES, MONTH_NAMES, SKIPPED, WHICH

__all__ = ["read_words"]

_EXAMPLE = (
    'Write it as "every Tuesday and Thursday until 20 June 2031", "every 2 weeks on Monday for 10 times" or '
    '"every month on the 15th until 15 December 2031".'
)
_FEIRA = re.compile(r"\b(segunda|terca|quarta|quinta|sexta)s?[ -]feiras?\b")
_DAY = "|".join(sorted(words.DAYS, key=len, reverse=True))
# "monday to friday", "segunda a sexta", "mon-fri"; "through friday 20 June" is an end, though.
_RANGE = re.compile(rf"\b({_DAY})(?: (?:to|thru|a) | ?[-\u2013] ?|( through ))({_DAY})\b(?!-)(?(2)(?![ ,]*[0-9])|)")
_DAY_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_NUMBERED = re.compile(r"\b([0-9]{1,2})(?:o|a|er|ra|do|da|\.)(?![\w.])")
_WORKDAYS = re.compile(r"\bdias? (?:uteis|util|de semana|laborables?|habil|habiles)\b")
_TIMES = r"(?:times|occurrences|meetings|vezes|veces|reunioes|reuniones|encontros|ocorrencias|sesiones|sessions)"
_COUNT = re.compile(rf"(?:\b(?:for|por|durante) )?(?<![\w-])(\w+) {_TIMES}$")
_ONCE = re.compile(r"(?:\b(?:for|por|durante) )?(?<![\w-])(?:once|(?:1|one|uma|una) (?:time|meeting|vez))$")
_FOR_LONG = re.compile(r"\b(?:for|por|durante|during)(?: \w+){1,3}$")
_UNTIL = re.compile(r"\b(?:until|till|til|through|ate|hasta)\b")
_FOREVER = re.compile(rf"\b(?:{words.FOREVER})$")
_TOKEN = re.compile(r"[0-9]+(?:st|nd|rd|th)?|[a-z]+(?:-[a-z]+)*|,|&|\S")


def read_words(text: str, start: When | date | None) -> dict[str, Any]:
    """Read words into the fields of a `Recurrence`. Raises InvalidInputError naming what was not understood."""
    if not isinstance(text, str) or not text.strip():
        raise refused("The series is not described.", _EXAMPLE)
    if len(text) > 200:
        raise refused(f"The description of the series is {len(text)} characters long.", _EXAMPLE)
    plain = _plain(text)
    head, end = _read_end(plain, start)
    return {**_Head(_TOKEN.findall(head)).read(), **end}


@dataclass
class _Head:
    """What has been understood of the part before the end, word by word."""

    tokens: list[str]
    unit: str | None = None
    every: int = 1
    days: list[str] = field(default_factory=list)
    which: int | None = None
    day: int | None = None
    day_is_plain: bool = False

    def read(self) -> dict[str, Any]:
        for at in range(len(self.tokens)):
            self._take(at)
        return self._meaning()

    def _take(self, at: int) -> None:
        """Give the word at this place its part."""
        word = self.tokens[at]
        before = self.tokens[at - 1] if at else ""
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        ordinal, number = _ordinal(word), _number(word)
        if word == "at" or following == ":":
            raise self._time_of_day()
        if word in words.EVERY or word in words.FILLERS or word in {",", "&"}:
            return
        if word in words.OTHER_UNITS:
            raise refused(f'Zoom has no series by "{word}".', "It repeats by day, week or month.")
        # "segunda sexta-feira" is the second Friday, "segunda e sexta" Monday and Friday.
        if ordinal is not None and following in words.DAYS:
            self._order(ordinal, word)
        elif word in words.ORDINALS and words.UNITS.get(following) == "daily":
            raise refused(
                "Zoom has no series on the first or last day of whatever month."
                if ordinal == -1
                else f'"{word} {following}" can be read in two ways.',
                'Say "on the 1st", "on the 28th" or "every 2 days".',
            )
        elif word in words.OTHER and (following in words.UNITS or following in words.DAYS):
            self._interval(2)
        elif number is not None and following in words.UNITS:
            self._interval(number)
        elif word in words.UNITS:
            self._unit(word, following)
        elif word in words.DAYS:
            self.days.append(words.DAYS[word])
        elif word in words.SEVERAL_DAYS:
            self.days += words.SEVERAL_DAYS[word]
        elif _DAY_NUMBER.fullmatch(word) and self.day is None:
            self._day_of_month(word, before)
        else:
            raise refused(f'"{tidy(word, 40)}" was not understood in the description of the series.', _EXAMPLE)

    def _day_of_month(self, word: str, before: str) -> None:
        # "às 18", "a las 18": that is a time of day.
        if before in {"as", "las", "a"}:
            raise self._time_of_day()
        self.day = int(word.rstrip("stndrh"))
        self.day_is_plain = word.isdigit() and words.UNITS.get(before) != "daily"

    @staticmethod
    def _time_of_day() -> InvalidInputError:
        return refused("The description of the series holds a time of day.", "That is part of the start.")

    def _unit(self, word: str, following: str) -> None:
        unit = words.UNITS[word]
        if unit == "daily" and _DAY_NUMBER.fullmatch(following):
            return  # "dia 15": the number that follows is a day of the month
        if self.unit not in {None, unit}:
            raise refused("The series is said to repeat in two ways.", _EXAMPLE)
        self.unit = unit

    def _order(self, ordinal: int, word: str) -> None:
        if self.which is not None or ordinal not in WHICH:
            raise refused(
                f'Zoom cannot make "{tidy(word, 20)}" of it.', "It takes one weekday, the first to the fourth or last."
            )
        self.which = ordinal

    def _interval(self, number: int) -> None:
        if self.every != 1:
            raise refused("The series has two intervals.", _EXAMPLE)
        self.every = number

    def _meaning(self) -> dict[str, Any]:
        days = tuple(name for name in WEEKDAYS if name in self.days)
        if self.day is not None and not days and (self.unit == "monthly" or not (self.unit or self.day_is_plain)):
            return {"frequency": "monthly", "every": self.every, "day": self.day}
        if self.day is not None and not days and self.unit is None:
            raise refused(f"It is not said what the {self.day} means.", f'Say "every {self.day} days", for instance.')
        if self.day is not None:
            raise refused("A day of the month stands beside other days.", _EXAMPLE)
        if self.which is not None:
            if len(days) != 1 or self.unit not in {None, "monthly"}:
                raise refused("Zoom takes one weekday of the month, not several.", "Make a series of each.")
            if self.unit is None and self.which != -1:
                raise refused(
                    "It is not said of what the weekday is the first, second, …",
                    'Add "of the month", or say "every 2 weeks on Tuesday".',
                )
            return {"frequency": "monthly", "every": self.every, "week": self.which, "weekday": days[0]}
        if days and self.unit == "monthly":
            raise refused("It is not said which such day of the month is meant.", 'Say "on the first Monday".')
        if days and self.unit == "daily":
            raise refused("Every day and days of the week do not go together.", _EXAMPLE)
        if days:
            return {"frequency": "weekly", "every": self.every, "weekdays": days}
        if self.unit is None:
            raise refused("It is not said how the series repeats.", _EXAMPLE)
        return {"frequency": self.unit, "every": self.every}


def _read_end(plain: str, start: When | date | None) -> tuple[str, dict[str, Any]]:
    if found := _UNTIL.search(plain):
        return plain[: found.start()], {"until": _read_date(plain[found.end() :], start)}
    if found := _FOREVER.search(plain):
        return plain[: found.start()], {"endless": True}
    if found := _ONCE.search(plain):
        return plain[: found.start()], {"count": 1}
    if found := _COUNT.search(plain):
        number = _number(found[1])
        if number is None:
            raise refused(f'"{tidy(found[1], 40)}" is not a number of times.', "Write it in digits.")
        return plain[: found.start()], {"count": number}
    if _FOR_LONG.search(plain):
        raise refused(
            "How long the series lasts can be counted in two ways.",
            'Say how many times ("for 10 times") or its last day ("until 20 June 2031").',
        )
    raise refused(
        "The description does not say when the series ends.", 'Add "until 20 June 2031", "10 times" or "without end".'
    )


def _read_date(text: str, start: When | date | None) -> date:
    text = text.strip(" .,")
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        raise refused(f"There is no day {text}.", "Dates are year-month-day.") from None
    tokens = [word for word in _TOKEN.findall(text) if word not in words.FILLERS | {",", "dia", "day"}]
    weekday = words.DAYS[tokens.pop(0)] if len(tokens) > 2 and tokens[0] in words.DAYS else None
    day = month = year = None
    for word in tokens:
        if re.fullmatch(r"[0-9]{4}", word) and year is None:
            year = int(word)
        elif _DAY_NUMBER.fullmatch(word) and day is None:
            day = int(word.rstrip("stndrh"))
        elif word in words.MONTHS and month is None:
            month = words.MONTHS[word]
        else:
            day = None
            break
    if day is None or month is None:
        raise refused(
            f'"{tidy(text, 60)}" is not a last day that can be read.', 'Write it as "20 June 2031" or 2031-06-20.'
        )
    last = _on(day, month, year, start)
    if weekday is not None and WEEKDAYS[last.weekday()] != weekday:
        raise refused(f"{last} is a {last:%A}, not a {FULL_NAMES[WEEKDAYS.index(weekday)]}.", "Leave one of them out.")
    return last


def _on(day: int, month: int, year: int | None, start: When | date | None) -> date:
    if not 1 <= day <= (29 if month == 2 else monthrange(2031, month)[1]):
        raise refused(f"There is no {day} {MONTH_NAMES[month - 1]}.", "Choose another last day.")
    if year is not None:
        try:
            return date(year, month, day)
        except ValueError:
            raise refused(f"There is no {day} {MONTH_NAMES[month - 1]} {year}.", "Choose another last day.") from None
    if start is None:
        raise refused(f"It is not said in which year {day} {MONTH_NAMES[month - 1]} is meant.", "Add the year.")
    first = start.local.date() if isinstance(start, When) else start.date() if isinstance(start, datetime) else start
    # Leap days are at most eight years apart.
    for ahead in range(9):
        if day <= monthrange(first.year + ahead, month)[1] and (found := date(first.year + ahead, month, day)) >= first:
            return found
    raise refused("The series goes beyond the years that can be counted.", "Let it end sooner.")


def _plain(text: str) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    bare = " ".join(bare.replace(SKIPPED, " ").split()).strip(" .")
    bare = _WORKDAYS.sub("weekdays", _FEIRA.sub(r"\1-feira", bare))
    return _RANGE.sub(_range, _NUMBERED.sub(r"\1th", bare))


def _range(found: re.Match[str]) -> str:
    first, last = (WEEKDAYS.index(words.DAYS[found[group]]) for group in (1, 3))
    return ", ".join(WEEKDAYS[number % 7] for number in range(first, last + 1 if first <= last else last + 8))


def _ordinal(word: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)", word)
    return int(found[1]) if found else words.ORDINALS.get(word)


def _number(word: str) -> int | None:
    return int(word) if re.fullmatch(r"[0-9]{1,4}", word) else words.NUMBERS.get(word)
