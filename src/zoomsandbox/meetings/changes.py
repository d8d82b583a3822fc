"""What a change does to one meeting: which parts it may touch, and what was there before. Pure."""

from __future__ import annotations

from typing import Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings.entities import Meeting

ONE_DATE_SETTINGS = frozenset(
    {
        "host_video",
        "participant_video",
        "join_before_host",
        "mute_upon_entry",
        "waiting_room",
        "watermark",
        "auto_recording",
    }
)


def copy_of(meeting: Meeting) -> Meeting:
    copy = Meeting(meeting.id, meeting.uuid, meeting.host, meeting.base, meeting.created_at)
    for name in Meeting.__slots__:
        setattr(copy, name, getattr(meeting, name))
    return copy


def differences(old: Meeting, new: Meeting) -> dict[str, Any]:
    """The former values of what changed, under Zoom's names."""
    before: dict[str, Any] = {
        name: getattr(old, name)
        for name in ("topic", "agenda", "type", "duration", "timezone")
        if getattr(old, name) != getattr(new, name)
    }
    if old.start != new.start and old.start is not None:
        before["start_time"] = zulu(old.start)
    if old.passcode != new.passcode:
        before["password"] = old.passcode
    changed = {name for name in old.settings.keys() | new.settings.keys() if old.setting(name) != new.setting(name)}
    if changed:
        before["settings"] = {name: old.setting(name) for name in sorted(changed)}
    if old.extra.get("recurrence") != new.extra.get("recurrence"):
        before["recurrence"] = old.extra.get("recurrence")
    return before
