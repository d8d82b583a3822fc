"""Sends one request and brings back one answer: the only folder that imports the HTTP library. No decisions on Zoom.

Built on httpcore2, the layer below httpx2, because two promises need it: one wall-clock deadline over everything
(name look-up, connecting, a reply dripped byte by byte), and knowing for certain whether a byte of the request left.
Redirects are never followed; replies are capped; a connection idle for more than four seconds is not used again, since
a peer that closes it at that very moment looks just like a lost answer.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import httpcore2

from zoomlink.client.clock import event_loop, is_over
from zoomlink.client.http.backends import DeadlineBackend, TidyBackend, end_by
from zoomlink.client.http.exchange import FAILURES, MAX_REPLY, Exchange, without_frames
from zoomlink.client.ways import Way, own_trust, proxy_address, way_to

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Request, Response

__all__ = ["MAX_REPLY", "AsyncSender", "HTTPAsyncSender", "HTTPSender", "Sender"]

KEEP_ALIVE = 4.0
"""Seconds."""

MAX_CONNECTIONS = 100
"""And requests at the same time: who comes later waits for one of these."""


class Sender(Protocol):
    """What a client needs of the network."""

    def send(self, request: Request, timeout: float) -> Response:
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""

    def close(self) -> None:
        """Close all connections."""


class AsyncSender(Protocol):
    """The same for tasks."""

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - part of the step
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""

    async def aclose(self) -> None:
        """Close all connections."""


class HTTPSender:
    """Sends over the network, for threads. Honours ``HTTPS_PROXY``, ``NO_PROXY`` and ``SSL_CERT_FILE``."""

    def __init__(self) -> None:
        self._pools: dict[Way, httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._tls = _TLS()
        _senders.add(self)

    def send(self, request: Request, timeout: float) -> Response:
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""
        exchange = Exchange(request)
        end_by(time.monotonic() + timeout)
        pool: httpcore2.ConnectionPool | None = None
        try:
            pool = self._pool(request.url)
            with pool.stream(
                request.method,
                request.url,
                headers=exchange.headers,
                content=exchange.content,
                extensions={"timeout": exchange.timeouts(timeout), "trace": exchange.trace},
            ) as response:
                _refuse_stale(response)
                exchange.take_all(response.iter_stream())
            return exchange.response(response.status, response.headers)
        except FAILURES as error:
            raise exchange.failure(error) from without_frames(error)
        except BaseException:
            # Ctrl-C, or another exception out of a signal, may have come between any two steps of the pool's own
            # bookkeeping and have left a connection counted as busy for ever. The calls of other threads end in order.
            self._leave(pool)
            raise

    def _leave(self, pool: httpcore2.ConnectionPool | None) -> None:
        with self._lock:
            self._pools = {way: one for way, one in self._pools.items() if one is not pool}

    def close(self) -> None:
        """Close all connections. The sender stays usable and would open new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def forget(self) -> None:
        """Leave all connections to the parent; for a process that was just forked, where both would talk over them."""
        self._pools, self._lock = {}, threading.Lock()

    def _pool(self, url: str) -> httpcore2.ConnectionPool:
        way = way_to(url)
        with self._lock:
            if way not in self._pools:
                self._pools[way] = httpcore2.ConnectionPool(
                    ssl_context=self._tls.context(way),
                    proxy=_proxy(way),
                    max_connections=MAX_CONNECTIONS,
                    keepalive_expiry=KEEP_ALIVE,
                    network_backend=DeadlineBackend(),
                )
            return self._pools[way]


class HTTPAsyncSender:
    """Sends over the network, for tasks (asyncio or trio).

    A connection belongs to the event loop it was opened in: each loop has its own, so that a client made once serves
    every ``asyncio.run``.
    """

    def __init__(self) -> None:
        self._pools: dict[Any, dict[Way, httpcore2.AsyncConnectionPool]] = {}
        self._rooms: dict[Any, anyio.CapacityLimiter] = {}
        self._tls = _TLS()
        _senders.add(self)

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - part of the step
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""
        exchange = Exchange(request)
        try:
            with anyio.fail_after(timeout):
                async with (
                    self._room(),  # who waits, waits here: the pool looks through all that wait at every request
                    self._pool(request.url).stream(
                        request.method,
                        request.url,
                        headers=exchange.headers,
                        content=exchange.content,
                        extensions={"timeout": exchange.timeouts(timeout), "trace": exchange.atrace},
                    ) as response,
                ):
                    _refuse_stale(response)
                    await exchange.atake_all(response.aiter_stream())
            return exchange.response(response.status, response.headers)
        except FAILURES as error:
            raise exchange.failure(error) from without_frames(error)

    async def aclose(self) -> None:
        """Close all connections of this event loop. The sender stays usable and would open new ones."""
        for pool in self._pools.pop(event_loop(), {}).values():
            await pool.aclose()

    def forget(self) -> None:
        """Leave all connections to the parent; for a process that was just forked."""
        self._pools, self._rooms = {}, {}

    def _room(self) -> anyio.CapacityLimiter:
        loop = event_loop()
        if loop not in self._rooms:
            self._rooms = {one: room for one, room in self._rooms.items() if not is_over(one)}
            self._rooms[loop] = anyio.CapacityLimiter(MAX_CONNECTIONS)
        return self._rooms[loop]

    def _pool(self, url: str) -> httpcore2.AsyncConnectionPool:
        way = way_to(url)
        loop = event_loop()
        if loop not in self._pools:
            # What a closed loop left open cannot be closed in order any more, only let go.
            self._pools = {one: pools for one, pools in self._pools.items() if not is_over(one)}
        pools = self._pools.setdefault(loop, {})
        if way not in pools:
            pools[way] = httpcore2.AsyncConnectionPool(
                ssl_context=self._tls.context(way),
                proxy=_proxy(way),
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE,
                network_backend=TidyBackend(),
            )
        return pools[way]


_senders: weakref.WeakSet[HTTPSender | HTTPAsyncSender] = weakref.WeakSet()


def _forget_connections() -> None:
    for sender in list(_senders):
        sender.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_connections)


def _refuse_stale(response: httpcore2.Response) -> None:
    """Refuse an answer that came along with an earlier one, before its question was asked."""
    if not getattr(response.extensions.get("network_stream"), "heard", True):
        raise httpcore2.RemoteProtocolError("the answer was there before the question")


def _proxy(way: Way) -> httpcore2.Proxy | None:
    if way.proxy is None:
        return None
    url, auth = proxy_address(way.proxy)
    return httpcore2.Proxy(url, auth=auth)


class _TLS:
    """One TLS context, made when it is first needed: loading the certificates takes longer than a call on loopback."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def context(self, way: Way) -> ssl.SSLContext:
        if not way.safe and not (way.proxy or "").startswith("https:"):
            # Verifies everything and trusts nobody: a pool made for plain http never speaks TLS by accident.
            return self._plain
        if self._context is None:
            self._context = own_trust() or httpcore2.default_ssl_context()
        return self._context
