"""A user's next 24 hours: own meetings and those the user is invited to, date by date. Reads state, changes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings.render import join_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.users.models import User
    from zoomsandbox.world import World

_AHEAD = 86400


def rows(world: World, user: User, base_url: str) -> list[dict[str, Any]]:
    """What the list of upcoming meetings shows for `user`, in the order of the starts."""
    now = world.clock.now()
    found: list[tuple[int, int, dict[str, Any]]] = []
    for meeting in world.meetings.concerning(user):
        for start, duration in dates(meeting, now, now + _AHEAD):
            row = {
                "id": meeting.id,
                "topic": meeting.topic,
                "type": meeting.type,
                "start_time": zulu(start),
                "duration": duration,
                "timezone": meeting.timezone,
                "created_at": zulu(meeting.created_at),
                "join_url": join_url(world, meeting, base_url),
                "passcode": meeting.passcode,
                "use_pmi": bool(meeting.setting("use_pmi")),
                "is_host": meeting.host is user,
                "is_all_day": False,
            }
            found.append((start, meeting.id, row))
    return [row for _, _, row in sorted(found, key=lambda one: one[:2])]


def dates(meeting: Meeting, now: float, until: float) -> Iterator[tuple[int, int]]:
    """Start and minutes of every date that has not ended at `now` and begins by `until`."""
    if meeting.occurrences:
        all_dates = [(one.start, one.duration) for one in meeting.occurrences if not one.deleted]
    elif meeting.start is not None:
        all_dates = [(meeting.start, meeting.duration)]
    else:
        all_dates = []
    for start, duration in all_dates:
        if start <= until and start + duration * 60 > now:
            yield start, duration
