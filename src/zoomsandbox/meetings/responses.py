"""Meetings: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.http import json_response, no_content
from zoomsandbox.core.paging import Pager, frame, size_and_number
from zoomsandbox.core.validation import INVALID
from zoomsandbox.meetings import fields, invitation, links, listing, render, upcoming
from zoomsandbox.meetings.exceptions import (
    InvalidMeetingIdError,
    InvalidOccurrenceError,
    MeetingNotFoundError,
    UserNotThereError,
)

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.core.validation import Errors, Record
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.world import World

MOST = 300


def create(world: World, exchange: Exchange) -> Response:
    """``POST /users/{userId}/meetings``."""
    meeting = world.meetings.create(exchange.params[0], checked(exchange, fields.MEETING), exchange.cause)
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
    given = checked(exchange, fields.UPDATE)
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


def list_upcoming(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}/upcoming_meetings``: the next 24 hours, without pages."""
    user = world.users.find(exchange.params[0])
    if user is None:
        raise UserNotThereError(exchange.params[0])
    rows = upcoming.rows(world, user, exchange.base_url)
    return json_response(200, {"total_records": len(rows), "meetings": rows})


def status(world: World, exchange: Exchange) -> Response:
    """``PUT /meetings/{meetingId}/status``: end it, or recover a deleted one."""
    action = checked(exchange, fields.STATUS)["action"]
    act = world.meetings.end if action == "end" else world.meetings.recover
    act(exchange.params[0], exchange.cause)
    return no_content()


def invite(world: World, exchange: Exchange) -> Response:
    """``GET /meetings/{meetingId}/invitation``."""
    meeting = world.meetings.get(exchange.params[0], elsewhere=True)
    text = invitation.text_of(world, meeting, exchange.base_url)
    return json_response(200, {"invitation": text, "sip_links": invitation.sip_links(world, meeting)})


def sip_dialing(world: World, exchange: Exchange) -> Response:
    """``POST /meetings/{meetingId}/sip_dialing``: an address for room systems; the body may be left out."""
    meeting = _numbered(world, exchange, may_host=False)
    given = checked(exchange, fields.SIP_DIALING) if exchange.body.strip() else {}
    return json_response(200, links.sip_dialing(world, meeting, given.get("passcode") or ""))


def invite_links(world: World, exchange: Exchange) -> Response:
    """``POST /meetings/{meetingId}/invite_links``."""
    meeting = _numbered(world, exchange)
    given = checked(exchange, fields.INVITE_LINKS)
    if not given["attendees"]:
        raise ValidationFailedError([("attendees", INVALID)])
    made = links.invite_links(world, meeting, given["attendees"], given.get("ttl", 7200), exchange.base_url)
    return json_response(201, {"attendees": made})


def checked(exchange: Exchange, table: Record) -> dict[str, Any]:
    """The body after a field table; raises NotJSONError, ValidationFailedError."""
    errors: Errors = []
    cleaned = table.check(exchange.json(), "", errors)
    if errors or cleaned is None:
        raise ValidationFailedError(errors or [("", INVALID)])
    return cleaned


def _numbered(world: World, exchange: Exchange, *, may_host: bool = True) -> Meeting:
    """The meeting of the operations that tell a wrong number from an unknown one, and leave the full stop out.

    `may_host` False: the operation asks not whether the host may still host.
    """
    number = exchange.params[0]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise InvalidMeetingIdError
    meeting = world.meetings.find(number)
    if meeting is None:
        raise MeetingNotFoundError(number, stop="")
    if may_host:
        meeting.host.must_host(elsewhere=True)
    return meeting
