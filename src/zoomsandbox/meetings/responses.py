"""Meetings: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.http import json_response, no_content
from zoomsandbox.core.paging import Pager, frame, size_and_number
from zoomsandbox.core.validation import INVALID
from zoomsandbox.meetings import fields, listing, render
from zoomsandbox.meetings.exceptions import InvalidOccurrenceError, MeetingNotFoundError

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.core.validation import Errors
    from zoomsandbox.world import World

MOST = 300


def create(world: World, exchange: Exchange) -> Response:
    """``POST /users/{userId}/meetings``."""
    meeting = world.meetings.create(exchange.params[0], _body(exchange), exchange.cause)
    return json_response(201, render.whole(world, meeting, exchange.base_url))


def get(world: World, exchange: Exchange) -> Response:
    """``GET /meetings/{meetingId}``, also one date of a series."""
    meeting = world.meetings.get(exchange.params[0])
    key = exchange.query.get("occurrence_id")
    one = None
    if key:
        try:
            one = world.meetings.occurrence(meeting, key)
        except InvalidOccurrenceError:
            raise MeetingNotFoundError(exchange.params[0]) from None
    all_dates = exchange.query.get("show_previous_occurrences", "").lower() == "true"
    return json_response(200, render.whole(world, meeting, exchange.base_url, one=one, all_dates=all_dates))


def update(world: World, exchange: Exchange) -> Response:
    """``PATCH /meetings/{meetingId}``, also one date of a series."""
    world.meetings.get(exchange.params[0])
    given = _body(exchange)
    key = exchange.query.get("occurrence_id")
    if key:
        world.meetings.update_occurrence(exchange.params[0], key, given, exchange.cause)
    else:
        world.meetings.update(exchange.params[0], given, exchange.cause)
    return no_content()


def delete(world: World, exchange: Exchange) -> Response:
    """``DELETE /meetings/{meetingId}``, also one date of a series."""
    key = exchange.query.get("occurrence_id")
    if key:
        world.meetings.delete_occurrence(exchange.params[0], key, exchange.cause)
    else:
        world.meetings.delete(exchange.params[0], exchange.cause)
    return no_content()


def list_of_user(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}/meetings``."""
    query = exchange.query
    host = world.users.get(exchange.params[0])
    host.must_host(elsewhere=True)
    kind = query.get("type") or "scheduled"
    if kind not in listing.KINDS:
        raise ValidationFailedError([("type", "Invalid parameter: type.")])
    size, number = size_and_number(query, MOST)
    since, until = listing.window(query, host.timezone)
    about = f"meetings {host.id} {kind} {since} {until}"
    pager = Pager(world.ids, world.clock, about)
    after = listing.parse_place(pager.place(query.get("next_page_token", "")))
    page = listing.page(world.meetings, host, kind, size, number, after, since, until)
    body = frame(pager.token(page.next_place), size=size, number=page.number, total=page.total)
    body["meetings"] = [render.listed(world, meeting, exchange.base_url) for meeting in page.meetings]
    return json_response(200, body)


def _body(exchange: Exchange) -> dict[str, Any]:
    """The checked body; raises NotJSONError, ValidationFailedError."""
    errors: Errors = []
    cleaned = fields.MEETING.check(exchange.json(), "", errors)
    if errors or cleaned is None:
        raise ValidationFailedError(errors or [("", INVALID)])
    return cleaned
