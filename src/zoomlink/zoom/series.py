"""A series' rule as Zoom takes it, whichever way it was given. Rules are :mod:`zoomlink.zoom.recurrence`'s."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError
from zoomlink.times import When, parse_zone

if TYPE_CHECKING:
    from zoomlink.zoom.models import Meeting

__all__ = ["series_body", "series_start"]


def series_body(recurrence: Any, when: When) -> dict[str, Any]:
    """Return the ``recurrence`` object for a series that starts at `when`.

    `recurrence` is a Recurrence or a mapping in Zoom's names. Raises InvalidInputError for what Zoom cannot do: more
    than 60 occurrences, none at all, two ends, a start that is not an occurrence.
    """
    from zoomlink.zoom.recurrence import Recurrence  # only series need it

    if isinstance(recurrence, Mapping):
        given = {name: value for name, value in recurrence.items() if value is not None}
        end = given.get("end_date_time")
        if isinstance(end, datetime) and end.tzinfo is not None:
            given["end_date_time"] = end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        recurrence = Recurrence.from_request(given, when.zone)
    if not isinstance(recurrence, Recurrence):
        raise InvalidInputError(
            f"The recurrence is a {type(recurrence).__name__}.",
            field="recurrence",
            hint="Give a Recurrence, or a mapping in Zoom's names.",
        )
    return recurrence.to_api(when.zone, when)


def series_start(meeting: Meeting) -> When:
    """The start of a series as it stands in Zoom. Raises InvalidInputError when it has none."""
    first = next((one.start_time for one in meeting.occurrences if one.start_time is not None), meeting.start_time)
    if first is None or meeting.timezone is None:
        raise InvalidInputError(
            "This meeting has no start that a series could begin with.",
            field="start",
            hint="Give start and timezone too.",
        )
    zone = parse_zone(meeting.timezone)
    return When(first, zone.key, first.astimezone(zone))
