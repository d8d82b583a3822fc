"""Users: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.exceptions import InvalidPageTokenError, ValidationFailedError
from zoomsandbox.core.http import json_response
from zoomsandbox.core.paging import Pager, frame, size_and_number
from zoomsandbox.users.exceptions import InvitationPendingError
from zoomsandbox.users.models import role_of

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
    size, number = size_and_number(query, MOST)
    users = world.users.listed(status, role_id)
    pager = Pager(world.ids, world.clock, f"users {status} {role_id}")
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
    body["users"] = [_listed(world, user) for user in users[first:after]]
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
    settings = world.users.settings(user)
    option = exchange.query.get("option", "")
    if option == "meeting_security":
        return json_response(200, {"meeting_security": _security(settings)})
    if option in {"meeting_authentication", "recording_authentication"}:
        return json_response(200, {"authentication_options": {option: {option: False, "authentication_options": []}}})
    if option:
        raise ValidationFailedError([("option", "Invalid parameter: option.")])
    wanted = {name.strip() for name in exchange.query.get("custom_query_fields", "").split(",")} - {""}
    if wanted:
        settings = {
            group: chosen
            for group, values in settings.items()
            if (chosen := {name: value for name, value in values.items() if name in wanted or group in wanted})
        }
    return json_response(200, settings)


def _listed(world: World, user: User) -> dict[str, Any]:
    body: dict[str, Any] = {"id": user.id} if user.status != "pending" else {}
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


def _security(settings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    schedule = settings["schedule_meeting"]
    return {
        "auto_security": True,
        "block_user_domain": False,
        "embed_password_in_join_link": schedule["embed_password_in_join_link"],
        "encryption_type": "enhanced_encryption",
        "end_to_end_encrypted_meetings": settings["in_meeting"]["e2e_encryption"],
        "meeting_password": schedule["require_password_for_scheduling_new_meetings"],
        "meeting_password_requirement": schedule["meeting_password_requirement"],
        "only_authenticated_can_join_from_webclient": False,
        "phone_password": schedule["pstn_password_protected"],
        "pmi_password": schedule["require_password_for_pmi_meetings"] in {"all", "jbh_only"},
        "require_password_for_scheduled_meeting": schedule["require_password_for_scheduled_meetings"],
        "waiting_room": settings["in_meeting"]["waiting_room"],
    }
