"""What the page shows of links and hosts: their values in words and places, ready for a template. Pure, no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from zoomlink.model import Link, LinkState
from zoomlink.service.page.words import day_name, day_words, length_words, moment_words, span_words, zone_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoomlink.errors import BusyTime
    from zoomlink.links.view import HostInfo
    from zoomlink.service.page.texts import Texts

__all__ = [
    "Bar",
    "BusyView",
    "Day",
    "HostRow",
    "LinkView",
    "busy_view",
    "by_day",
    "day_span",
    "host_row",
    "hours_of",
    "link_view",
    "percent_now",
    "shown_span",
]

_MOVING = {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN, LinkState.PARKED}
_TONES = {
    LinkState.READY: "good",
    LinkState.REFUSED: "bad",
    LinkState.CANCELLED: "off",
    LinkState.DELETED: "off",
    LinkState.PARKED: "wait",
    LinkState.UNKNOWN: "wait",
}
_ICONS = {
    LinkState.READY: "check",
    LinkState.REFUSED: "cross",
    LinkState.CANCELLED: "slash",
    LinkState.DELETED: "slash",
    LinkState.PARKED: "pause",
    LinkState.UNKNOWN: "question",
    LinkState.PLANNED: "clock",
    LinkState.SENDING: "clock",
}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link, and what is said about it."""

    link: Link
    zone: ZoneInfo
    """The link's own; the reader's where it has none."""
    day: str
    span: str
    zone_words: str
    length: str
    elsewhere: str
    """The same moment for the reader, where their clocks show another time; else empty."""
    state: str
    explained: str
    tone: str
    icon: str
    moving: bool
    """True while it will become something else by itself."""
    over: bool
    next_try: str
    meeting: str
    invitation: str


def link_view(link: Link, reader: ZoneInfo, now: datetime, t: Texts) -> LinkView:
    """Describe a link to a reader in the zone `reader`."""
    zone = ZoneInfo(link.timezone) if link.timezone else reader
    there, here = link.start_time.astimezone(zone), link.start_time.astimezone(reader)
    same = there.utcoffset() == here.utcoffset()
    number = f"{link.meeting_id}" if link.meeting_id else ""
    day, span = day_words(there.date(), t), span_words(there, link.duration)
    lines = [link.topic, f"{day}, {span} ({zone_words(there)})", link.join_url or ""]
    if link.passcode:
        lines.append(f"{t('link.passcode')}: {link.passcode}")
    return LinkView(
        link,
        zone,
        day,
        span,
        zone_words(there),
        length_words(link.duration, t),
        "" if same else f"{moment_words(here, reader, t)} ({zone_words(here)})",
        t(f"states.{link.state}.label"),
        t(f"states.{link.state}.words"),
        _TONES.get(link.state, "wait"),
        _ICONS[link.state],
        link.state in _MOVING,
        link.start_time + timedelta(minutes=link.duration) < now,
        moment_words(link.next_try_at, reader, t) if link.next_try_at else "",
        " ".join(filter(None, (number[:3], number[3:-4], number[-4:]))) if len(number) > 7 else number,
        "\n".join(lines),
    )


class Day(NamedTuple):
    """A day of the reader's, and its links."""

    name: str
    words: str
    links: list[tuple[str, LinkView]]
    """With the span of each on the reader's clock."""


def by_day(links: Iterable[Link], reader: ZoneInfo, now: datetime, t: Texts) -> list[Day]:
    """Group links, in the order of their start, by the reader's days."""
    days: dict[date, Day] = {}
    today = now.astimezone(reader).date()
    for link in links:
        start = link.start_time.astimezone(reader)
        day = start.date()
        if day not in days:
            days[day] = Day(day_name(day, today, t), day_words(day, t), [])
        days[day].links.append((span_words(start, link.duration), link_view(link, reader, now, t)))
    return list(days.values())


# -- hosts -------------------------------------------------------------------------------------------------------------


class BusyView(NamedTuple):
    """A time in which a host is busy, in words."""

    host: str
    topic: str
    """Empty for a meeting that is not the reader's."""
    link: str | None
    when: str


def busy_view(busy: BusyTime, reader: ZoneInfo) -> BusyView:
    """Describe a busy time."""
    start = busy.start.astimezone(reader)
    minutes = round((busy.end - busy.start).total_seconds() / 60)
    return BusyView(busy.host, busy.topic or "", busy.link, span_words(start, minutes))


class Bar(NamedTuple):
    """A block of the timeline; places and lengths in percent of the day."""

    x: float
    width: float
    lane: int
    busy: BusyView


class HostRow(NamedTuple):
    """A host's row of the timeline."""

    info: HostInfo
    bars: list[Bar]
    lanes: int


def day_span(day: date, reader: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins and ends for the reader; some last 23 or 25 hours. Aware, UTC."""
    begin = datetime.combine(day, time(), reader).astimezone(UTC)
    return begin, datetime.combine(day + timedelta(days=1), time(), reader).astimezone(UTC)


def shown_span(infos: Iterable[HostInfo], day: date, reader: ZoneInfo) -> tuple[datetime, datetime]:
    """The part of a day that is worth showing: from seven to ten in the evening, and as far as anybody is busy."""
    begin, end = day_span(day, reader)
    first = datetime.combine(day, time(7), reader).astimezone(UTC)
    last = datetime.combine(day, time(22), reader).astimezone(UTC)
    hour = timedelta(hours=1)
    for busy in (one for info in infos for one in info.busy):
        while first > max(busy.start, begin):
            first -= hour
        while last < min(busy.end, end):
            last += hour
    return max(first, begin), min(last, end)


def host_row(info: HostInfo, begin: datetime, end: datetime, reader: ZoneInfo) -> HostRow:
    """Place a host's busy times on a day; those at the same time lie in lanes, one below the other."""
    whole = (end - begin).total_seconds()
    bars: list[Bar] = []
    ends: list[datetime] = []
    for busy in sorted(info.busy, key=lambda one: (one.start, one.end)):
        lane = next((number for number, until in enumerate(ends) if until <= busy.start), len(ends))
        ends[lane : lane + 1] = [busy.end]
        x = max((busy.start - begin).total_seconds(), 0) / whole * 100
        width = min((busy.end - begin).total_seconds(), whole) / whole * 100 - x
        bars.append(Bar(round(x, 3), round(width, 3), lane, busy_view(busy, reader)))
    return HostRow(info, bars, max(len(ends), 1))


def percent_now(now: datetime, begin: datetime, end: datetime) -> float | None:
    """Where the present is on a day; None on another one."""
    return round((now - begin) / (end - begin) * 100, 3) if begin <= now < end else None


def hours_of(begin: datetime, end: datetime, reader: ZoneInfo) -> Sequence[tuple[float, str]]:
    """The full hours of a day: their place and what a clock shows then."""
    whole = end - begin
    count = int(whole / timedelta(hours=1))
    moments = (begin + timedelta(hours=number) for number in range(count + 1))
    return [(round((moment - begin) / whole * 100, 3), f"{moment.astimezone(reader):%H}") for moment in moments]
