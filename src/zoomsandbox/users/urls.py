"""The users' paths."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.users import responses

_CLASSIC = ("user:read", "user:write", "user:read:admin", "user:write:admin")


ROUTES = [
    Route("GET", "/v2/users", responses.list_users, "users.list", "Medium", ("user:read:list_users:admin",), _CLASSIC),
    Route(
        "GET",
        "/v2/users/{userId}",
        responses.get_user,
        "users.get",
        "Light",
        ("user:read:user", "user:read:user:admin"),
        (*_CLASSIC, "user_profile", "user_info:read"),
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
    Route(
        "GET",
        "/v2/users/{userId}/schedulers",
        responses.schedulers,
        "users.schedulers",
        "Medium",
        ("user:read:list_schedulers", "user:read:list_schedulers:admin"),
        (*_CLASSIC, "user_profile"),
    ),
    Route(
        "GET",
        "/v2/users/{userId}/assistants",
        responses.assistants,
        "users.assistants",
        "Medium",
        ("user:read:list_assistants", "user:read:list_assistants:admin"),
        (*_CLASSIC, "user_profile"),
    ),
    Route(
        "GET",
        "/v2/users/summary",
        responses.summary,
        "users.summary",
        "Medium",
        ("user:read:summary:admin",),
        _CLASSIC,
    ),
    Route(
        "GET",
        "/v2/users/email",
        responses.email_exists,
        "users.email",
        "Light",
        ("user:read:email", "user:read:email:admin"),
        _CLASSIC,
    ),
    Route(
        "GET",
        "/v2/users/me/zak",
        responses.zak,
        "users.zak",
        "Light",
        ("user:read:zak", "user:read:zak:admin"),
        ("user_zak:read",),
    ),
]
