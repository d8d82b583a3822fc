"""One POST to a receiver, and its answer: a bare HTTP client that follows nothing and waits only so long."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import h11

from zoomsandbox.webhooks.exceptions import DeliveryError, NotAReceiverError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 65_536


def check_url(url: str, *, anywhere: bool) -> str:
    """`url` when the sandbox may send there; raises NotAReceiverError.

    Other machines are allowed only with `anywhere`: what the sandbox sends is invented, and nobody there asked for it.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise NotAReceiverError(f"{url!r} is no URL.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise NotAReceiverError(f"{url!r} is no receiver's URL: use one like http://127.0.0.1:9000/zoom.")
    if not (url.isascii() and url.isprintable() and " " not in url):
        raise NotAReceiverError(f"{url!r} has characters that no URL has.")
    if not anywhere and not _is_loopback(parts.hostname):
        raise NotAReceiverError(
            f"{parts.hostname} is another machine, and this is not Zoom. Use a receiver on 127.0.0.1, "
            "or start the sandbox with --i-know-this-is-not-zoom."
        )
    return url


async def post(url: str, headers: Iterable[tuple[str, str]], body: bytes, deadline: float) -> tuple[int, bytes]:
    """Status and body of the answer; raises DeliveryError when none came within `deadline` seconds of real time."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(deadline):
            reader, writer = await _connect(parts)
            try:
                return await _converse(reader, writer, parts, headers, body)
            finally:
                writer.close()
    except TimeoutError:
        raise DeliveryError(f"no answer within {deadline:g} seconds") from None
    except OSError as error:
        raise DeliveryError(f"no connection: {error.strerror or error}") from None
    except UnicodeError:
        raise DeliveryError(f"{parts.hostname} is no name of a machine") from None
    except h11.RemoteProtocolError:
        raise DeliveryError("the answer was cut off, or is not HTTP") from None


async def _connect(parts: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    tls: Any = ssl.create_default_context() if parts.scheme == "https" else None
    return await asyncio.open_connection(parts.hostname, parts.port or (443 if tls else 80), ssl=tls)


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    parts: SplitResult,
    headers: Iterable[tuple[str, str]],
    body: bytes,
) -> tuple[int, bytes]:
    wire = h11.Connection(h11.CLIENT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    own = [("Host", parts.netloc), ("Content-Length", str(len(body))), ("Connection", "close")]
    writer.write(wire.send(h11.Request(method="POST", target=target, headers=[*own, *headers])) or b"")
    writer.write((wire.send(h11.Data(data=body)) or b"") + (wire.send(h11.EndOfMessage()) or b""))
    # A receiver may answer and close before it has read all; its answer counts
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    status, answer = 0, b""
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(_MOST))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            answer += bytes(event.data)
        if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or len(answer) > _MOST:
            return status, answer


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
