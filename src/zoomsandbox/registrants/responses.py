"""Registration: HTTP in, HTTP out. No state."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.http import json_response, no_content
from zoomsandbox.core.paging import Pager, frame, size_and_number
from zoomsandbox.core.validation import INVALID
from zoomsandbox.meetings.responses import checked
from zoomsandbox.registrants import fields, render
from zoomsandbox.registrants.exceptions import NoRegistrationError, RegistrationNotEnabledError

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World

MOST = 300


def add(world: World, exchange: Exchange) -> Response:
    """``POST /meetings/{meetingId}/registrants``."""
    meeting = world.registrants.for_adding(exchange.params[0])
    given = checked(exchange, fields.REGISTRANT)
    dates = exchange.query.get("occurrence_ids", "")
    one = world.registrants.add(meeting, given, dates, exchange.cause)
    return json_response(201, render.added(world, meeting, one, exchange.base_url))


def add_batch(world: World, exchange: Exchange) -> Response:
    """``POST /meetings/{meetingId}/batch_registrants``."""
    meeting = world.registrants.for_batch(exchange.params[0])
    given = checked(exchange, fields.BATCH)
    if not given["registrants"]:
        raise ValidationFailedError([("registrants", INVALID)])
    made = world.registrants.add_batch(
        meeting, given["registrants"], approve=bool(given.get("auto_approve")), cause=exchange.cause
    )
    rows = [render.added_in_batch(world, meeting, one, exchange.base_url) for one in made]
    return json_response(201, {"registrants": rows})


def list_all(world: World, exchange: Exchange) -> Response:
    """``GET /meetings/{meetingId}/registrants``."""
    meeting = world.registrants.meeting(exchange.params[0], NoRegistrationError)
    query = exchange.query
    status = query.get("status") or "approved"
    if status not in {"approved", "pending", "denied"}:
        raise ValidationFailedError([("status", "Invalid parameter: status.")])
    key = query.get("occurrence_id", "")
    if key:
        world.meetings.occurrence(meeting, key)
    size, number = size_and_number(query, MOST)
    found = world.registrants.roll(meeting).listed(status, key)
    pager = Pager(world.ids, world.clock, f"registrants {meeting.id} {status} {key}")
    place = pager.place(query.get("next_page_token", ""))
    first = (number - 1) * size if place is None else bisect_right(found, int(place), key=lambda one: one.number)
    page = found[first : first + size]
    more = str(page[-1].number) if page and first + size < len(found) else None
    body = frame(pager.token(more), size=size, number=first // size + 1, total=len(found))
    body["registrants"] = [render.whole(world, meeting, one, exchange.base_url, key) for one in page]
    return json_response(200, body)


def get(world: World, exchange: Exchange) -> Response:
    """``GET /meetings/{meetingId}/registrants/{registrantId}``."""
    meeting = world.registrants.meeting(exchange.params[0], RegistrationNotEnabledError)
    one = world.registrants.registrant(meeting, exchange.params[1])
    return json_response(200, render.whole(world, meeting, one, exchange.base_url))


def decide(world: World, exchange: Exchange) -> Response:
    """``PUT /meetings/{meetingId}/registrants/status``."""
    meeting = world.registrants.meeting(exchange.params[0], RegistrationNotEnabledError)
    given = checked(exchange, fields.STATUS)
    key = exchange.query.get("occurrence_id", "")
    world.registrants.decide(meeting, given["action"], given.get("registrants") or [], key, exchange.cause)
    return no_content()


def remove(world: World, exchange: Exchange) -> Response:
    """``DELETE /meetings/{meetingId}/registrants/{registrantId}``."""
    meeting = world.registrants.meeting(exchange.params[0], RegistrationNotEnabledError)
    key = exchange.query.get("occurrence_id", "")
    world.registrants.remove(meeting, exchange.params[1], key, exchange.cause)
    return no_content()


def get_questions(world: World, exchange: Exchange) -> Response:
    """``GET /meetings/{meetingId}/registrants/questions``."""
    meeting = world.registrants.meeting(exchange.params[0], RegistrationNotEnabledError)
    roll = world.registrants.roll(meeting)
    return json_response(200, {"questions": roll.questions, "custom_questions": roll.custom_questions})


def set_questions(world: World, exchange: Exchange) -> Response:
    """``PATCH /meetings/{meetingId}/registrants/questions``."""
    meeting = world.registrants.meeting(exchange.params[0], RegistrationNotEnabledError)
    world.registrants.ask(meeting, checked(exchange, fields.QUESTIONS), exchange.cause)
    return no_content()
