"""A registrant as Zoom writes one. Reads state, changes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings import render as meetings
from zoomsandbox.registrants.fields import CHOICES, PLAIN

if TYPE_CHECKING:
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.registrants.entities import Registrant
    from zoomsandbox.world import World


def join_url(world: World, meeting: Meeting, one: Registrant, base_url: str) -> str:
    """The registrant's own link."""
    token = world.ids.derived_hex("registrant", meeting.id, one.id)
    number = meetings.number_of(meeting)
    url = f"{world.public_base(base_url)}/w/{number}?tk={token}.DQ"
    if meeting.passcode and world.users.scheduling(meeting.host)["embed_password_in_join_link"]:
        url += f"&pwd={world.ids.encrypted_passcode(meeting.id, meeting.passcode)}"
    return url


def added(world: World, meeting: Meeting, one: Registrant, base_url: str) -> dict[str, Any]:
    """The answer to a registration; a link only once it is approved."""
    body: dict[str, Any] = {"id": meeting.id, "registrant_id": one.id, "topic": meeting.topic}
    if one.status == "approved":
        body["join_url"] = join_url(world, meeting, one, base_url)
    if meeting.start is not None:
        body["start_time"] = zulu(meeting.start)
    if meeting.occurrences:
        body["occurrences"] = [
            date
            for date in meetings.dates(meeting, since=world.clock.now())
            if date["status"] == "available" and (one.dates is None or date["occurrence_id"] in one.dates)
        ]
    body["participant_pin_code"] = one.pin
    return body


def added_in_batch(world: World, meeting: Meeting, one: Registrant, base_url: str) -> dict[str, Any]:
    """One row of the answer to a batch."""
    body: dict[str, Any] = {"email": one.email, "registrant_id": one.id, "participant_pin_code": one.pin}
    if one.status == "approved":
        body["join_url"] = join_url(world, meeting, one, base_url)
    return body


def whole(world: World, meeting: Meeting, one: Registrant, base_url: str, key: str = "") -> dict[str, Any]:
    """A registrant in a list or alone, as decided for the date `key` when one is given."""
    status = (one.status_on(key) if key else None) or one.status
    body: dict[str, Any] = {
        "id": one.id,
        "email": one.email,
        "first_name": one.fields["first_name"],
        "last_name": one.fields.get("last_name") or "",
    }
    for name in (*PLAIN, *CHOICES):
        body[name] = one.fields.get(name) or ""
    body["custom_questions"] = one.fields.get("custom_questions") or []
    body["status"] = status
    body["create_time"] = zulu(one.created_at)
    if status == "approved":
        body["join_url"] = join_url(world, meeting, one, base_url)
    body["participant_pin_code"] = one.pin
    return body
