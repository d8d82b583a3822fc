"""Webhooks on the control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.control.bodies import read_optional
from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.http import json_response, no_content
from zoomsandbox.webhooks.entities import PLAIN, SIGNATURES, Disturbance
from zoomsandbox.webhooks.events import NAMES

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.webhooks.entities import Subscription
    from zoomsandbox.world import World

_ODD = ("copies", "delay", "signature", "age")
_MOST_COPIES, _MOST_SECONDS, _MOST_REPLAYS = 100, 10**9, 1000


async def show(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/webhooks``: subscriptions, and deliveries with their attempts, the oldest first.

    `since` leaves out deliveries up to that number; `settled` ``true`` answers once nothing is to be sent now.
    """
    query = exchange.query
    since = query.get("since", "0")
    if not (since.isascii() and since.isdecimal() and len(since) < 16):
        raise BadRequestError("since takes a whole number, that of the last delivery already seen.")
    settled = query.get("settled", "false")
    if settled not in {"true", "false"}:
        raise BadRequestError("settled takes true or false.")
    if settled == "true":
        await world.courier.settled()
    return json_response(
        200,
        {
            "subscriptions": [one.as_dict() for one in world.webhooks.all()],
            "deliveries": [one.as_dict() for one in world.webhooks.deliveries if one.number > int(since)],
        },
    )


def subscribe(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/webhooks``: `url`, and if wanted `events`, `secret`, `timestamps` and what PATCH takes."""
    given = read_optional(
        exchange,
        (
            "url",
            "events",
            "secret",
            "timestamps",
            "hold",
            *_ODD,
        ),
    )
    url, secret = given.get("url"), given.get("secret", "")
    if not isinstance(url, str) or not url:
        raise BadRequestError('Say where to send: {"url": "http://127.0.0.1:9000/zoom"}.')
    if not isinstance(secret, str) or ("secret" in given and not secret):
        raise BadRequestError("secret takes a text.")
    events, machine, hold, odd = _events(given), _machine(given), _hold(given), _disturbance(given, PLAIN)
    made = world.webhooks.subscribe(url, events, secret, machine_time=machine)
    made.hold, made.disturbance = hold, odd
    return json_response(201, made.as_dict())


def change(world: World, exchange: Exchange) -> Response:
    """``PATCH /_sandbox/webhooks/{number}``: `events`, `timestamps`, `hold`, `copies`, `delay`, `signature`, `age`."""
    subscription = _subscription(world, exchange)
    given = read_optional(
        exchange,
        (
            "events",
            "timestamps",
            "hold",
            *_ODD,
        ),
    )
    events, machine, hold = _events(given), _machine(given), _hold(given)
    subscription.disturbance = _disturbance(given, subscription.disturbance)
    if "events" in given:
        subscription.events = None if events is None else frozenset(events)
    if "timestamps" in given:
        subscription.machine_time = machine
    if "hold" in given:
        subscription.hold = hold
        if not hold:
            world.webhooks.release(subscription)
    return json_response(200, subscription.as_dict())


def unsubscribe(world: World, exchange: Exchange) -> Response:
    """``DELETE /_sandbox/webhooks/{number}``."""
    world.webhooks.unsubscribe(_subscription(world, exchange).number)
    return no_content()


async def validate(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/webhooks/{number}/validate``: ask the URL again, and answer what came of it."""
    subscription = _subscription(world, exchange)
    read_optional(exchange, ())
    world.webhooks.validate(subscription)
    await world.courier.settled()
    return json_response(200, subscription.as_dict())


def replay(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/webhooks/replay``: `deliveries` (numbers) again, in the order given and as odd as wished."""
    given = read_optional(
        exchange,
        (
            "deliveries",
            *_ODD,
        ),
    )
    numbers = given.get("deliveries")
    if not isinstance(numbers, list) or not numbers or not all(type(one) is int for one in numbers):
        raise BadRequestError('Say what to send again, and in which order: {"deliveries": [3, 1, 2]}.')
    if len(numbers) > _MOST_REPLAYS:
        raise BadRequestError(f"deliveries takes at most {_MOST_REPLAYS} numbers.")
    odd = _disturbance(given, PLAIN)
    for number in numbers:
        world.webhooks.delivery(number)
    sent = [one for number in numbers for one in world.webhooks.replay(number, odd)]
    return json_response(202, {"deliveries": [one.as_dict() for one in sent]})


def deliver(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/webhooks/deliver``: an event of one's own, to all who want it or to one `subscription`."""
    given = read_optional(
        exchange,
        (
            "event",
            "payload",
            "event_ts",
            "subscription",
            *_ODD,
        ),
    )
    event, payload = given.get("event"), given.get("payload")
    event_ts, number = given.get("event_ts", int(world.clock.now() * 1000)), given.get("subscription")
    if not isinstance(event, str) or not event or not isinstance(payload, dict) or type(event_ts) is not int:
        raise BadRequestError('Say what to send: {"event": "meeting.started", "payload": {…}}; event_ts is in ms.')
    if number is not None and type(number) is not int:
        raise BadRequestError("subscription takes the number of one.")
    odd = _disturbance(given, PLAIN)
    chosen = [one for one in world.webhooks.all() if one.wants(event)]
    if number is not None:
        chosen = [world.webhooks.subscription(number)]
    body = world.webhooks.body(event, payload, event_ts)
    sent = [made for one in chosen if one.state != "invalid" for made in world.webhooks.send(one, event, body, odd)]
    return json_response(202, {"deliveries": [one.as_dict() for one in sent]})


def _subscription(world: World, exchange: Exchange) -> Subscription:
    text = exchange.params[0]
    return world.webhooks.subscription(int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1)


def _events(given: dict[str, Any]) -> list[str] | None:
    events = given.get("events", "all")
    if events == "all":
        return None
    if not isinstance(events, list) or not events or not all(isinstance(one, str) for one in events):
        raise BadRequestError('events takes "all" or a list of names.')
    for one in events:
        if one not in NAMES:
            raise BadRequestError(f"The sandbox sends no event {one!r}; it sends {', '.join(NAMES)}.")
    return events


def _machine(given: dict[str, Any]) -> bool:
    wanted = given.get("timestamps", "sandbox")
    if wanted not in {"sandbox", "machine"}:
        raise BadRequestError('timestamps takes "sandbox" or "machine": whose time the timestamp header shows.')
    return bool(wanted == "machine")


def _hold(given: dict[str, Any]) -> bool:
    hold = given.get("hold", False)
    if not isinstance(hold, bool):
        raise BadRequestError("hold takes true or false.")
    return hold


def _disturbance(given: dict[str, Any], former: Disturbance) -> Disturbance:
    copies, kind = given.get("copies", former.copies), given.get("signature", former.signature)
    if type(copies) is not int or not 1 <= copies <= _MOST_COPIES:
        raise BadRequestError(f"copies takes a whole number from 1 to {_MOST_COPIES}.")
    if kind not in SIGNATURES:
        raise BadRequestError(f"signature takes {', '.join(SIGNATURES)}.")
    seconds = {}
    for name, known in (("delay", former.delay), ("age", former.age)):
        value = given.get(name, known)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_SECONDS:
            raise BadRequestError(f"{name} takes a number of seconds from 0 to {_MOST_SECONDS}.")
        seconds[name] = float(value)
    return Disturbance(copies, seconds["delay"], kind, seconds["age"])
