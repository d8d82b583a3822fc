"""Sends one request and brings back one answer: the only file that imports the HTTP library. No decisions about Zoom.

Built on httpcore2, the layer below httpx2, because two promises need it: one wall-clock deadline over everything
(name look-up, connecting, a reply dripped byte by byte), and knowing for certain whether a byte of the request left.
Redirects are never followed; replies are capped; a connection idle for more than four seconds is not used again, since
a peer that closes it at that very moment looks just like a lost answer.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
import time
import weakref
import zlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import anyio
import httpcore2

from zoomlink import __version__
from zoomlink.client.clock import event_loop, is_over
from zoomlink.client.ways import Way, is_address, own_trust, proxy_address, way_to
from zoomlink.errors import TransportError, tidy
from zoomlink.zoom.flow import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable

__all__ = ["MAX_REPLY", "AsyncSender", "HTTPAsyncSender", "HTTPSender", "Sender"]

MAX_REPLY = 8 * 1024 * 1024
"""Bytes. Zoom's largest pages stay well below one megabyte."""

KEEP_ALIVE = 4.0
"""Seconds."""

MAX_CONNECTIONS = 100

T = TypeVar("T")


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
        exchange = _Exchange(request)
        _local.deadline = time.monotonic() + timeout
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
        except _FAILURES as error:
            raise exchange.failure(error) from _without_frames(error)
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
                    network_backend=_DeadlineBackend(),
                )
            return self._pools[way]


class HTTPAsyncSender:
    """Sends over the network, for tasks (asyncio or trio).

    A connection belongs to the event loop it was opened in: each loop has its own, so that a client made once serves
    every ``asyncio.run``.
    """

    def __init__(self) -> None:
        self._pools: dict[Any, dict[Way, httpcore2.AsyncConnectionPool]] = {}
        self._tls = _TLS()
        _senders.add(self)

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - part of the step
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""
        exchange = _Exchange(request)
        try:
            with anyio.fail_after(timeout):
                async with self._pool(request.url).stream(
                    request.method,
                    request.url,
                    headers=exchange.headers,
                    content=exchange.content,
                    extensions={"timeout": exchange.timeouts(timeout), "trace": exchange.atrace},
                ) as response:
                    _refuse_stale(response)
                    await exchange.atake_all(response.aiter_stream())
            return exchange.response(response.status, response.headers)
        except _FAILURES as error:
            raise exchange.failure(error) from _without_frames(error)

    async def aclose(self) -> None:
        """Close all connections of this event loop. The sender stays usable and would open new ones."""
        for pool in self._pools.pop(event_loop(), {}).values():
            await pool.aclose()

    def forget(self) -> None:
        """Leave all connections to the parent; for a process that was just forked."""
        self._pools = {}

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
                network_backend=_TidyBackend(),
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


class _WithoutHeaders(logging.Filter):
    """Keeps the headers of answers out of the HTTP library's log: cookies and redirects may hold secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the headers off; let every line through."""
        if isinstance(record.msg, str) and record.msg.startswith("receive_response_headers.complete"):
            record.msg = record.msg.partition(", [")[0] + ", …)"
        return True


logging.getLogger("httpcore2.http11").addFilter(_WithoutHeaders())


_log = logging.getLogger("zoomlink")


class _TooLargeError(Exception):
    """The reply is larger than anything Zoom sends."""


_FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    OSError,  # TimeoutError and ssl.SSLError among them
    _TooLargeError,
)


