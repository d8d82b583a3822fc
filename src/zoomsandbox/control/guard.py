"""Who may not use the control plane: a client of Zoom that lost its way, and a web page from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoomsandbox.control.exceptions import ForeignPageError, NoSuchControlError, TokenHereError, WrongMethodError
from zoomsandbox.core.http import json_response
from zoomsandbox.core.router import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.core.router import Router
    from zoomsandbox.world import World

ROOT = "/_sandbox"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def guarded(route: Route) -> Route:
    """The route with the guard before its handler; one that is not of the control plane as it is."""
    if not is_control(route.template):
        return route
    return replace(route, handler=_guard(route.handler))


def is_control(path: str) -> bool:
    """Whether a path or a template belongs to the control plane."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def fallback(router: Router, path: str) -> Route:
    """The route of a path of the control plane that no table names for this method."""
    methods = [method for method in _METHODS if router.find(method, path)[0] is not None]

    def refuse(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
        if not methods:
            raise NoSuchControlError(exchange.path)
        error = WrongMethodError(exchange.method, exchange.path, methods)
        response = json_response(error.status, error.body())
        response.headers.append(("allow", ", ".join(methods)))
        return response

    return Route("*", f"{ROOT}/…", refuse, "control.nothing")


def _guard(
    handler: Callable[[World, Exchange], Response | Awaitable[Response]],
) -> Callable[[World, Exchange], Response | Awaitable[Response]]:
    def guard(world: World, exchange: Exchange) -> Response | Awaitable[Response]:
        headers = exchange.headers
        if headers.get("authorization", "").lower().startswith("bearer"):
            raise TokenHereError
        # A page of another site may not act here through a visitor's browser; scripts and tests send neither header
        origin = headers.get("origin", exchange.base_url)
        if origin != exchange.base_url or headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}:
            raise ForeignPageError
        return handler(world, exchange)

    guard.__doc__ = handler.__doc__
    return guard
