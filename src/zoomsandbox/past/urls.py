"""The paths of past meetings."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.past import responses

_CLASSIC = ("meeting:read:admin", "meeting:read")

ROUTES = [
    Route(
        "GET",
        "/v2/past_meetings/{meetingId}",
        responses.get,
        "past_meetings.get",
        "Light",
        ("meeting:read:past_meeting", "meeting:read:past_meeting:admin"),
        _CLASSIC,
    ),
    Route(
        "GET",
        "/v2/past_meetings/{meetingId}/instances",
        responses.instances,
        "past_meetings.instances",
        "Medium",
        ("meeting:read:list_past_instances", "meeting:read:list_past_instances:admin"),
        _CLASSIC,
    ),
    Route(
        "GET",
        "/v2/past_meetings/{meetingId}/participants",
        responses.participants,
        "past_meetings.participants",
        "Medium",
        ("meeting:read:list_past_participants", "meeting:read:list_past_participants:admin"),
        _CLASSIC,
    ),
]