class _Exchange:
    """What both senders know of one request on its way: whether it left, and what has come back."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._sent = False
        self._chunks: list[bytes] = []
        self._size = 0
        # Compression would save little on replies this small, and lets a small reply become a huge one.
        self.headers: list[tuple[bytes | str, bytes | str]] = [
            ("User-Agent", f"zoomlink/{__version__}"),
            ("Accept-Encoding", "identity"),
            *request.headers.items(),
        ]
        # Some servers refuse a write that does not say how long it is, be it empty.
        says_length = request.body or request.method in {"POST", "PUT", "PATCH"}
        self.content: bytes | None = request.body if says_length else None

    def timeouts(self, seconds: float) -> dict[str, float]:
        return {"connect": min(seconds, 10.0), "read": seconds, "write": seconds, "pool": seconds}

    def trace(self, name: str, info: dict[str, Any]) -> None:
        # A CONNECT to a proxy says nothing of the request itself.
        if name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self._sent = True

    async def atrace(self, name: str, info: dict[str, Any]) -> None:
        self.trace(name, info)

    def take_all(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.take(chunk)

    async def atake_all(self, chunks: AsyncIterable[bytes]) -> None:
        async for chunk in chunks:
            self.take(chunk)

    def take(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_REPLY:
            raise _TooLargeError
        self._chunks.append(chunk)

    def response(self, status: int, raw: list[tuple[bytes, bytes]]) -> Response:
        headers: dict[str, str] = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        body = b"".join(self._chunks)
        tracking_id = tidy(headers.get("x-zm-trackingid", ""), 120)
        _log.debug("%s: HTTP %d, %d bytes %s", self._name(), status, len(body), tracking_id)
        if headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip", "deflate"}:
            body = _inflate(body)
        return Response(status, headers, body)

    def failure(self, error: Exception) -> TransportError:
        told = self._told(error)
        _log.debug("%s: %s", self._name(), told.message)
        return told

    def _name(self) -> str:
        """What the log calls this exchange: without the query, which may hold what is nobody's business."""
        return f"{self._request.method} {self._request.url.partition('?')[0]}"

    def _told(self, error: Exception) -> TransportError:
        host = urlsplit(self._request.url).netloc
        if isinstance(error, _TooLargeError):
            return TransportError(
                f"{host} sent more than {MAX_REPLY // 1024 // 1024} MB.", sent=self._sent, retryable=False
            )
        certificate = _caused_by(error, ssl.SSLCertVerificationError)
        if certificate is not None:
            return TransportError(
                f"The certificate of {host} is not valid: {tidy(certificate.verify_message, 120)}.",
                sent=self._sent,
                retryable=False,
                hint="If a proxy of your network inspects TLS, point SSL_CERT_FILE at its certificate.",
            )
        if isinstance(error, httpcore2.UnsupportedProtocol | httpcore2.LocalProtocolError):
            return TransportError(
                f"The request to {host} cannot be sent: {tidy(str(error), 120)}.", sent=self._sent, retryable=False
            )
        if isinstance(error, httpcore2.ProxyError):
            return TransportError(f"The proxy refused to connect to {host}: {tidy(str(error), 120)}.", sent=self._sent)
        if isinstance(error, httpcore2.TimeoutException | TimeoutError):
            what = "did not answer in time" if self._sent else "could not be reached in time"
            return TransportError(f"{host} {what}.", sent=self._sent)
        if self._sent:
            return TransportError(f"The connection to {host} broke before the answer was complete.", sent=True)
        reason = tidy(str(error), 120) or type(error).__name__
        return TransportError(f"{host} cannot be reached: {reason}.", sent=False, hint="Check the network.")


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


class _Local(threading.local):
    deadline: float = float("inf")


_local = _Local()


def _left(timeout: float | None, error: type[Exception]) -> float:
    left = _local.deadline - time.monotonic()
    if left <= 0:
        raise error("the deadline has passed")
    return left if timeout is None else min(left, timeout)


class _DeadlineBackend(httpcore2.NetworkBackend):
    """Opens connections whose every wait ends at the deadline of the call they serve."""

    def __init__(self) -> None:
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)

        def connect() -> httpcore2.NetworkStream:
            return self._inner.connect_tcp(host, port, left, local_address, socket_options)

        return _DeadlineStream(connect() if is_address(host) else _within(left, connect))


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        self.heard = False
        """True when something came in after the last thing that went out."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.heard = True
        return self._inner.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.heard = False
        self._inner.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _TidyBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections that are closed when the deadline, or a cancellation, ends them amid the TLS handshake."""

    def __init__(self) -> None:
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _TidyStream(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _TidyStream(httpcore2.AsyncNetworkStream):
    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self.heard = False
        """True when something came in after the last thing that went out."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        self.heard = True
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self.heard = False
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return _TidyStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _within(seconds: float, connect: Callable[[], httpcore2.NetworkStream]) -> httpcore2.NetworkStream:
    """Connect in a thread: the look-up of a name is the one wait that no timeout of a socket ends."""
    done = threading.Event()
    result: list[httpcore2.NetworkStream] = []
    failed: list[BaseException] = []
    given_up = threading.Event()

    def work() -> None:
        try:
            stream = connect()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the caller's thread
            failed.append(error)
        else:
            if given_up.is_set():
                stream.close()
            result.append(stream)
        done.set()

    threading.Thread(target=work, name="zoomlink-connect", daemon=True).start()
    if not done.wait(seconds):
        given_up.set()
        if result:  # it came at this very moment
            result[0].close()
        raise httpcore2.ConnectTimeout("the name could not be looked up in time")
    if failed:
        raise failed[0]
    return result[0]


def _inflate(body: bytes) -> bytes:
    """Undo compression that was not asked for, up to the cap; broken data is left as it is and will not be JSON."""
    try:
        inflater = zlib.decompressobj(wbits=47)
        data = inflater.decompress(body, MAX_REPLY + 1)
    except zlib.error:
        return body
    if len(data) > MAX_REPLY:
        raise _TooLargeError
    return data


def _without_frames(error: Exception) -> Exception:
    """The same error without the frames it went through.

    Their local variables hold the Authorization header and pieces of the answer, and tools that show or report
    tracebacks along with local variables would pass them on.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _caused_by(error: BaseException | None, kind: type[T]) -> T | None:
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None
