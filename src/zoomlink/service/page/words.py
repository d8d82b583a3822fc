"""Days, times and lengths in words, in the reader's language and zone. Pure: moments in, sentences out."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from zoomlink.errors import InvalidInputError
from zoomlink.service.page.cities import CITIES
from zoomlink.times import parse_zone

if TYPE_CHECKING:
    from zoomlink.service.page.texts import Texts

__all__ = [
    "city_of",
    "clock",
    "day_name",
    "day_words",
    "find_zone",
    "length_words",
    "moment_words",
    "near_zones",
    "offset_words",
    "span_words",
    "zone_names",
    "zone_words",
]

_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def day_words(day: date, t: Texts) -> str:
    """``Monday, 1 December 2031``."""
    return t(
        "dates.full",
        day=t.find("dates.days")[day.weekday()],
        number=day.day,
        month=t.find("dates.months")[day.month - 1],
        year=day.year,
    )


def day_name(day: date, today: date, t: Texts) -> str:
    """``Today`` or ``Tomorrow``; empty for other days."""
    return {0: t("dates.today"), 1: t("dates.tomorrow"), -1: t("dates.yesterday")}.get((day - today).days, "")


def clock(moment: datetime) -> str:
    """``18:24``."""
    return f"{moment:%H:%M}"


def span_words(start: datetime, minutes: int) -> str:
    """``18:24–19:24``; ``(+1)`` where it ends on the day after. `start` is aware, in the zone to be shown."""
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
    later = (end.date() - start.date()).days
    return f"{clock(start)}–{clock(end)}" + (f" (+{later})" if later else "")


def moment_words(moment: datetime, zone: tzinfo, t: Texts) -> str:
    """``Monday, 1 December 2031, 18:24``."""
    there = moment.astimezone(zone)
    return t("dates.at", day=day_words(there.date(), t), time=clock(there))


def length_words(minutes: int, t: Texts) -> str:
    """``1 h 30 min``."""
    hours, rest = divmod(minutes, 60)
    parts = [t("dates.hours", count=hours)] if hours else []
    if rest or not hours:
        parts.append(t("dates.minutes", count=rest))
    return " ".join(parts)


def offset_words(moment: datetime) -> str:
    """``UTC−3``, ``UTC+5:30``, ``UTC``."""
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if not seconds:
        return "UTC"
    return f"UTC{'−' if seconds < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def city_of(zone: str) -> str:
    """``Sao Paulo`` of ``America/Sao_Paulo``."""
    return zone.rpartition("/")[2].replace("_", " ")


def zone_words(moment: datetime) -> str:
    """``America/Sao_Paulo, UTC−3``, of a moment in its zone."""
    name = getattr(moment.tzinfo, "key", "UTC")
    offset = offset_words(moment)
    return name if name == offset else f"{name}, {offset}"


@cache
def zone_names() -> tuple[str, ...]:
    """The zones to choose from: UTC and those that are called after a place."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in _AREAS))


def find_zone(said: str) -> ZoneInfo | None:
    """The zone that somebody means: its name, or its city alone, in any case and with accents or without; cities also
    in Portuguese and Spanish. None where that is not clear."""
    said = said.strip()
    try:
        return parse_zone(said)
    except InvalidInputError:
        pass
    plain = _plain(said)
    if plain in CITIES:
        return ZoneInfo(CITIES[plain])
    found = _zones_called().get(plain, ())
    return ZoneInfo(found[0]) if len(found) == 1 else None


def near_zones(said: str) -> list[str]:
    """Up to three names of zones that somebody may have meant who wrote what is none."""
    plain = _plain(said[:60])
    if not plain:
        return []
    called = {**_zones_called(), **{city: (zone,) for city, zone in CITIES.items()}}
    near = [
        *called.get(plain, ()),
        *(zone for word in get_close_matches(plain, called, n=3, cutoff=0.7) for zone in called[word]),
    ]
    return list(dict.fromkeys(near))[:3]


@cache
def _zones_called() -> dict[str, tuple[str, ...]]:
    """Zones by their name and by their city, as :func:`_plain` writes them."""
    found: dict[str, tuple[str, ...]] = {}
    for name in zone_names():
        for word in dict.fromkeys((_plain(name), _plain(city_of(name)))):
            found[word] = (*found.get(word, ()), name)
    return found


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold().replace("_", " "))
    return " ".join("".join(char for char in bare if not unicodedata.combining(char)).split())
