"""Connections that keep what the HTTP library does not: every wait ends at a deadline, and nothing leaks or lingers.

What is sent over them is not known here.
"""

from __future__ import annotations

import select
import threading
import time
from typing import TYPE_CHECKING, Any

import anyio
import httpcore2

from zoomlink.client.ways import is_address

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterable

__all__ = ["DeadlineBackend", "TidyBackend", "end_by"]


class _Local(threading.local):
    deadline: float = float("inf")


_local = _Local()


def end_by(deadline: float) -> None:
    """Have every wait of this thread's next call end at `deadline`, in seconds of ``time.monotonic()``."""
    _local.deadline = deadline


def _left(timeout: float | None, error: type[Exception]) -> float:
    left = _local.deadline - time.monotonic()
    if left <= 0:
        raise error("the deadline has passed")
    return left if timeout is None else min(left, timeout)


class DeadlineBackend(httpcore2.NetworkBackend):
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


class TidyBackend(httpcore2.AsyncNetworkBackend):
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
        self._socket = inner.get_extra_info("socket")
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
        # Asked of every idle connection at every request; the library's own way there is long.
        if info == "is_readable" and self._socket is not None:
            return _readable(self._socket)
        return self._inner.get_extra_info(info)


def _readable(connection: socket.socket) -> bool:
    """True when something came in, or the other side is gone."""
    if (number := connection.fileno()) < 0:
        return True
    look = select.poll()
    look.register(number, select.POLLIN)
    return bool(look.poll(0))


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
