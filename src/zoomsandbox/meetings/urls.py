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
        _READ[::-1],
    ),
    Route(
        "PATCH",
        "/v2/meetings/{meetingId}",
        responses.update,
        "meetings.update",
        "Light",
        ("meeting:update:meeting:admin", "meeting:update:meeting"),
        _WRITE[::-1],
    ),
    Route(
        "DELETE",
        "/v2/meetings/{meetingId}",
        responses.delete,
        "meetings.delete",
        "Light",
        ("meeting:delete:meeting", "meeting:delete:meeting:admin"),
        _WRITE,
    ),
    Route(
        "GET",
        "/v2/users/{userId}/upcoming_meetings",
        responses.list_upcoming,
        "meetings.upcoming",
        "Medium",
        ("meeting:read:list_upcoming_meetings", "meeting:read:list_upcoming_meetings:admin"),
        ("meeting:read", "meeting:read:admin"),
    ),
    Route(
        "PUT",
        "/v2/meetings/{meetingId}/status",
        responses.status,
        "meetings.status",
        "Light",
        ("meeting:update:status", "meeting:update:status:admin"),
        _WRITE,
    ),
    Route(
        "GET",
        "/v2/meetings/{meetingId}/invitation",
        responses.invite,
        "meetings.invitation",
        "Light",
        ("meeting:read:invitation", "meeting:read:invitation:admin"),
        ("meeting:read", "meeting:read:admin"),
    ),
    Route(
        "POST",
        "/v2/meetings/{meetingId}/sip_dialing",
        responses.sip_dialing,
        "meetings.sip_dialing",
        "Medium",
        ("meeting:write:sip_dialing", "meeting:write:sip_dialing:admin"),
        ("meeting:write:sip_dialing", "meeting:write:admin:sip_dialing"),
    ),
    Route(
        "POST",
        "/v2/meetings/{meetingId}/invite_links",
        responses.invite_links,
        "meetings.invite_links",
        "Light",
        ("meeting:write:invite_links", "meeting:write:invite_links:admin"),
        _WRITE,
    ),
]
