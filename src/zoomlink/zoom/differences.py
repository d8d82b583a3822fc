"""Where Zoom's answer differs from what was asked of it, in sentences. Zoom refuses little and ignores a lot: a start
that has passed, join before host beside a waiting room, registration without a licence. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from zoomlink.times import parse_instant

if TYPE_CHECKING:
    from zoomlink.zoom.models import Meeting

__all__ = ["differences", "fits", "same_text"]

_SHOWN = 3
"""Occurrences that are named one by one before the rest is counted."""


def differences(meeting: Meeting, body: Mapping[str, Any], *, now: datetime | None = None) -> list[str]:
    """Compare a meeting as Zoom describes it with the `body` that created or changed it.

    What the answer leaves out is not held against it, but for the start of a new single meeting. `now` tells a start
    that Zoom ignored for being past from one it moved.
    """
    found = _series(meeting, body) if body.get("type") == 8 else _start(meeting, body, now)
    if meeting.duration is not None and meeting.duration != body.get("duration", meeting.duration):
        found.append(f"Zoom set the duration to {meeting.duration} minutes, not {body['duration']}.")
    for name, got in (("topic", meeting.topic), ("agenda", meeting.agenda)):
        if got is not None and name in body and not same_text(got, str(body[name])):
            found.append(f"Zoom has another {name} than was asked for.")
    if "start_time" not in body and meeting.timezone and meeting.timezone != body.get("timezone", meeting.timezone):
        found.append(f"Zoom kept the time zone {meeting.timezone}, not {body['timezone']}.")
    if "password" in body and meeting.settings and meeting.passcode != body["password"]:
        found.append("Zoom set another passcode than was asked for: the host's settings have the last word.")
    if "recurrence" in body and meeting.recurrence is not None:
        found += [
            f"Zoom set {name} of the recurrence to {meeting.recurrence[name]}, not {value}."
            for name, value in body["recurrence"].items()
            if name in meeting.recurrence and not fits(value, meeting.recurrence[name])
        ]
    for entry in body.get("tracking_fields", ()):
        if meeting.tracking_fields and meeting.tracking_fields.get(entry["field"]) != entry["value"]:
            found.append(f"Zoom did not take the tracking field {entry['field']} as given.")
    return found + _settings(body.get("settings", {}), meeting.settings)


def same_text(one: str, other: str) -> bool:
    """True when two texts differ in nothing a reader would notice: case, blanks, forms of one character."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _start(meeting: Meeting, body: Mapping[str, Any], now: datetime | None) -> list[str]:
    asked = _asked(body)
    if asked is None:
        return []
    got = meeting.start_time
    if got is None:
        return [] if meeting.type in {1, 3, 8, 10} else ["Zoom did not confirm the start."]
    if got == asked:
        return []
    if now is not None and asked < now:
        return [f"Zoom ignored the start {_utc(asked)}, which has passed: the meeting stays at {_utc(got)}."]
    return [f"Zoom set the start to {_utc(got)}, not {body['start_time']}."]


def _series(meeting: Meeting, body: Mapping[str, Any]) -> list[str]:
    """A series keeps its time on the wall; Zoom's expansion has been seen an hour off after the clocks change."""
    found = []
    zone = _zone(body)
    dates = [one.start_time for one in meeting.occurrences if one.start_time is not None and one.status != "deleted"]
    if "recurrence" in body and meeting.raw.get("occurrences") is not None and not dates:
        found.append("The series has no occurrence.")
    start = body.get("start_time")
    if zone is None or not isinstance(start, str) or start.endswith("Z"):
        return found
    wall = datetime.fromisoformat(start).time()
    there = [_local(date, zone) for date in dates]
    moved = [one for one in there if one is not None and one.time() != wall and _exists(one, wall)]
    found += [
        f"Zoom put the occurrence of {one:%Y-%m-%d} at {one:%H:%M}, not {wall:%H:%M} ({zone.key})."
        for one in moved[:_SHOWN]
    ]
    if len(moved) > _SHOWN:
        found.append(f"{len(moved) - _SHOWN} more occurrences are at another time than was asked for.")
    return found


def _local(moment: datetime, zone: ZoneInfo) -> datetime | None:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the very first or last day of all time: nobody asked for it
        return None


def _exists(day: datetime, wall: time) -> bool:
    """False on the one day on which the clocks jump over this time: then any other is as good."""
    meant = datetime.combine(day.date(), wall, day.tzinfo)
    back = _local(meant, ZoneInfo("UTC"))
    return back is None or back.astimezone(day.tzinfo).time() == wall


def _asked(body: Mapping[str, Any]) -> datetime | None:
    start = body.get("start_time")
    if not isinstance(start, str):
        return None
    if start.endswith("Z"):
        return parse_instant(start)
    zone = _zone(body)
    return datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC) if zone else None


def _zone(body: Mapping[str, Any]) -> ZoneInfo | None:
    name = body.get("timezone")
    return ZoneInfo(name) if isinstance(name, str) else None


def _settings(asked: Mapping[str, Any], got: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in asked.items():
        if name not in got or fits(value, got[name]):
            continue
        if name == "join_before_host" and value is True and got.get("waiting_room") is True:
            found.append("Zoom left join_before_host off, because the meeting has a waiting room.")
        elif name == "approval_type" and got[name] == 2:
            found.append("Zoom did not switch registration on; the host needs a licence for it.")
        elif isinstance(value, Mapping) and isinstance(got[name], Mapping):
            found += _settings(value, got[name], f"{prefix}{name}.")
        elif isinstance(value, bool | int) and isinstance(got[name], bool | int):
            found.append(f"Zoom kept {prefix}{name} at {str(got[name]).lower()}, not {str(value).lower()}.")
        else:
            found.append(f"Zoom did not take {prefix}{name} as given.")
    return found


def fits(asked: Any, got: Any) -> bool:
    """True when `got` holds all that was `asked`; Zoom adds fields of its own and changes order and separators."""
    if isinstance(asked, Mapping):
        return isinstance(got, Mapping) and all(
            name not in got or fits(value, got[name]) for name, value in asked.items()
        )
    if isinstance(asked, Sequence) and not isinstance(asked, str):
        return (
            isinstance(got, Sequence)
            and not isinstance(got, str)
            and len(asked) == len(got)
            and all(any(fits(one, other) for other in got) for one in asked)
        )
    if isinstance(asked, str) and isinstance(got, str):
        return _parts(asked) == _parts(got)
    return bool(asked == got) or str(asked) == str(got)


def _parts(text: str) -> set[str]:
    return {part.strip().casefold() for part in text.replace(",", ";").split(";") if part.strip()}


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
