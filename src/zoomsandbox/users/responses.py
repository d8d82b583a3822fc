"""Users: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.exceptions import InvalidPageTokenError, ValidationFailedError
from zoomsandbox.core.http import json_response
from zoomsandbox.core.paging import Pager, frame, size_and_number
from zoomsandbox.meetings.render import zak_of
from zoomsandbox.users.exceptions import EmailRequiredError, InvitationPendingError
from zoomsandbox.users.models import BASIC, LICENSED, role_of
from zoomsandbox.users.security import AUTHENTICATION, authentication, security

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.users.models import User
    from zoomsandbox.world import World

MOST = 2000


def list_users(world: World, exchange: Exchange) -> Response:
    """``GET /users``."""
    query = exchange.query
    status = query.get("status") or "active"
    if status not in {"active", "inactive", "pending"}:
        raise ValidationFailedError([("status", "Invalid parameter: status.")])
    role_id = query.get("role_id") or None
    extra = query.get("include_fields") or ""
    if extra not in {"", "custom_attributes", "host_key"}:
        raise ValidationFailedError([("include_fields", "Invalid parameter: include_fields.")])
    licence = query.get("license") or ""
    if licence not in {"", "zoom_workforce_management", "zoom_compliance_management"}:
        raise ValidationFailedError([("license", "Invalid parameter: license.")])
    size, number = size_and_number(query, MOST)
    # Nobody in the sandbox has one of the licences that can be asked for
    users = [] if licence else world.users.listed(status, role_id)
    pager = Pager(world.ids, world.clock, f"users {status} {role_id} {licence}")
    place = pager.place(query.get("next_page_token", ""))
    first = (number - 1) * size if place is None else int(place)
    if first > len(users) and place is not None:
        raise InvalidPageTokenError
    after = first + size
    body = frame(
        pager.token(str(after) if after < len(users) else None),
        size=size,
        number=first // size + 1,
        total=len(users),
    )
    body["users"] = [_listed(world, user, extra) for user in users[first:after]]
    return json_response(200, body)


def get_user(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}``."""
    user = world.users.get(exchange.params[0])
    if user.status == "pending":
        raise InvitationPendingError
    return json_response(200, _whole(world, user, exchange.base_url))


def get_settings(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}/settings``, also with `option` and `custom_query_fields`."""
    user = world.users.get(exchange.params[0])
    if user.status == "pending":
        raise InvitationPendingError
    settings = world.users.settings(user)
    option = exchange.query.get("option", "")
    if option == "meeting_security":
        return json_response(200, {"meeting_security": security(settings)})
    if option in AUTHENTICATION:
        return json_response(200, {"authentication_options": {option: authentication(option)}})
    if option:
        raise ValidationFailedError([("option", "Invalid parameter: option.")])
    if wanted := wanted_fields(exchange):
        settings = {
            group: chosen
            for group, values in settings.items()
            if (chosen := {name: value for name, value in values.items() if name in wanted or group in wanted})
        }
    return json_response(200, settings)


def wanted_fields(exchange: Exchange) -> set[str]:
    """The names in `custom_query_fields`; none: everything is wanted."""
    return {name.strip() for name in exchange.query.get("custom_query_fields", "").split(",")} - {""}


def schedulers(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}/schedulers``: those for whom this user may schedule."""
    user = world.users.get(exchange.params[0])
    rows = [{"email": one.email, "id": one.id, "pmi": one.pmi} for one in world.users.schedulers(user)]
    return json_response(200, {"schedulers": rows})


def assistants(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}/assistants``: those who may schedule for this user."""
    user = world.users.get(exchange.params[0])
    rows = [
        {"email": one.email, "id": one.id, "can_manage_host_private_event": False}
        for one in world.users.assistants(user)
    ]
    return json_response(200, {"assistants": rows})


def summary(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /users/summary``: how many users of which kind; those who are active or pending count."""
    users = [user for user in world.users.all() if user.status != "inactive"]
    active = [user for user in users if user.status == "active"]
    return json_response(
        200,
        {
            "licensed_users_count": sum(user.type == LICENSED for user in active),
            "basic_users_count": sum(user.type == BASIC for user in active),
            "on_prem_users_count": 0,
            "room_users_count": 0,
            "pending_users_count": len(users) - len(active),
            "join_only_users_count": 0,
            "total_users_count": len(users),
        },
    )


def email_exists(world: World, exchange: Exchange) -> Response:
    """``GET /users/email``: whether Zoom knows an address; the sandbox's Zoom is its one account."""
    email = exchange.query.get("email", "").strip()
    if not email:
        raise EmailRequiredError
    found = world.users.find(email) if "@" in email else None
    return json_response(200, {"existed_email": found is not None})


def zak(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /users/me/zak``: the owner's entrance token, two hours long."""
    return json_response(200, {"token": zak_of(world, world.users.owner)})


def _listed(world: World, user: User, extra: str) -> dict[str, Any]:
    body: dict[str, Any] = {"id": user.id} if user.status != "pending" else {}
    if extra == "host_key":
        body["host_key"] = f"{int(world.ids.derived_hex('host key', user.id), 16) % 1_000_000:06}"
    elif extra == "custom_attributes":
        body["custom_attributes"] = []
    return body | {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.display_name,
        "email": user.email,
        "type": user.type,
        "pmi": user.pmi,
        "timezone": user.timezone,
        "verified": int(user.status != "pending"),
        "dept": "",
        "created_at": zulu(user.created_at if user.status != "pending" else world.clock.now()),
        "user_created_at": zulu(user.created_at),
        "language": "en-US",
        "status": user.status,
        "role_id": role_of(user)[0],
    }


def _whole(world: World, user: User, base_url: str) -> dict[str, Any]:
    role_id, role_name = role_of(user)
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.display_name,
        "email": user.email,
        "type": user.type,
        "role_name": role_name,
        "pmi": user.pmi,
        "use_pmi": False,
        "personal_meeting_url": f"{world.public_base(base_url)}/j/{user.pmi}",
        "timezone": user.timezone,
        "verified": 1,
        "dept": "",
        "created_at": zulu(user.created_at),
        "pic_url": "",
        "cms_user_id": "",
        "jid": f"{user.id.lower()}@xmpp.zoom.us",
        "group_ids": [],
        "im_group_ids": [],
        "account_id": world.options.account_id,
        "language": "en-US",
        "phone_numbers": [],
        "status": user.status,
        "job_title": "",
        "company": "",
        "location": "",
        "login_types": [100],
        "role_id": role_id,
        "account_number": world.users.account_number,
        "cluster": "us05",
        "user_created_at": zulu(user.created_at),
    }
