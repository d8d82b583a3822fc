"""The paths of templates."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.templates import responses

_PATH = "/v2/users/{userId}/meeting_templates"

ROUTES = [
    Route(
        "GET",
        _PATH,
        responses.list_all,
        "templates.list",
        "Medium",
        ("meeting:read:list_templates", "meeting:read:list_templates:admin"),
        ("meeting:read", "meeting:read:admin"),
    ),
    Route(
        "POST",
        _PATH,
        responses.make,
        "templates.create",
        "Medium",
        ("meeting:write:template", "meeting:write:template:admin"),
        ("meeting:write:admin", "meeting:write"),
    ),
]
