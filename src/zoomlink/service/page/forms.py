"""What people wrote into the page's forms, as arguments for the desk; or what is wrong, field by field. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from zoomlink.errors import InvalidInputError
from zoomlink.links.request import check_key
from zoomlink.service.page.words import clock, day_words, find_zone, moment_words, near_zones, offset_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.service.page.texts import Texts

__all__ = ["DURATIONS", "MAX_TIMES", "SWITCHES", "Filled", "Offer", "Wrong", "read_link_form", "wrong_of"]

DURATIONS = (15, 30, 45, 60, 90)
"""Minutes to choose from; any other can be written."""
SWITCHES = ("waiting_room", "join_before_host", "mute_upon_entry")
"""Settings of Zoom's that can be switched here; else they are as the account has them."""
MAX_TIMES = 60
"""Dates that Zoom takes in a series."""
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """A way out that is one click away: a button of the form."""

    name: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a field."""

    words: str
    hint: str = ""
    offers: tuple[Offer, ...] = ()
    by_desk: bool = False
    """True for the library's own sentences: English, and told in the reader's language where they are known in it."""


@dataclass(slots=True)
class Filled:
    """A form as it was sent."""

    values: dict[str, str]
    """What stands in the fields, to be shown again."""
    asked: dict[str, Any] = field(default_factory=dict)
    """Arguments of ``LinkDesk.create`` or ``update``; complete when nothing is wrong."""
    wrong: dict[str, Wrong] = field(default_factory=dict)
    key: str = ""


def read_link_form(values: Mapping[str, str], now: datetime, t: Texts, *, change: bool = False) -> Filled:
    """Read the form that makes a link, or (`change`) the one that changes it. `now` is aware."""
    filled = Filled(dict(values))
    given = filled.values
    _take_offers(given)
    topic = given.get("topic", "").strip()
    if not topic:
        filled.wrong["topic"] = Wrong(t("wrong.topic"))
    elif len(topic) > 200:
        filled.wrong["topic"] = Wrong(t("wrong.topic_long"))
    filled.asked["topic"] = topic
    _read_when(filled, now, t)
    _read_duration(filled, t)
    host = given.get("other_host", "").strip() or given.get("host", "").strip()
    if host:
        filled.asked["host"] = host
    for name in ("passcode", "agenda"):
        if text := given.get(name, "").replace("\r\n", "\n").strip():
            filled.asked[name] = text
    settings = {name: given[name] == "on" for name in SWITCHES if given.get(name) in {"on", "off"}}
    if settings:
        filled.asked["settings"] = settings
    if given.get("allow_overlap"):
        filled.asked["allow_overlap"] = True
    if not change:
        _read_repeat(filled, t)
        _read_key(filled, t)
    return filled


def wrong_of(error: InvalidInputError) -> tuple[str, Wrong]:
    """The field that the desk found wrong, and what it says about it."""
    where = (error.field or "").split(".")[0].split("[")[0]
    fields = {"start": "date", "timezone": "timezone", "settings": "waiting_room", "password": "passcode"}
    known = {"topic", "duration", "host", "passcode", "agenda", "key", *fields}
    place = fields.get(where, where) if where in known else ""
    return place, Wrong(error.message, error.hint or "", by_desk=True)


def _take_offers(given: dict[str, str]) -> None:
    """Put into the fields what a button offered."""
    if said := given.pop("use_zone", ""):
        given["timezone"] = said
    moment = given.pop("use_start", "")
    zone = find_zone(given.get("timezone", ""))
    if zone is not None and _MOMENT.fullmatch(moment):
        try:
            there = datetime.fromisoformat(moment).astimezone(zone)
        except (ValueError, OverflowError):
            return
        given |= {"date": f"{there:%Y-%m-%d}", "time": clock(there), "offset": there.isoformat()[-6:]}


def _read_when(filled: Filled, now: datetime, t: Texts) -> None:
    given = filled.values
    offset = given.pop("offset", "")
    zone = find_zone(given.get("timezone", ""))
    day, hour = _day(given.get("date", "")), _time(given.get("time", ""))
    if day is None:
        filled.wrong["date"] = Wrong(t("wrong.date"))
    if hour is None:
        filled.wrong["time"] = Wrong(t("wrong.time"))
    if zone is None:
        near = tuple(
            Offer("use_zone", name, t("wrong.use", time=name)) for name in near_zones(given.get("timezone", ""))
        )
        filled.wrong["timezone"] = Wrong(t("wrong.zone"), t("wrong.zone_near" if near else "wrong.zone_hint"), near)
        return
    given["timezone"] = zone.key
    if day is None or hour is None:
        return
    wall = datetime.combine(day, hour)
    first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    try:
        gap = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
    except (OverflowError, ValueError):
        filled.wrong["date"] = Wrong(t("wrong.date"))
        return
    start: str | None = f"{wall:%Y-%m-%dT%H:%M}"
    if gap:
        filled.wrong["time"] = _gap(wall, zone, t)
    elif first.utcoffset() != second.utcoffset() and not (
        _OFFSET.fullmatch(offset) and offset in {first.isoformat()[-6:], second.isoformat()[-6:]}
    ):
        filled.wrong["time"] = _twice(first, second, t)
    elif first.utcoffset() != second.utcoffset():
        start = f"{wall.isoformat()}{offset}"
    elif first < now:
        filled.wrong["date"] = Wrong(
            t("wrong.past", then=moment_words(first, zone, t), now=moment_words(now, zone, t)), t("wrong.past_hint")
        )
    filled.asked |= {"start": start, "timezone": zone.key}


def _gap(wall: datetime, zone: ZoneInfo, t: Texts) -> Wrong:
    found = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    words = t("wrong.gap", time=clock(wall), day=day_words(wall.date(), t), zone=zone.key)
    return Wrong(words, t("wrong.gap_hint"), tuple(_offer(moment, zone, t) for moment in found))


def _twice(first: datetime, second: datetime, t: Texts) -> Wrong:
    zone = first.tzinfo
    assert isinstance(zone, ZoneInfo)  # noqa: S101 - made with one
    words = t("wrong.twice", time=clock(first), day=day_words(first.date(), t), zone=zone.key)
    return Wrong(words, t("wrong.twice_hint"), (_offer(first, zone, t), _offer(second, zone, t)))


def _offer(moment: datetime, zone: ZoneInfo, t: Texts) -> Offer:
    there = moment.astimezone(zone)
    words = t("wrong.use", time=f"{clock(there)} ({offset_words(there)})")
    return Offer("use_start", f"{there.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", words)


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if timedelta(days=1) < found - date.min else None


def _time(text: str) -> time | None:
    if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", text, re.ASCII):
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def _read_duration(filled: Filled, t: Texts) -> None:
    given = filled.values
    said = given.get("duration", "")
    text = given.get("minutes", "").strip() if said == "other" else said
    minutes = int(text) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else 0
    if not 1 <= minutes <= 1440:
        filled.wrong["duration"] = Wrong(t("wrong.duration"), t("wrong.duration_hint"))
    filled.asked["duration"] = minutes


def _read_repeat(filled: Filled, t: Texts) -> None:
    """Every week on the day of the start, so many times; Zoom takes 60 at most."""
    if filled.values.get("repeat") != "weekly":
        return
    text = filled.values.get("times", "").strip()
    times = int(text) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else 0
    if not 2 <= times <= MAX_TIMES:
        filled.wrong["times"] = Wrong(t("wrong.times", most=MAX_TIMES))
    filled.asked["recurrence"] = {"type": 2, "end_times": times}


def _read_key(filled: Filled, t: Texts) -> None:
    own = filled.values.get("key", "").strip()
    try:
        filled.key = check_key(own or filled.values.get("form_key", ""))
    except InvalidInputError:
        filled.wrong["key"] = Wrong(t("wrong.key"), t("wrong.key_hint"))
