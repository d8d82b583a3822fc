"""Sends one request and brings back one answer: the only file that imports the HTTP library. No decisions about Zoom.

Built on httpcore2, the layer below httpx2, because two promises need it: one wall-clock deadline over everything
(name look-up, connecting, a reply dripped byte by byte), and knowing for certain whether a byte of the request left.
Redirects are never followed; replies are capped; a connection idle for more than four seconds is not used again, since
a peer that closes it at that very moment looks just like a lost answer.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import anyio
import httpcore2

from zoomlink.errors import ConfigurationError, TransportError, tidy
from zoomlink.zoom.flow import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
        self._pools: dict[str | None, httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._tls = _TLS()
        self._pid = os.getpid()

    def send(self, request: Request, timeout: float) -> Response:
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""
        exchange = _Exchange(request)
        _local.deadline = time.monotonic() + timeout
        try:
            with self._pool(request.url).stream(
                request.method,
                request.url,
                headers=exchange.headers,
                content=request.body or None,
                extensions={"timeout": exchange.timeouts(timeout), "trace": exchange.trace},
            ) as response:
                for chunk in response.iter_stream():
                    exchange.take(chunk)
            return exchange.response(response.status, response.headers)
        except _FAILURES as error:
            raise exchange.failure(error) from error

    def close(self) -> None:
        """Close all connections. The sender stays usable and would open new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _pool(self, url: str) -> httpcore2.ConnectionPool:
        proxy = _proxy_for(url)
        with self._lock:
            if self._pid != os.getpid():  # after a fork both processes would talk over the same sockets
                self._pools, self._pid = {}, os.getpid()
            if proxy not in self._pools:
                self._pools[proxy] = httpcore2.ConnectionPool(
                    ssl_context=self._tls.context(url, proxy),
                    proxy=_proxy(proxy),
                    max_connections=MAX_CONNECTIONS,
                    keepalive_expiry=KEEP_ALIVE,
                    network_backend=_DeadlineBackend(),
                )
            return self._pools[proxy]


class HTTPAsyncSender:
    """Sends over the network, for tasks (asyncio or trio)."""

    def __init__(self) -> None:
        self._pools: dict[str | None, httpcore2.AsyncConnectionPool] = {}
        self._tls = _TLS()
        self._pid = os.getpid()

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - part of the step
        """Send, and return the whole answer within `timeout` seconds by the wall clock, or raise TransportError."""
        exchange = _Exchange(request)
        try:
            with anyio.fail_after(timeout):
                async with self._pool(request.url).stream(
                    request.method,
                    request.url,
                    headers=exchange.headers,
                    content=request.body or None,
                    extensions={"timeout": exchange.timeouts(timeout), "trace": exchange.atrace},
                ) as response:
                    async for chunk in response.aiter_stream():
                        exchange.take(chunk)
            return exchange.response(response.status, response.headers)
        except _FAILURES as error:
            raise exchange.failure(error) from error

    async def aclose(self) -> None:
        """Close all connections. The sender stays usable and would open new ones."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()

    def _pool(self, url: str) -> httpcore2.AsyncConnectionPool:
        proxy = _proxy_for(url)
        if self._pid != os.getpid():
            self._pools, self._pid = {}, os.getpid()
        if proxy not in self._pools:
            self._pools[proxy] = httpcore2.AsyncConnectionPool(
                ssl_context=self._tls.context(url, proxy),
                proxy=_proxy(proxy),
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE,
            )
        return self._pools[proxy]


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
            ("Accept-Encoding", "identity"),
            *request.headers.items(),
        ]

    def timeouts(self, seconds: float) -> dict[str, float]:
        return {"connect": min(seconds, 10.0), "read": seconds, "write": seconds, "pool": seconds}

    def trace(self, name: str, info: dict[str, Any]) -> None:
        # A CONNECT to a proxy says nothing of the request itself.
        if name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self._sent = True

    async def atrace(self, name: str, info: dict[str, Any]) -> None:
        self.trace(name, info)

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
        if headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip", "deflate"}:
            body = _inflate(body)
        return Response(status, headers, body)

    def failure(self, error: Exception) -> TransportError:
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


class _TLS:
    """One TLS context, made when it is first needed: loading the certificates takes longer than a call on loopback."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def context(self, url: str, proxy: str | None) -> ssl.SSLContext:
        if self._context is None:
            if not url.startswith("https:") and not (proxy or "").startswith("https:"):
                # Verifies everything and trusts nobody: a pool made for plain http never speaks TLS by accident.
                return self._plain
            self._context = _tls_context()
        return self._context


def _tls_context() -> ssl.SSLContext:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        bundle = os.environ.get(name)
        if bundle and not os.environ.get("SSL_CERT_FILE") and os.path.isfile(bundle):  # noqa: PTH113 - pathlib is not loaded for this
            return ssl.create_default_context(cafile=bundle)
    return httpcore2.default_ssl_context()


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

        return _DeadlineStream(connect() if _is_address(host) else _within(left, connect))


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
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
        raise httpcore2.ConnectTimeout("the name could not be looked up in time")
    if failed:
        raise failed[0]
    return result[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _proxy_for(url: str) -> str | None:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib import request as urllib_request  # takes 12 ms to load, and few machines have a proxy

    proxies = urllib_request.getproxies_environment()
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_address(host) and (host == "localhost" or ipaddress.ip_address(host).is_loopback):
        return None  # a sandbox on this machine is never reached through a proxy
    if urllib_request.proxy_bypass_environment(host, proxies):  # type: ignore[attr-defined]  # typeshed lacks it
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy or None


def _proxy(url: str | None) -> httpcore2.Proxy | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(
            f"The proxy {parts.scheme}://{parts.hostname or ''} is of a kind that is not supported.",
            hint="Set HTTPS_PROXY to an http:// or https:// address.",
        )
    auth = (parts.username, parts.password or "") if parts.username else None
    port = f":{parts.port}" if parts.port else ""
    return httpcore2.Proxy(f"{parts.scheme}://{parts.hostname}{port}", auth=auth)


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


def _caused_by(error: BaseException | None, kind: type[T]) -> T | None:
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None
