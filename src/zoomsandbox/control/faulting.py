"""Faults on the control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.http import json_response, no_content
from zoomsandbox.faults.exceptions import PlanError
from zoomsandbox.faults.kinds import KINDS
from zoomsandbox.faults.rules import CHOOSERS

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World


def read(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/faults``: the rules in force, with how often each was asked (seen) and struck (hits)."""
    return json_response(200, _state(world))


def change(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/faults``: a list of rules (or {"rules": […]}) is the new plan; one rule is added to it."""
    try:
        plan: Any = json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise BadRequestError('The body is not JSON. Send rules such as [{"kind": "reset-after-commit"}].') from None
    try:
        if isinstance(plan, dict) and "rules" not in plan:
            world.faults.add(plan)
        else:
            world.faults.set(plan)
    except PlanError as error:
        raise BadRequestError(str(error)) from None
    return json_response(200, _state(world))


def clear(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``DELETE /_sandbox/faults``: no rules any more."""
    world.faults.clear()
    return no_content()


def kinds(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/faults/kinds``: every kind of fault, what it does and what can be chosen."""
    return json_response(200, {"choosers": CHOOSERS, "kinds": [kind.as_dict() for kind in KINDS.values()]})


def _state(world: World) -> dict[str, Any]:
    return {"rules": [rule.as_dict() for rule in world.faults.rules]}
