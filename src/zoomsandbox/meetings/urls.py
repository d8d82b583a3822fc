"""The meetings' paths."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.meetings import responses

_READ = ("meeting:read:admin", "meeting:read")
_WRITE = ("meeting:write:admin", "meeting:write")

ROUTES = [
    Route(
        "POST",
        "/v2/users/{userId}/meetings",
        responses.create,
        "meetings.create",
        "Light",
        ("meeting:write:meeting", "meeting:write:meeting:admin"),
        _WRITE,
    ),
    Route(
        "GET",
        "/v2/users/{userId}/meetings",
        responses.list_of_user,
        "meetings.list",
        "Medium",
        ("meeting:read:list_meetings", "meeting:read:list_meetings:admin"),
        _READ,
    ),
    Route(
        "GET",
        "/v2/meetings/{meetingId}",
        responses.get,
        "meetings.get",
        "Light",
        ("meeting:read:meeting", "meeting:read:meeting:admin"),
        _READ,
    ),
    Route(
        "PATCH",
        "/v2/meetings/{meetingId}",
        responses.update,
        "meetings.update",
        "Light",
        ("meeting:update:meeting:admin", "meeting:update:meeting"),
        _WRITE,
    ),
    Route(
        "DELETE",
        "/v2/meetings/{meetingId}",
        responses.delete,
        "meetings.delete",
        "Light",
        ("meeting:delete:meeting:admin", "meeting:delete:meeting"),
        _WRITE,
    ),
]
