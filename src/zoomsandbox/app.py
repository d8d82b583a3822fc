"""The ASGI application: bytes to an Exchange, through the pipeline, and back to bytes. No Zoom rule lives here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from zoomsandbox.accounts.urls import ROUTES as ACCOUNTS
from zoomsandbox.catalogue import catalogue_routes, fallback
from zoomsandbox.control.guard import fallback as control_fallback
from zoomsandbox.control.guard import guarded, is_control
from zoomsandbox.control.urls import ROUTES as CONTROL
from zoomsandbox.core.exceptions import BodyTooLargeError
from zoomsandbox.core.http import MAX_BODY, Exchange, Response, json_response
from zoomsandbox.core.ledger import Cause
from zoomsandbox.core.pipeline import Layer, Pipeline, authorise, latency
from zoomsandbox.core.router import Router
from zoomsandbox.faults.plan import faults
from zoomsandbox.limits.layer import limit, one_delete_at_a_time
from zoomsandbox.limits.urls import ROUTES as LIMITS
from zoomsandbox.live.urls import ROUTES as LIVE
from zoomsandbox.meetings.urls import ROUTES as MEETINGS
from zoomsandbox.oauth.urls import ROUTES as OAUTH
from zoomsandbox.pages.urls import ROUTES as PAGES
from zoomsandbox.past.urls import ROUTES as PAST
from zoomsandbox.registrants.urls import ROUTES as REGISTRANTS
from zoomsandbox.state.journal import Journal
from zoomsandbox.templates.urls import ROUTES as TEMPLATES
from zoomsandbox.users.urls import ROUTES as USERS
from zoomsandbox.webhooks.urls import ROUTES as WEBHOOKS

if TYPE_CHECKING:
    from zoomsandbox.world import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ROUTES = [
    *OAUTH,
    *USERS,
    *MEETINGS,
    *REGISTRANTS,
    *PAST,
    *TEMPLATES,
    *ACCOUNTS,
    *CONTROL,
    *LIMITS,
    *LIVE,
    *WEBHOOKS,
    *PAGES,
]
_HOST = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def layers_for(world: World) -> list[Layer]:
    """The layers around every handler, outermost first. Faults go after `latency`, limits after `authorise`."""
    return [one_delete_at_a_time(world), latency(world), faults(world), authorise(world), limit(world)]


class Sandbox:
    """One sandbox as an ASGI application; its state is `world`."""

    def __init__(self, world: World) -> None:
        self.world = world
        imitated = {(route.method, route.template) for route in ROUTES}
        self.router = Router([*map(guarded, ROUTES), *catalogue_routes(imitated)])
        self.pipeline = Pipeline(world, layers_for(world))
        if world.options.state is not None:
            world.journal = Journal(world, self.router, world.options.state)

    def close(self) -> None:
        """Let go of the state file. Closing twice is allowed."""
        if self.world.journal is not None:
            self.world.journal.close()
            self.world.journal = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"zoomsandbox speaks HTTP, not {scope['type']}")
        exchange = self._exchange(scope)
        try:
            body = await _read(receive)
        except _ClientGone:
            return
        if body is None:
            response = json_response(413, BodyTooLargeError(MAX_BODY).body())
            response.headers.append(("connection", "close"))
            self._begin(exchange)
        else:
            exchange.body = body
            if self.world.timers.due:
                await self.world.timers.run_due()
            self._begin(exchange)
            response = await self._answer(exchange)
        await self._deliver(exchange, response, scope, receive, send)

    def _exchange(self, scope: Scope) -> Exchange:
        path = scope["raw_path"].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if not _HOST.fullmatch(host):
            server = scope.get("server") or ("127.0.0.1", 80)
            host = f"{server[0]}:{server[1]}"
        exchange = Exchange(scope["method"], path, scope["query_string"], headers, b"", f"http://{host}")
        method = "GET" if exchange.method == "HEAD" else exchange.method
        route, exchange.params = self.router.find(method, path)
        if route is None:
            route = control_fallback(self.router, path) if is_control(path) else fallback(path)
        exchange.route = route
        return exchange

    def _begin(self, exchange: Exchange) -> None:
        """Number the request. The sandbox's own pages are not counted, so that watching changes nothing."""
        zoom = exchange.route.imitates_zoom
        exchange.received_at = self.world.clock.now()
        self.world.base_url = exchange.base_url
        exchange.tracking_id = self.world.ids.tracking(zoom=zoom)
        exchange.cause = self.world.recorder.arrived(exchange) if zoom else Cause()

    async def _answer(self, exchange: Exchange) -> Response:
        response: Response | None = None
        try:
            response = await self.pipeline.run(exchange)
        finally:
            if exchange.cause.request:
                self.world.recorder.answered(exchange, response)
        return response

    async def _deliver(
        self, exchange: Exchange, response: Response, scope: Scope, receive: Receive, send: Send
    ) -> None:
        response.headers.append(("x-zm-trackingid", exchange.tracking_id))
        response.headers.append(("date", formatdate(self.world.clock.now(), usegmt=True)))
        if response.delivery is not None:
            transport, held = scope["state"]["transport"], self.world.wire.held
            held.add(transport)
            try:
                await response.delivery(transport, response)
            finally:
                held.discard(transport)
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
        if response.status != 204:
            headers.append((b"content-type", response.content_type.encode()))
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})


class _ClientGone(Exception):  # noqa: N818 - no error: a client may hang up
    pass


async def _read(receive: Receive) -> bytes | None:
    """The whole body, None when it is larger than allowed."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _ClientGone
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body if len(body) <= MAX_BODY else None
    parts, size = [body], len(body)
    while message.get("more_body"):
        if size > MAX_BODY:
            return None
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    return b"".join(parts) if size <= MAX_BODY else None
