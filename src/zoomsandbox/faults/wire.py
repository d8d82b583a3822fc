"""How an answer leaves on a bare connection: reset, cut, dripped, miscounted. Bytes only; which request, others decide.

Each function here makes a delivery (see `core.http.Delivery`): it writes what it writes and closes the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoomsandbox.core.http import Delivery, Response

_NAP = 0.05


class Wire:
    """What faults may do to the server's sockets.

    `refuse` and `listen` are set by a server: it stops listening for so many seconds, or listens again before. `held`
    are the connections that a delivery has taken over. A sandbox without a server has none of these.
    """

    def __init__(self) -> None:
        self.refuse: Callable[[float], None] | None = None
        self.listen: Callable[[], None] | None = None
        self.held: set[asyncio.Transport] = set()
        self._slam_until = 0.0

    def slam(self, seconds: float) -> None:
        """Close every new connection at once, for so many seconds of real time."""
        self._slam_until = asyncio.get_running_loop().time() + seconds

    @property
    def slams(self) -> bool:
        """Whether a new connection is to be closed at once."""
        return self._slam_until > 0 and asyncio.get_running_loop().time() < self._slam_until

    def reset(self) -> None:
        """Treat new connections as usual again."""
        self._slam_until = 0.0
        if self.listen is not None:
            self.listen()

    def release(self) -> None:
        """Break off all that is held, so that the server can stop."""
        for transport in list(self.held):
            transport.abort()


def head(response: Response, *lengths: int, chunked: bool = False) -> bytes:
    """Status line and headers, with these values of Content-Length in this order."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if response.body:
        lines.append(f"content-type: {response.content_type}")
    lines += [f"content-length: {length}" for length in lengths]
    if chunked:
        lines.append("transfer-encoding: chunked")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def whole(response: Response) -> bytes:
    """The answer as it should be."""
    return head(response, *([] if response.status == 204 else [len(response.body)])) + response.body


def end(transport: asyncio.Transport, how: str) -> None:
    """End a connection: ``close`` in order, or ``reset`` (RST)."""
    if how == "reset":
        connection = transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


def silent(how: str, seconds: float = 0.0) -> Delivery:
    """Nothing; the end comes after so many seconds."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:  # noqa: ARG001 - a delivery
        await _wait(transport, seconds)
        end(transport, how)

    return deliver


def cut(at: int, how: str, *, within_head: bool = False, chunked: bool = False) -> Delivery:
    """Only the first `at` bytes of the body (or of the head), of which the head promises all."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:
        if within_head:
            transport.write(whole(response)[:at])
        elif chunked:
            part = response.body[:at]
            chunk = f"{len(part):x}\r\n".encode() + part + b"\r\n" if part else b""
            transport.write(head(response, chunked=True) + chunk)
        else:
            transport.write(head(response, len(response.body)) + response.body[:at])
        await _flushed(transport)
        end(transport, how)

    return deliver


def counted(count: Callable[[int], Sequence[int]]) -> Delivery:
    """All of the body, under the Content-Length values that `count` makes of the true one."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:
        transport.write(head(response, *count(len(response.body))) + response.body)
        await _flushed(transport)
        transport.close()

    return deliver


def dripped(bytes_per_second: float, seconds: float) -> Delivery:
    """All of it at this rate, but no longer than so many seconds."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:
        data = whole(response)
        # Not more than twenty writes a second, and never less than one byte
        step = max(1, round(bytes_per_second * _NAP))
        pause = step / bytes_per_second
        left = seconds
        for at in range(0, len(data), step):
            if transport.is_closing() or left <= 0:
                break
            transport.write(data[at : at + step])
            await _wait(transport, min(pause, left))
            left -= pause
        transport.close()

    return deliver


def bytes_first(prefix: bytes) -> Delivery:
    """Other bytes before the answer."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:
        transport.write(prefix + whole(response))
        await _flushed(transport)
        transport.close()

    return deliver


def bytes_only(data: bytes) -> Delivery:
    """Other bytes instead of the answer."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:  # noqa: ARG001 - a delivery
        transport.write(data)
        await _flushed(transport)
        transport.close()

    return deliver


def closed_after() -> Delivery:
    """The answer as it should be, and then the connection, of which nothing was said, is closed."""
    return bytes_first(b"")


def padded(size: int) -> Delivery:
    """The answer with so many blanks behind it, as JSON allows. They are made while they leave."""

    async def deliver(transport: asyncio.Transport, response: Response) -> None:
        transport.write(head(response, len(response.body) + size) + response.body)
        block = b" " * 65536
        left = size
        while left > 0 and not transport.is_closing():
            transport.write(block[: min(left, len(block))])
            left -= len(block)
            await _flushed(transport)
        transport.close()

    return deliver


async def _wait(transport: asyncio.Transport, seconds: float) -> None:
    # In naps: asyncio tells only a connection's protocol, not us, that a client hung up or that the server stops
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not transport.is_closing() and (left := until - loop.time()) > 0:  # noqa: ASYNC110 - see above
        await asyncio.sleep(min(left, _NAP))


async def _flushed(transport: asyncio.Transport) -> None:
    while not transport.is_closing() and transport.get_write_buffer_size() > 0:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)
