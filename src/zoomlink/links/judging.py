"""Which meetings of a host are a link's, and what has to be done about the link. Pure.

A meeting is a link's when it carries the link's marker and was made when the link was being sent: the marker alone may
have been copied along with the agenda by a person. Where markers are switched off, or somebody emptied the agenda,
topic, time, length and the moment of making have to be the same.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING

from zoomlink.links.marker import add_marker, marker_in
from zoomlink.links.request import milliseconds
from zoomlink.model import LinkState
from zoomlink.times import parse_instant
from zoomlink.zoom.differences import same_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoomlink.links.rules import Times
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = [
    "LISTED_AGENDA",
    "Errand",
    "carries_marker",
    "errand",
    "is_proven",
    "may_be_ours",
    "oldest_first",
    "same_meeting",
    "searched_hosts",
    "wants_cancelling",
]

LISTED_AGENDA = 250
"""Characters of an agenda that Zoom's lists show (https://developers.zoom.us/docs/api/meetings/)."""


class Errand(Enum):
    """What has to be done about a link."""

    NOTHING = "nothing"
    SEND = "send"
    OTHERS = "others"
    """Somebody else is sending it."""
    LOST = "lost"
    """Who was sending it is dead."""
    SETTLE = "settle"
    TAKE_BACK = "take back"
    """It was cancelled while it was being sent, and has no meeting that is known."""
    WISH = "wish"
    WATCH = "watch"
    LATER = "later"
    """Not yet: at its `due_at`."""


def errand(row: LinkRow, now: int) -> Errand:
    """What has to be done about a link at the moment `now`."""
    due = row.due_at is not None and row.due_at <= now
    if wants_cancelling(row) and row.state in {LinkState.PLANNED, LinkState.PARKED, LinkState.UNKNOWN}:
        return Errand.WISH  # it was said while the link was being sent, and nothing has to be asked of Zoom for it
    match row.state:
        case LinkState.PLANNED | LinkState.PARKED:
            return Errand.SEND if due else Errand.LATER
        case LinkState.SENDING:
            return Errand.LOST if row.lease_at is None or row.lease_at <= now else Errand.OTHERS
        case LinkState.UNKNOWN:
            return Errand.SETTLE if due else Errand.LATER
    if row.due_at is None:
        return Errand.NOTHING
    if row.wish is not None and row.state == LinkState.READY:
        return Errand.WISH if due else Errand.LATER
    return Errand.WATCH if due else Errand.NOTHING


def wants_cancelling(row: LinkRow) -> bool:
    """True when a cancellation was accepted and is not carried out yet. A change waits until the meeting exists."""
    return row.wish is not None and json.loads(row.wish)["do"] == "cancel"


def searched_hosts(row: LinkRow) -> tuple[str, ...]:
    """Whose lists may show the meeting: one scheduled for another user has been seen under either."""
    other = row.asks("schedule_for")
    return (row.host, str(other).lower()) if other else (row.host,)


def may_be_ours(row: LinkRow, meeting: Meeting, times: Times) -> bool:
    """True for an entry of a list that is worth a closer look; :func:`is_proven` decides."""
    if meeting.id is None or not _in_time(row, meeting, times):
        return False
    if row.marker and row.marker in (meeting.agenda or ""):
        return True
    # Its agenda may be cut, or emptied, or never have had a marker.
    return marker_in(meeting.agenda) is None and _looks_the_same(row, meeting)


def is_proven(row: LinkRow, meeting: Meeting, times: Times) -> bool:
    """True when a whole meeting (not one of a list, whose agenda is cut) is the link's."""
    if not _in_time(row, meeting, times):
        return False
    if row.marker:
        found = marker_in(meeting.agenda)
        if found is not None:
            return found == row.marker
        # Without any marker somebody emptied or rewrote the agenda, or another program makes the same meetings as we
        # do: what is left of the agenda tells them apart.
        left = (meeting.agenda or "").strip()
        return _looks_the_same(row, meeting) and (not left or left in add_marker(_agenda(row), row.marker))
    return _looks_the_same(row, meeting) and same_text(meeting.agenda or "", _agenda(row))


def carries_marker(row: LinkRow, meeting: Meeting, listed: Meeting | None = None) -> bool:
    """True when the link's marker stands in a meeting, or stood in it when it was `listed` a moment before."""
    if not row.marker:
        return False
    found = marker_in(meeting.agenda)
    if found is None and listed is not None and not meeting.agenda:
        return row.marker in (listed.agenda or "")
    return found == row.marker


def oldest_first(meetings: Iterable[Meeting]) -> list[Meeting]:
    """Meetings in the order in which they are chosen: the one made first, then the lowest id."""
    last = 2**62
    return sorted(meetings, key=lambda one: (milliseconds(one.created_at) if one.created_at else last, one.id or last))


def same_meeting(row: LinkRow, meeting: Meeting) -> bool:
    """True when topic and time are the link's, or were when it was asked for: only then may a surplus be removed."""
    if _looks_the_same(row, meeting):
        return True
    asked = json.loads(row.asked or "{}")
    start = asked.get("start_time")
    return (
        meeting.topic is not None
        and same_text(meeting.topic, str(asked.get("topic")))
        and meeting.duration in {None, asked.get("duration")}
        and (not isinstance(start, str) or not start.endswith("Z") or parse_instant(start) == meeting.start_time)
    )


def _in_time(row: LinkRow, meeting: Meeting, times: Times) -> bool:
    if meeting.created_at is None or row.first_sent_at is None or row.sent_at is None:
        return row.first_sent_at is not None
    made = milliseconds(meeting.created_at)
    return row.first_sent_at - times.early <= made <= row.sent_at + times.late


def _looks_the_same(row: LinkRow, meeting: Meeting) -> bool:
    start = None if meeting.start_time is None else milliseconds(meeting.start_time)
    return (
        meeting.topic is not None
        and same_text(meeting.topic, row.topic)
        and meeting.type in {None, row.asks("type")}
        and (start == row.start_at or (start is None and row.asks("recurrence") is not None))
        and meeting.duration in {None, row.duration}
    )


def _agenda(row: LinkRow) -> str:
    return str(row.asks("agenda") or "")
