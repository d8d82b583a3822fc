"""One fault at work on one request: what a kind's function is given, and how it edits an answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.http import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from zoomsandbox.core.http import Delivery, Exchange
    from zoomsandbox.world import World

Proceed = Callable[[], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Strike:
    """A rule that strikes: the world, the request, the rule's arguments (all present), its own source of chance."""

    world: World
    exchange: Exchange
    arguments: Mapping[str, Any]
    random: Random

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]


Carry = Callable[[Strike, Proceed], Awaitable[Response]]


def unanswered(delivery: Delivery) -> Response:
    """An answer that is none; it is recorded with status 0."""
    response = Response(0)
    response.delivery = delivery
    return response


def edited(response: Response, change: Callable[[dict[str, Any]], None]) -> Response:
    """The answer after `change` has worked on its JSON object; one that is no success, or no object, stays as it is."""
    if not 200 <= response.status < 300 or not response.body:
        return response
    try:
        body = json.loads(response.body)
    except ValueError:
        return response
    if isinstance(body, dict):
        change(body)
        response.body = json_response(response.status, body).body
    return response
