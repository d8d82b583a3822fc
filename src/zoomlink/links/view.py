"""Links as callers see them: from a row of the ledger to a Link, and its history in words. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError
from zoomlink.links.problem import problem_text
from zoomlink.links.transitions import utc
from zoomlink.model import Link, LinkState
from zoomlink.times import parse_zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoomlink.errors import BusyTime
    from zoomlink.store.rows import EventRow, LinkRow

__all__ = ["Availability", "HostInfo", "LinkEvent", "LinkPage", "cursor_of", "event_of", "link_of", "read_cursor"]

_ON_ITS_WAY = {LinkState.PLANNED, LinkState.PARKED, LinkState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One thing that happened to a link."""

    at: datetime
    """Aware, UTC."""
    event: str
    """A short name, such as ``sending``."""
    words: str
    """The same in a sentence."""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Some links, in the order of their start, and the cursor of the next page; None on the last one."""

    items: tuple[Link, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class HostInfo:
    """A host of the pool, as far as it is known."""

    host: str
    """Its e-mail address."""
    capacity: int
    """Meetings it may run at once."""
    licensed: bool | None
    """None: not known yet."""
    writes_left: int | None
    """Meetings that can be made or changed today; None where nobody counts."""
    busy: tuple[BusyTime, ...]
    """When it is busy and with what, in the time that was asked for."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Who is free at a time."""

    hosts: tuple[str, ...]
    """In the order in which they would be chosen; empty when none is free."""
    busy: tuple[BusyTime, ...] = ()
    """What is in the way, where none is free."""
    next_free: datetime | None = None
    """When one is free for as long as is wanted; None where one is, and for a series."""


def link_of(row: LinkRow) -> Link:
    """The link that a row describes."""
    state = LinkState(row.state)
    body: dict[str, Any] = json.loads(row.body or "{}")
    return Link(
        id=row.id,
        key=row.key,
        state=state,
        topic=row.topic,
        start_time=utc(row.start_at),
        timezone=_known_zone(row.timezone),
        duration=row.duration,
        join_url=row.join_url if state is LinkState.READY else None,
        passcode=row.passcode if state is LinkState.READY else None,
        meeting_id=row.meeting_id,
        host=row.host,
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
        next_try_at=utc(row.due_at) if state in _ON_ITS_WAY and row.due_at is not None else None,
        warnings=tuple(json.loads(row.warnings)),
        problem=problem_text(row.problem),
        sequence=row.sequence,
        agenda=body.get("agenda") or None,
        recurrence=body.get("recurrence"),
    )


def event_of(row: EventRow) -> LinkEvent:
    """A line of a link's history, in words."""
    detail: dict[str, Any] = json.loads(row.detail)
    words = _WORDS.get(row.event, row.event)
    meeting = detail.get("meeting", "")
    said = words.format(
        attempt=detail.get("attempt", ""),
        meeting=meeting,
        why=str(detail.get("why", "")).rstrip("."),
        until=f"{utc(detail['until']):%Y-%m-%d %H:%M} UTC" if "until" in detail else "",
        fields=", ".join(detail.get("fields", ())),
        when=detail.get("when", ""),
    )
    return LinkEvent(utc(row.at), row.event, said.rstrip(": ").strip() + ".")


_WORDS = {
    "planned": "Recorded",
    "sending": "Zoom is asked, attempt {attempt}",
    "ready": "Zoom made meeting {meeting}: the link is ready",
    "adopted": "Found in Zoom: meeting {meeting}; the link is ready",
    "refused": "Zoom refused it: {why}",
    "not-sent": "Not made, and tried again: {why}",
    "parked": "The day's calls are used up; waits until {until}",
    "unknown": "The answer was lost: {why}",
    "not-found": "Zoom has no such meeting: it is made anew",
    "expired": "Given up: its time had passed",
    "cancel-wished": "Asked to cancel it",
    "update-wished": "Asked to change it",
    "change-refused": "Zoom refused the change: {why}",
    "changed": "Changed: {fields}",
    "changed-in-zoom": "Changed in Zoom: {fields}",
    "started": "It was started, {when}",
    "ended": "It ended, {when}",
    "ended-early": "Its host is free again, before {when}",
    "cancelled": "Cancelled",
    "deleted": "The meeting was deleted in Zoom",
    "removed": "A surplus meeting, {meeting}, was removed",
    "kept": "A surplus meeting is in use, and stays",
    "taken-in": "Taken into the ledger from Zoom",
    "rebuilt": "Rebuilt from Zoom by its marker",
    "brought-back": "The meeting is back in Zoom",
    "claimed": "Its owner asked for it again",
    "erased": "What people wrote was erased",
}


def cursor_of(rows: Sequence[LinkRow]) -> str:
    """What names the place after the last of these rows."""
    last = rows[-1]
    return f"{last.start_at}.{last.id}"


def read_cursor(cursor: str) -> tuple[int, str]:
    """The place a cursor names. Raises InvalidInputError."""
    found = re.fullmatch(r"(-?[0-9]{1,15})\.(lnk_[0-9a-z]{1,60})", cursor) if isinstance(cursor, str) else None
    if found is None:
        raise InvalidInputError(
            "That is no cursor of a list of links.", field="cursor", hint="Use next_cursor as it is."
        )
    return int(found[1]), found[2]


def _known_zone(name: str | None) -> str | None:
    # Zoom's word for it; the meeting exists, so a name that no clock here knows is no reason to fail.
    try:
        return None if name is None else parse_zone(name).key
    except InvalidInputError:
        return None
