"""Users: who may host. Flows; no I/O. Facts: https://developers.zoom.us/docs/api/users/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call
from zoomlink.zoom.models import User
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["get", "list_all"]


def get(user: str, *, policy: RetryPolicy) -> Flow[User]:
    """Fetch one user by e-mail address or id; ``me`` is the owner of the account. Raises NotFoundError."""
    response = yield from call("GET", f"/users/{host_segment(user)}", policy=policy)
    return User.from_api(read_object(response))


def list_all(*, policy: RetryPolicy, status: str = "active") -> Flow[list[User]]:
    """Fetch all users of a status: ``active``, ``inactive`` or ``pending``."""
    found: list[User] = []
    token: str | None = None
    seen: set[str] = set()
    while True:
        query = {"status": status, "page_size": 300, "next_page_token": token}
        body = read_object((yield from call("GET", "/users", policy=policy, query=query)))
        users = body.get("users")
        found += [User.from_api(entry) for entry in users if isinstance(entry, dict)] if isinstance(users, list) else []
        following = body.get("next_page_token")
        if not isinstance(following, str) or not following or following in seen:
            return found
        seen.add(following)
        token = following
