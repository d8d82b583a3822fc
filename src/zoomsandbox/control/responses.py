"""The control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.control.models import clock_state, move_clock
from zoomsandbox.core.exceptions import NotJSONError
from zoomsandbox.core.http import json_response, no_content

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World


def reset(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``POST /_sandbox/reset``: as at the start."""
    world.reset()
    return no_content()


def read_clock(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/clock``."""
    return json_response(200, clock_state(world.clock))


async def set_clock(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/clock``: ``set``, ``advance``, ``freeze``, ``run``."""
    try:
        wish = exchange.json()
    except NotJSONError:
        raise BadRequestError("The body is not a JSON object.") from None
    await move_clock(world.clock, world.timers, wish)
    return json_response(200, clock_state(world.clock))


def ledger(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/ledger``: every commit, oldest first; `since` leaves out the first so many."""
    entries = world.ledger.entries[_since(exchange) :]
    return json_response(200, {"total": len(world.ledger.entries), "commits": [entry.as_dict() for entry in entries]})


def requests(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/requests``: the last thousand to Zoom's endpoints, oldest first; `since` a request's number."""
    since = _since(exchange)
    records = [record.as_dict() for record in world.recorder.records if record.number > since]
    return json_response(200, {"total": world.recorder.total, "requests": records})


def _since(exchange: Exchange) -> int:
    text = exchange.query.get("since", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BadRequestError("since takes a whole number, the last one already seen.")
    return int(text)
