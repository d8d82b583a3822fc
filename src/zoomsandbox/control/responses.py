"""The control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.control.bodies import number
from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.control.guard import is_control
from zoomsandbox.control.models import clock_state, move_clock
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.core.exceptions import NotJSONError
from zoomsandbox.core.http import json_response, no_content

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.core.router import Route
    from zoomsandbox.world import World


def index(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/``: this list."""
    from zoomsandbox.app import ROUTES  # only here: the application itself imports the control plane

    routes = sorted((route for route in ROUTES if is_control(route.template)), key=lambda one: one.template)
    controls = [{"method": one.method, "path": one.template, "meaning": _meaning(one)} for one in routes]
    return json_response(
        200,
        {
            "about": "zoomsandbox's control plane, for tests and for people; Zoom has nothing like it. "
            'Send and get JSON, without a token. Errors are {"error": "…"}.',
            "page": f"{exchange.base_url}/",
            "clock": clock_state(world.clock),
            "controls": controls,
        },
    )


def _meaning(route: Route) -> str:
    """The first paragraph of the handler's description, after the path that it begins with."""
    told = (route.handler.__doc__ or "").partition("``: ")[2].partition("\n\n")[0]
    return " ".join(told.split()) or route.name


def reset(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``POST /_sandbox/reset``: as at the start: no meetings, no tokens, the first users, clock and faults."""
    world.reset()
    return no_content()


def read_clock(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/clock``: what the clock shows, and whether it stands still."""
    return json_response(200, clock_state(world.clock))


async def set_clock(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/clock``: {"set": ISO}, {"advance": seconds}, {"freeze": true}, {"run": true}."""
    try:
        wish = exchange.json()
    except NotJSONError:
        raise BadRequestError("The body is not a JSON object.") from None
    if world.clock.frozen:
        # What is being sent belongs to the time before
        await world.courier.settled()
    await move_clock(world.clock, world.timers, wish)
    return json_response(200, clock_state(world.clock))


def ledger(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/ledger``: every commit, oldest first; since (a number or an instant), host, marker, action.

    `since` leaves out so many, or all before an instant; `host` is an address; `marker` stands in the agenda.
    """
    query = exchange.query
    entries = world.ledger.entries
    since = query.get("since", "")
    if since.isascii() and since.isdecimal() and len(since) < 16:
        entries = entries[int(since) :]
    elif since:
        try:
            instant = parse_instant(since.replace(" ", "+"))
        except ValueError:
            raise BadRequestError(
                "since takes a whole number, the last one already seen, or an instant like 2031-12-01T09:00:00Z."
            ) from None
        entries = [entry for entry in entries if entry.at >= instant]
    host, marker, action = query.get("host", "").lower(), query.get("marker", ""), query.get("action", "")
    commits = [
        entry.as_dict()
        for entry in entries
        if (not host or entry.host.lower() == host)
        and (not action or entry.action == action)
        and marker in entry.agenda
    ]
    return json_response(200, {"total": len(world.ledger.entries), "commits": commits})


def requests(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/requests``: the last thousand to Zoom's endpoints, oldest first; since (a number), last (many).

    `total` counts all since the start, also those no longer kept. Secrets are masked.
    """
    since, last = number(exchange, "since", 0), number(exchange, "last", 0)
    records = [record for record in world.recorder.records if record.number > since]
    shown = [record.as_dict() for record in (records[-last:] if last else records)]
    return json_response(200, {"total": world.recorder.total, "requests": shown})


def forget_requests(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``DELETE /_sandbox/requests``: forget them and count anew; the ledger stays."""
    world.recorder.forget()
    return no_content()
