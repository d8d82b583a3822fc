"""The users' paths."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.users import responses

_CLASSIC = ("user:read:admin", "user:read")

ROUTES = [
    Route(
        "GET",
        "/v2/users",
        responses.list_users,
        "users.list",
        "Medium",
        ("user:read:list_users:admin",),
        (*_CLASSIC, "user:write:admin", "user:write"),
    ),
    Route(
        "GET",
        "/v2/users/{userId}",
        responses.get_user,
        "users.get",
        "Light",
        ("user:read:user", "user:read:user:admin"),
        _CLASSIC,
    ),
    Route(
        "GET",
        "/v2/users/{userId}/settings",
        responses.get_settings,
        "users.settings",
        "Medium",
        ("user:read:settings", "user:read:settings:admin"),
        _CLASSIC,
    ),
]
