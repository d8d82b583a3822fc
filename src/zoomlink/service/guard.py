"""What stands before every route: size and time limits, overload, security headers, request ids, one line in the log.

Plain ASGI, so that a request that is refused costs next to nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.service.problems import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from zoomlink.service.metrics import Metrics

__all__ = ["MAX_BATCH", "MAX_BODY", "WRITES", "Guard", "problem_response"]

MAX_BODY = 1_000_000
MAX_BATCH = 10_000_000
"""Bytes of a body, elsewhere and for files of links."""
MAX_HEADERS, MAX_HEADER = 128, 32_768
"""Headers of a request, and bytes of all of them with the address: a whole header that comes at once is bounded by
nothing else.
"""
BODY_SECONDS = 30.0
"""A body has to be there after this."""
AT_ONCE = 256
"""Requests that create or change links at the same time; more are refused at once, so that these stay quick."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
WRITES = ("/v1/", "/links", "/batches", "/new")
"""How addresses begin at which something is written."""
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
)


def _full() -> ServiceError:
    return ServiceError("Too many requests at once.", slug="overloaded", retry_after=1)


_FULL_BODY = json.dumps(problem_document(_full()).body).encode()


class Guard:
    """Wraps the app. `log` is given one dictionary for each request."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        log: Callable[[dict[str, Any]], None],
        new_id: Callable[[], str],
        https: bool = False,
        at_once: int = AT_ONCE,
        stop: Callable[[], None] = lambda: None,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.stop = stop
        """To be called when the process is to end: who only watches is let go."""
        self._app = app
        self._metrics = metrics
        self._log = log
        self._new_id = new_id
        self._at_once = at_once
        self._body_seconds = body_seconds
        self._writing = 0
        self.coming = 0
        """Requests that write which the server has taken in, and has not answered."""
        self.headers = (*_HEADERS, (b"strict-transport-security", b"max-age=31536000")) if https else _HEADERS
        """What every answer has, whoever gives it."""
        self._refused = metrics.requests.labels("POST", "-", "503")
        named = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(_FULL_BODY))]
        named += [(b"retry-after", b"1"), *self.headers]
        lines = [b"HTTP/1.1 503 Service Unavailable", *(b"%s: %s" % pair for pair in named), b"x-request-id: "]
        self._refusal = b"\r\n".join(lines)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = self._new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        seen: dict[str, Any] = {"status": 0, "began": False}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"], seen["began"] = message["status"], True
                names = {name for name, _ in message["headers"]}
                added = [pair for pair in self.headers if pair[0] not in names]
                message["headers"] = [*message["headers"], *added, (b"x-request-id", request_id.encode())]
            await send(message)

        self._metrics.running.inc()
        counted = scope["method"] in {"POST", "PATCH", "DELETE"} and scope["path"].startswith(WRITES)
        taken = False

        def arrived() -> None:
            # Counted from here on: whoever sends a header and no body takes nobody's place.
            nonlocal taken
            if counted and not taken:
                self._room()
                taken = True
                self._writing += 1

        try:
            if counted:
                self._room()
            _check_header(scope)
            if scope["method"] == "DELETE":
                arrived()
            try:
                await self._app(scope, _bounded(scope, receive, self._body_seconds, arrived), sending)
            finally:
                self._writing -= taken
        except ServiceError as error:
            if seen["began"]:
                raise
            await problem_response(error, sending)
        except Exception:
            if seen["began"]:
                raise
            problem = ServiceError("Something unforeseen went wrong.", slug="unexpected", hint=f"Request {request_id}.")
            await problem_response(problem, sending)
            raise  # the server's log has the traceback
        finally:
            self._finish(scope, seen, request_id, time.perf_counter() - began)

    @property
    def full(self) -> bool:
        """No more requests that write can be dealt with now."""
        return max(self._writing, self.coming) >= self._at_once

    def refusal(self) -> bytes:
        """The whole answer to such a request, and count it: for the server, before it reads what was asked."""
        self._metrics.refused.inc()
        self._refused.inc()
        return self._refusal + self._new_id().encode() + b"\r\n\r\n" + _FULL_BODY

    def _room(self) -> None:
        """Raise ServiceError where no more can be dealt with at once."""
        if self._writing >= self._at_once:
            self._metrics.refused.inc()
            raise _full()

    def _finish(self, scope: Scope, seen: dict[str, Any], request_id: str, seconds: float) -> None:
        self._metrics.running.dec()
        route = getattr(scope.get("route"), "path", "-")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, str(seen["status"])).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        state = scope.get("state", {})
        told = {
            "request": request_id,
            "method": method,
            "route": route,
            "status": seen["status"],
            "ms": round(seconds * 1000, 1),
            "key": state.get("key_id"),
            "link": state.get("link_id"),
            "tracking": state.get("tracking_id"),
        }
        self._log({name: value for name, value in told.items() if value is not None})


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _check_header(scope: Scope) -> None:
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in scope["headers"])
    if size > MAX_HEADER or len(scope["headers"]) > MAX_HEADERS:
        raise ServiceError("The request's header is too large.", slug="malformed", headers={"Connection": "close"})


def _limit(scope: Scope) -> int:
    return MAX_BATCH if scope["path"].startswith(("/v1/batches", "/batches")) else MAX_BODY


def _bounded(scope: Scope, receive: Receive, seconds: float, arrived: Callable[[], None]) -> Receive:
    limit = _limit(scope)
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    declared = int(length) if length.isdigit() else 0
    count = 0
    end: float | None = None
    done = False

    async def receiving() -> Message:
        nonlocal count, end, done
        if declared > limit:
            raise _too_large(limit)
        if done:
            return await receive()
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds if end is None else end
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError:
            raise _too_slow(seconds) from None
        if message["type"] == "http.request":
            count += len(message.get("body", b""))
            done = not message.get("more_body", False)
            if count > limit:
                raise _too_large(limit)
            if done:
                arrived()
        return message

    return receiving


def _too_large(limit: int) -> ServiceError:
    return ServiceError(
        f"The body is larger than {limit // 1_000_000} MB.", slug="too-large", headers={"Connection": "close"}
    )


def _too_slow(seconds: float) -> ServiceError:
    return ServiceError(
        f"The body was not there after {seconds:g} seconds.", slug="too-slow", headers={"Connection": "close"}
    )


async def problem_response(error: ServiceError, send: Send) -> None:
    """Answer with a problem, from outside the app."""
    found = problem_document(error)
    body = json.dumps(found.body).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in {**found.headers, **error.headers}.items()),
    ]
    await send({"type": "http.response.start", "status": HTTPStatus(found.status).value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
