"""How a meeting and a user are told to people: dates, numbers, licences. Pure."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from zoomsandbox.core import zones

if TYPE_CHECKING:
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.users.models import User

_LICENCES = {1: "Basic", 2: "Licensed", 4: "no hosting right", 99: "no hosting right"}


def when(meeting: Meeting) -> str:
    """The start in the meeting's own zone, the length, and how many dates there are."""
    if meeting.start is None:
        return "at no fixed time"
    live = [one for one in meeting.occurrences if not one.deleted]
    series = f", first of {len(live)}" if len(live) > 1 else ""
    return f"{moment(meeting.start, meeting.timezone)} ({meeting.timezone}), {meeting.duration} minutes{series}"


def moment(instant: float, timezone: str) -> str:
    """``Monday, 1 December 2031, 18:24``."""
    return f"{zones.wall_of(instant, zones.find(timezone) or UTC):%A, %-d %B %Y, %H:%M}"


def licence(user: User) -> str:
    """What a user's licence is called."""
    return _LICENCES.get(user.type, str(user.type))


def spaced(meeting_id: int) -> str:
    """812 3456 7890: as Zoom writes a meeting's number for people."""
    text = str(meeting_id)
    return f"{text[:3]} {text[3:-4]} {text[-4:]}"
