"""Changes of a link that were made in Zoom by others' hands, as operations: its meeting is another one now, or ended
before its time. Pure.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zoomlink.links.request import as_json, milliseconds
from zoomlink.links.transitions import spans_in_zoom, utc
from zoomlink.model import LinkState
from zoomlink.store.ops import Move
from zoomlink.zoom.differences import fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.spans import Span
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = ["ended", "followed"]


def followed(row: LinkRow, meeting: Meeting, now: int, booked: Sequence[Span], *, join_url: str | None) -> Move | None:
    """A ready link as its meeting is in Zoom now; None where it is so already. `booked`: when its host is busy with it
    now; `join_url`: the meeting's, where it may be handed out.
    """
    whole: dict[str, Any] = json.loads(row.body or "{}")
    changes, body = _scalars(row, meeting, whole)
    fields = {_FIELDS.get(name, name) for name in (*changes, *body)}
    if join_url and join_url != row.join_url:
        changes["join_url"] = join_url
        fields.add("join_url")
    series = "recurrence" in whole or meeting.recurrence is not None
    spans = spans_in_zoom(row._replace(**changes, body=as_json({**whole, **body})), meeting)
    if series:
        # Dates that have passed are no longer shown; what was booked for them stays.
        past = tuple(one for one in booked if one.start <= now)
        coming = {one for one in spans if one.start > now}
        spans = tuple(sorted({*past, *coming}))
        if coming != {one for one in booked if one.start > now}:
            fields.add("occurrences")
            if meeting.recurrence is not None:
                body["recurrence"] = dict(meeting.recurrence)
    if not row.body:  # erased: what people wrote does not come back
        changes, fields = {name: changes[name] for name in ("start_at", "duration") if name in changes}, fields & _TIMES
        body = {}
    if not fields:
        return None
    if body:
        changes["body"] = as_json({name: value for name, value in {**whole, **body}.items() if value is not None})
    return Move(
        row.id,
        (LinkState.READY.value,),
        now,
        "changed-in-zoom",
        {**changes, "sequence": row.sequence + 1},
        version=row.version,
        detail={"fields": sorted(fields)},
        spans=spans if fields & _TIMES else None,
    )


_FIELDS = {"start_at": "start", "start_time": "start", "password": "passcode"}
_TIMES = {"start", "duration", "occurrences", "host", "recurrence"}


def ended(row: LinkRow, at: int, now: int, booked: Sequence[Span]) -> Move | None:
    """The meeting is over before its time: its host is free for the rest of it. None where there is no rest."""
    over = [one for one in booked if one.start < at < one.end and at <= now]
    if not over:
        return None
    spans = tuple(one._replace(end=at) if one in over else one for one in booked)
    detail = {"when": f"{utc(over[0].end):%Y-%m-%d %H:%M} UTC"}
    return Move(
        row.id, (LinkState.READY.value,), now, "ended-early", {}, version=row.version, detail=detail, spans=spans
    )


def _scalars(row: LinkRow, meeting: Meeting, whole: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is another one: columns of the link, and fields of its request."""
    changes: dict[str, Any] = {}
    body: dict[str, Any] = {}
    if meeting.topic is not None and not _alike(meeting.topic, row.topic):
        changes["topic"] = body["topic"] = meeting.topic
    if meeting.duration is not None and meeting.duration != row.duration:
        changes["duration"] = body["duration"] = meeting.duration
    if meeting.timezone and row.timezone and not _same_zone(meeting.timezone, row.timezone):
        changes["timezone"] = body["timezone"] = meeting.timezone
    start = None if meeting.start_time is None else milliseconds(meeting.start_time)
    if start is not None and start != row.start_at and "recurrence" not in whole:
        changes["start_at"] = start
        body["start_time"] = f"{utc(start):%Y-%m-%dT%H:%M:%SZ}"
    rule = meeting.recurrence
    if rule is not None and not fits(whole.get("recurrence") or {"type": None}, rule):
        body["recurrence"] = dict(rule)
    if meeting.settings and meeting.passcode != row.passcode:
        changes["passcode"] = body["password"] = meeting.passcode
    if meeting.agenda is not None:
        agenda = _without(row.marker, meeting.agenda)
        if not _alike(agenda, str(whole.get("agenda") or "")):
            body["agenda"] = agenda or None
    host = (meeting.host_email or "").lower()
    if host and "@" in row.host and host != row.host and "schedule_for" not in whole:
        changes["host"] = host
    return changes, body


def _without(marker: str, agenda: str) -> str:
    """An agenda as people see it: without the line by which a lost meeting is found."""
    return (agenda.replace(marker, "") if marker else agenda).strip()


def _alike(one: str, other: str) -> bool:
    """True for the same words, as Zoom may write them in another way: blanks, and forms of one character."""
    first, second = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (one, other))
    return first == second


def _same_zone(one: str, other: str) -> bool:
    """True for two names of one zone: clocks that have shown the same since 1970, as far as can be seen."""
    if one == other:
        return True
    try:
        first, second = ZoneInfo(one), ZoneInfo(other)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    months = (datetime(year, month, 15, tzinfo=UTC) for year in range(1970, 2038) for month in range(1, 13))
    return all(first.utcoffset(at) == second.utcoffset(at) for at in months)
