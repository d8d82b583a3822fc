"""The webhook address for any WSGI or ASGI server, with no framework: to be mounted at a path, or served alone.

::

    hooks = Webhooks(LinkDesk.from_env())
    application = wsgi_webhook_app(hooks, on_event=lambda event: print(event.name))
"""

from __future__ import annotations

import logging
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from zoomlink.webhooks.events import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from zoomlink.webhooks import AsyncWebhooks, Event, Reply, Webhooks

    Scope = MutableMapping[str, Any]

__all__ = ["asgi_webhook_app", "hand_over", "hand_over_async", "joined", "wsgi_webhook_app"]

logger = logging.getLogger("zoomlink.webhooks")
_REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 405: "Method Not Allowed"}
_REASONS |= {413: "Content Too Large", 503: "Service Unavailable"}


def wsgi_webhook_app(
    webhooks: Webhooks, *, on_event: Callable[[Event], object] | None = None
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return a WSGI application that takes Zoom's events in.

    `on_event` is called with each genuine event when it comes for the first time, once it is stored; what it raises is
    logged, and Zoom is told that all is well. ``webhooks.work()`` is to be called from time to time.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            start_response("405 Method Not Allowed", [("Allow", "POST"), ("Content-Length", "0")])
            return [b""]
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        reply = webhooks.receive(_read(environ), headers)
        hand_over(reply, on_event)
        said = [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body)))]
        start_response(f"{reply.status} {_REASONS.get(reply.status, 'Error')}", said if reply.body else [])
        return [reply.body]

    return application


def asgi_webhook_app(
    webhooks: AsyncWebhooks, *, on_event: Callable[[Event], object] | None = None
) -> Callable[..., Awaitable[None]]:
    """Return an ASGI application that takes Zoom's events in; what `on_event` returns is awaited, if it can be, and the
    rest is as for :func:`wsgi_webhook_app`.
    """

    async def application(
        scope: MutableMapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"a webhook address speaks HTTP, not {scope['type']}")
        if scope["method"] != "POST":
            await _answer(send, 405, [(b"allow", b"POST")], b"")
            return
        body, more = bytearray(), True
        while more and len(body) <= MAX_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        reply = await webhooks.receive(bytes(body), joined(pairs))
        await hand_over_async(reply, on_event)
        await _answer(send, reply.status, [(b"content-type", reply.content_type.encode())], reply.body)

    return application


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers as a dict. A name that stands there twice keeps both values: no signature hides behind another."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def hand_over(reply: Reply, on_event: Callable[[Event], object] | None) -> None:
    """Call `on_event` with the event of a reply, if there is one. What it raises is logged: the event is stored, and
    Zoom would only send again what is known already.
    """
    if reply.event is None or on_event is None:
        return
    try:
        on_event(reply.event)
    except Exception:
        logger.exception("What the application does about %s failed", reply.event.name)


async def hand_over_async(reply: Reply, on_event: Callable[[Event], object] | None) -> None:
    """The same; what `on_event` returns is awaited, if it can be."""
    if reply.event is None or on_event is None:
        return
    try:
        done = on_event(reply.event)
        if isawaitable(done):
            await done
    except Exception:
        logger.exception("What the application does about %s failed", reply.event.name)


def _read(environ: dict[str, Any]) -> bytes:
    """The body, or as much of it as it takes to see that it is too large."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    if length.isascii() and length.isdigit():
        size = min(int(length[:12]), MAX_BODY + 1)
    else:  # without a length, only a server that says so ends the stream by itself
        size = MAX_BODY + 1 if environ.get("wsgi.input_terminated") else 0
    return bytes(environ["wsgi.input"].read(size)) if size else b""


async def _answer(send: Callable[..., Any], status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    size = [(b"content-length", str(len(body)).encode())] if status != 204 else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *size]})
    await send({"type": "http.response.body", "body": body})
