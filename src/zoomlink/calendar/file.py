"""Calendar files (RFC 5545, RFC 5546) from entries. The same entries give the same bytes; no clock is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from zoomlink.calendar.entry import CalendarEntry
from zoomlink.calendar.zones import time_zone
from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from icalendar import Event

__all__ = ["Method", "calendar_file"]

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
"""What the file is for: to be looked at, to invite (by e-mail), to take back."""

_METHODS = ("PUBLISH", "REQUEST", "CANCEL")
_PRODUCT = "-//zoomlink//zoomlink//EN"
_ENDLESS_YEARS = 10
"""How far ahead the clock changes of a series without end are written down."""

_BREAK = re.compile(r"\r\n|[\n\x0b\x0c\r\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def calendar_file(entries: CalendarEntry | Iterable[CalendarEntry], *, method: Method = "PUBLISH") -> bytes:
    """Return a calendar file of these entries, UTF-8 with CRLF, as RFC 5545 asks.

    CANCEL takes all of them back; so does `cancelled`, for one entry, under PUBLISH. Raises InvalidInputError for no
    entries, two with one id, and an invitation (REQUEST) that lacks organizer or attendees or is cancelled.
    """
    from icalendar import Calendar

    chosen = [entries] if isinstance(entries, CalendarEntry) else list(entries)
    _check_file(chosen, method)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    spans: dict[str, list[datetime]] = {}
    for entry in chosen:
        local = entry.local_start
        if isinstance(local.tzinfo, ZoneInfo):
            spans.setdefault(local.tzinfo.key, []).extend(_span(entry))
    for name in sorted(spans):
        calendar.add_component(time_zone(name, min(spans[name]), max(spans[name])))
    for entry in chosen:
        calendar.add_component(_event(entry, cancelled=entry.cancelled or method == "CANCEL"))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry, *, cancelled: bool) -> Event:
    from icalendar import Event, vCalAddress, vRecur

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.updated_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.updated_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.sequence)
    event.add("summary", _one_line(entry.topic))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("dtstart", entry.local_start)
    # Not DTEND: its wall time may be one that comes twice.
    event.add("duration", timedelta(minutes=entry.duration))
    if entry.recurrence is not None:
        event.add("rrule", vRecur.from_ical(entry.recurrence.to_rrule(entry.local_start)))
        if entry.excluded:
            zone = entry.local_start.tzinfo
            event.add("exdate", sorted(moment.astimezone(zone) for moment in entry.excluded))
    if entry.join_url is not None:
        event.add("url", entry.join_url)
        event.add("location", _text(entry.join_url))
    if said := _description(entry):
        event.add("description", _text(said))
    if entry.organizer is not None:
        event.add("organizer", vCalAddress(f"mailto:{entry.organizer}"))
    for address in entry.attendees:
        event.add("attendee", vCalAddress(f"mailto:{address}"))
    return event


def _description(entry: CalendarEntry) -> str:
    parts = [
        f"Join: {entry.join_url}" if entry.join_url else "",
        f"Passcode: {entry.passcode}" if entry.passcode else "",
    ]
    access = "\n".join(part for part in parts if part)
    agenda = (entry.description or "").strip()
    return "\n\n".join(part for part in (access, agenda) if part)


def _span(entry: CalendarEntry) -> tuple[datetime, datetime]:
    # Some days around, so that no reader asks for a time before the first onset.
    first, last = entry.start.astimezone(UTC), entry.occurrences()[-1].astimezone(UTC)
    if entry.recurrence is not None and entry.recurrence.endless:
        last += timedelta(days=366 * _ENDLESS_YEARS)
    return first - timedelta(days=2), last + timedelta(days=2, minutes=entry.duration)


def _check_file(entries: Sequence[CalendarEntry], method: str) -> None:
    if method not in _METHODS:
        raise InvalidInputError(
            f"There is no calendar method {tidy(repr(method), 40)}.", field="method", hint=f"Use {', '.join(_METHODS)}."
        )
    if not entries:
        raise InvalidInputError("A calendar file needs an entry.", field="entries")
    if len({entry.id for entry in entries}) != len(entries):
        raise InvalidInputError("Two entries of the calendar file have the same id.", field="entries")
    for entry in entries:
        if method == "REQUEST" and entry.cancelled:
            raise InvalidInputError(f"{entry.id} is cancelled.", field="method", hint="Use CANCEL to take it back.")
        if method == "REQUEST" and not (entry.organizer and entry.attendees):
            raise InvalidInputError(
                "An invitation needs an organizer and an attendee.",
                field="organizer",
                hint="Give their e-mail addresses, or use PUBLISH.",
            )


def _one_line(text: str) -> Any:
    return _text(_BREAK.sub(" ", text).strip())


def _text(text: str) -> Any:
    """Return a TEXT value: line breaks as they are, other control characters gone."""
    plain = _CONTROL.sub("", _BREAK.sub("\n", text))
    return _text_type()(plain)


@cache
def _text_type() -> type[Any]:
    from icalendar import vText

    class Text(vText):
        """vText takes a backslash and a capital N in a text ("C:\\New") for a line break; this one does not."""

        __slots__ = ()

        def to_ical(self) -> bytes:
            return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", "\\n").encode()

    return Text
