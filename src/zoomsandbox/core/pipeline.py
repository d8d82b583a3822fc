"""The one path of every request: layers around a handler, outermost first. Says in which order; holds no rule itself.

A layer is ``async def layer(exchange, proceed) -> Response``: it may answer itself (a fault before the commit, a
limit), await `proceed()` and hand on or replace the answer (a fault after the commit), or let `proceed()` run later (a
late commit). After `proceed()`, ``exchange.cause.commits`` tells what was committed.

Order: what may not overlap, latency, faults, authorise, limits, handler. So a fault strikes before anything is checked
or after all is done, and a limit counts only calls that were let in.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from zoomsandbox.core.exceptions import (
    AccessTokenInQueryError,
    InvalidAccessTokenError,
    MissingScopeError,
    ZoomError,
)
from zoomsandbox.core.http import Exchange, Response, json_response

if TYPE_CHECKING:
    from zoomsandbox.oauth.models import App
    from zoomsandbox.world import World

Proceed = Callable[[], Awaitable[Response]]
Layer = Callable[[Exchange, Proceed], Awaitable[Response]]


class Pipeline:
    """Runs an exchange through `layers` to its handler. Refusals of any layer become Zoom's JSON."""

    def __init__(self, world: World, layers: list[Layer]) -> None:
        self._world = world
        self.layers = layers

    async def run(self, exchange: Exchange) -> Response:
        """The answer to `exchange`. Never raises: a defect of the sandbox itself becomes a 500 that says so."""
        try:
            return await self._step(exchange, 0)
        except ZoomError as error:
            return json_response(error.status, error.body())
        except Exception:  # noqa: BLE001 - the outermost place; the client must get an answer, the person a traceback
            traceback.print_exc()
            return json_response(500, {"code": 500, "message": "zoomsandbox itself has a defect here; see its output."})

    async def _step(self, exchange: Exchange, at: int) -> Response:
        if at < len(self.layers):
            return await self.layers[at](exchange, lambda: self._step(exchange, at + 1))
        try:
            if self._world.journal is not None:
                return await self._world.journal.carry_out(exchange)
            response = exchange.route.handler(self._world, exchange)
            return response if isinstance(response, Response) else await response
        except ZoomError as error:
            # Made an answer here, so that the layers around see one: a refusal has a status that a fault may match
            return json_response(error.status, error.body())


def latency(world: World) -> Layer:
    """Every answer of Zoom's endpoints comes this much later (real time)."""

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        delay = world.options.latency
        if delay > 0 and exchange.route.imitates_zoom:
            await asyncio.sleep(delay / 1000)
        return await proceed()

    return layer


def authorise(world: World) -> Layer:
    """Routes with scopes need a bearer token that lives and carries one of them."""

    async def layer(exchange: Exchange, proceed: Proceed) -> Response:
        route = exchange.route
        if route.scopes:
            exchange.app = app = _bearer(world, exchange)
            if app.scopes.isdisjoint(route.scopes) and app.scopes.isdisjoint(route.classic):
                raise MissingScopeError(route.classic if app.classic else route.scopes)
        return await proceed()

    return layer


def _bearer(world: World, exchange: Exchange) -> App:
    scheme, _, token = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return world.oauth.app_of(token.strip())
    if exchange.query_string and "access_token" in exchange.query:
        raise AccessTokenInQueryError
    raise InvalidAccessTokenError
