"""Users: who may host, for whom one may schedule, how many there are. Flows; no I/O.

Facts: https://developers.zoom.us/docs/api/users/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call
from zoomlink.zoom.checks import check_choice, check_page_size
from zoomlink.zoom.models import User
from zoomlink.zoom.paging import Pages
from zoomlink.zoom.paths import host_segment
from zoomlink.zoom.reading import items, mapping, number, text
from zoomlink.zoom.user_settings import UserSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["Scheduler", "UserSummary", "assistants", "get", "pages", "schedulers", "settings", "summary"]

STATUSES = ("active", "inactive", "pending")
MAX_PAGE = 2000
_USUAL_PAGE = 300  # what Zoom took for years; more does not make an account of one's own any faster


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A user who schedules for another, or is scheduled for."""

    id: str | None
    email: str | None
    pmi: int | None = None
    """Personal meeting id, where the call shows it."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        return cls(text(body.get("id")), text(body.get("email")), number(body.get("pmi")), dict(body))


@dataclass(frozen=True, slots=True)
class UserSummary:
    """How many users an account has, by kind; None where Zoom does not say."""

    total: int | None
    licensed: int | None
    basic: int | None
    on_premise: int | None
    pending: int | None
    rooms: int | None
    join_only: int | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        return cls(
            total=number(body.get("total_users_count")),
            licensed=number(body.get("licensed_users_count")),
            basic=number(body.get("basic_users_count")),
            on_premise=number(body.get("on_prem_users_count")),
            pending=number(body.get("pending_users_count")),
            rooms=number(body.get("room_users_count")),
            join_only=number(body.get("join_only_users_count")),
            raw=dict(body),
        )


def get(user: str, *, policy: RetryPolicy) -> Flow[User]:
    """Fetch one user by e-mail address or id; ``me`` is the owner of the account. Raises NotFoundError."""
    response = yield from call("GET", f"/users/{host_segment(user)}", policy=policy)
    return User.from_api(read_object(response))


def pages(
    *, policy: RetryPolicy, status: str = "active", role: str | None = None, page_size: int = _USUAL_PAGE
) -> Pages[User]:
    """Walk through the users of a status: ``active``, ``inactive`` or ``pending``; `role` is a role's id."""
    query = {
        "status": check_choice(status, "status", STATUSES),
        "page_size": check_page_size(page_size, MAX_PAGE),
        "role_id": role,
    }
    return Pages("/users", "users", User.from_api, policy=policy, query=query)


def settings(user: str, *, policy: RetryPolicy) -> Flow[UserSettings]:
    """Fetch a user's settings, which decide what a meeting gets that does not say otherwise. Raises NotFoundError."""
    response = yield from call("GET", f"/users/{host_segment(user)}/settings", policy=policy)
    return UserSettings(read_object(response))


def schedulers(user: str, *, policy: RetryPolicy) -> Flow[list[Scheduler]]:
    """Fetch the users **for whom** this user may schedule."""
    response = yield from call("GET", f"/users/{host_segment(user)}/schedulers", policy=policy)
    return [Scheduler.from_api(entry) for entry in items(read_object(response).get("schedulers"))]


def assistants(user: str, *, policy: RetryPolicy) -> Flow[list[Scheduler]]:
    """Fetch the users who may schedule **for** this user."""
    response = yield from call("GET", f"/users/{host_segment(user)}/assistants", policy=policy)
    return [Scheduler.from_api(entry) for entry in items(read_object(response).get("assistants"))]


def summary(*, policy: RetryPolicy) -> Flow[UserSummary]:
    """Count the account's users."""
    return UserSummary.from_api(read_object((yield from call("GET", "/users/summary", policy=policy))))
