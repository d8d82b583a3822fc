"""The limits on the control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.exceptions import NotJSONError
from zoomsandbox.core.http import json_response
from zoomsandbox.limits import control

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World


def read(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/limits``: the figures in force and what has been counted."""
    return json_response(200, control.state(world))


def change(world: World, exchange: Exchange) -> Response:
    """``PATCH /_sandbox/limits``: other figures or other counts, in the form ``GET`` answers."""
    try:
        wish = exchange.json()
    except NotJSONError:
        raise BadRequestError("The body is not a JSON object.") from None
    control.change(world, wish)
    return json_response(200, control.state(world))


def reset(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``DELETE /_sandbox/limits``: Zoom's figures again, and nothing counted."""
    world.limits.reset()
    return json_response(200, control.state(world))
