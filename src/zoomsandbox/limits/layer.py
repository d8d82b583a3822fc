"""The limits in the pipeline: which request counts against what. The counting itself is the model's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.exceptions import NotJSONError, ZoomError
from zoomsandbox.core.http import json_response
from zoomsandbox.limits.models import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.core.pipeline import Layer, Proceed
    from zoomsandbox.limits.models import Headers
    from zoomsandbox.world import World

# Operations whose per-second refusal has the code 4001 instead of 429
_SAYS_4001 = {("PATCH", "/v2/meetings/{meetingId}"), ("GET", "/v2/past_meetings/{meetingId}/instances")}


def limit(world: World) -> Layer:
    """Count what was let in, refuse what is too much, and put Zoom's headers on every counted answer."""
    limits = world.limits

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        route = exchange.route
        if not limits.on or not route.label:
            return await proceed()
        operation = (route.method, route.template)
        try:
            headers = limits.call(route.label, 4001 if operation in _SAYS_4001 else 429)
        except Refused as refused:
            return _answer(refused.error, refused.headers)
        special = _SPECIAL.get(operation)
        if special is not None:
            try:
                special(world, exchange)
            except ZoomError as error:
                # Seen on the wire: this refusal says neither which limit it is nor when to come back
                return _answer(error, [one for one in headers if one[0] != "X-RateLimit-Type"])
        response = await proceed()
        response.headers += headers
        return response

    return layer


def one_delete_at_a_time(world: World) -> Layer:
    """The outermost layer: note which delete came first, so that `limit` can refuse those that come meanwhile.

    It stands outside of the delays, because only what takes time can overlap.
    """
    limits = world.limits

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        if exchange.method != "DELETE" or not limits.on or not exchange.route.label:
            return await proceed()
        host_id = _host_of_meeting(world, exchange)
        if not host_id:
            return await proceed()
        limits.begin_delete(host_id, exchange)
        try:
            return await proceed()
        finally:
            limits.end_delete(host_id, exchange)

    return layer


def _write_for_user(world: World, exchange: Exchange) -> None:
    user = world.users.find(exchange.params[0])
    if user is not None:
        world.limits.write(user.id)


def _write_for_meeting(world: World, exchange: Exchange) -> None:
    host_id = _host_of_meeting(world, exchange)
    if host_id:
        world.limits.write(host_id)


def _delete(world: World, exchange: Exchange) -> None:
    host_id = _host_of_meeting(world, exchange)
    if host_id:
        world.limits.may_delete(host_id, exchange)


def _add_registrant(world: World, exchange: Exchange) -> None:
    email = _body(exchange).get("email")
    if isinstance(email, str) and email:
        world.limits.add_registrant(email)


def _change_status(world: World, exchange: Exchange) -> None:
    given = _body(exchange).get("registrants")
    people = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    world.limits.change_status([str(one.get("id") or one.get("email")) for one in people])


def _host_of_meeting(world: World, exchange: Exchange) -> str:
    meeting = world.meetings.find(exchange.params[0])
    return "" if meeting is None else meeting.host.id


def _body(exchange: Exchange) -> dict[str, Any]:
    try:
        return exchange.json()
    except NotJSONError:
        return {}


def _answer(error: ZoomError, headers: Headers) -> Response:
    response = json_response(error.status, error.body())
    response.headers += headers
    return response


_SPECIAL: dict[tuple[str, str], Callable[[World, Exchange], None]] = {
    ("POST", "/v2/users/{userId}/meetings"): _write_for_user,
    ("PATCH", "/v2/meetings/{meetingId}"): _write_for_meeting,
    ("DELETE", "/v2/meetings/{meetingId}"): _delete,
    ("POST", "/v2/meetings/{meetingId}/registrants"): _add_registrant,
    ("PUT", "/v2/meetings/{meetingId}/registrants/status"): _change_status,
}
