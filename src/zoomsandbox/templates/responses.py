"""Templates: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.http import json_response
from zoomsandbox.core.validation import Flag, Integer, Record, Text
from zoomsandbox.meetings.responses import checked
from zoomsandbox.templates.models import OWN

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World

_TEMPLATE = Record(
    {"meeting_id": Integer(), "name": Text(), "save_recurrence": Flag(), "overwrite": Flag()},
    required=("meeting_id",),
)


def list_all(world: World, exchange: Exchange) -> Response:
    """``GET /users/{userId}/meeting_templates``, without pages."""
    user = world.users.get(exchange.params[0])
    user.must_host(elsewhere=True)
    rows = [{"id": one.id, "name": one.name, "type": OWN} for one in world.templates.of(user)]
    return json_response(200, {"templates": rows, "total_records": len(rows)})


def make(world: World, exchange: Exchange) -> Response:
    """``POST /users/{userId}/meeting_templates``."""
    made = world.templates.make(exchange.params[0], checked(exchange, _TEMPLATE), exchange.cause)
    return json_response(201, {"id": made.id, "name": made.name})
