"""The tutor of the examples: the week, what a form may hold, and how times read. No framework, no database, no Zoom."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ZONE = os.environ.get("TUTOR_TIMEZONE", "Europe/Lisbon")
MINUTES = 45
HOURS = range(9, 17)
"""A lesson starts at each of them, and the last is over before 17:00."""
WEEKS = 3
NOTICE = timedelta(hours=1)
TUTOR = {"name": "Ana Sousa", "subject": "Guitar lesson", "minutes": MINUTES, "zone": ZONE}


@dataclass(frozen=True)
class Slot:
    """A time that can be booked."""

    start: datetime

    @property
    def value(self) -> str:
        return self.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")

    @property
    def label(self) -> str:
        return f"{self.start:%H:%M}"


@dataclass(frozen=True)
class Day:
    """A weekday, and what is free in it."""

    date: date
    slots: tuple[Slot, ...]

    @property
    def label(self) -> str:
        return f"{self.date:%A}, {self.date.day} {self.date:%B}"


@dataclass(frozen=True)
class Wish:
    """What somebody asks for."""

    start: datetime
    name: str
    email: str


def coming_days(now: datetime, busy: Iterable[Iterable[tuple[datetime, datetime]]]) -> list[Day]:
    """The weekdays from today on, each with its free slots. `busy`: for each host, when it is busy."""
    zone, hosts = ZoneInfo(ZONE), [list(times) for times in busy]
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=today.weekday() > 4)
    days = [monday + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in range(5)]

    def is_free(start: datetime) -> bool:
        end = start + timedelta(minutes=MINUTES)
        return start >= now + NOTICE and any(all(end <= a or start >= b for a, b in times) for times in hosts)

    starts = {day: [datetime.combine(day, time(hour), zone) for hour in HOURS] for day in days}
    return [Day(day, tuple(Slot(start) for start in starts[day] if is_free(start))) for day in days]


def horizon(now: datetime) -> tuple[datetime, datetime]:
    """From when to when bookings are taken."""
    return now, now + timedelta(weeks=WEEKS, days=2)


def chosen_day(days: list[Day], wanted: str | None) -> Day | None:
    """The day somebody asks to see, or the first with a free slot."""
    asked = [day for day in days if day.slots and day.date.isoformat() == wanted]
    return next(iter(asked or [day for day in days if day.slots]), None)


def read_start(text: str, now: datetime) -> datetime:
    """The time a form names. Raises ValueError with words for the visitor."""
    try:
        start = datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE))
    except ValueError:
        raise ValueError("Please choose a time.") from None
    if (start.hour, start.minute) not in {(hour, 0) for hour in HOURS} or start.weekday() > 4:
        raise ValueError("Please choose one of the times shown.")
    if not now + NOTICE <= start <= horizon(now)[1]:
        raise ValueError("That time cannot be booked any more. Please choose another one.")
    return start


def read_wish(form: Mapping[str, str], now: datetime) -> Wish:
    """What a form asks for. Raises ValueError with words for the visitor."""
    name, email = " ".join(form.get("name", "").split()), form.get("email", "").strip()
    if not 1 <= len(name) <= 80:
        raise ValueError("Please tell us your name.")
    if not re.fullmatch(r"[^\s@<>\"\\:;,\x00-\x1f]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", email) or len(email) > 200:
        raise ValueError("Please check your e-mail address.")
    return Wish(read_start(form.get("start", ""), now), name, email)


def booking_token(form: Mapping[str, str], wish: Wish) -> str:
    """The name of a booking: the same when the same form is sent twice, and nobody can guess it."""
    said = f"{form.get('form', '')}\n{wish.start.isoformat()}\n{wish.name}\n{wish.email}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def spoken(start: datetime) -> str:
    """A time as people read it."""
    local = start.astimezone(ZoneInfo(ZONE))
    end = local + timedelta(minutes=MINUTES)
    return f"{local:%A}, {local.day} {local:%B %Y}, {local:%H:%M}\N{WORD JOINER}–\N{WORD JOINER}{end:%H:%M}"
