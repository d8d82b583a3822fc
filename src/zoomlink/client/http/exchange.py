"""One request on its way: whether it left, what has come back, and what a failure of the HTTP library means.

No connection is opened here.
"""

from __future__ import annotations

import logging
import ssl
import zlib
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpcore2

from zoomlink import __version__
from zoomlink.errors import TransportError, tidy
from zoomlink.zoom.flow import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

__all__ = ["FAILURES", "MAX_REPLY", "Exchange", "without_frames"]

MAX_REPLY = 8 * 1024 * 1024
"""Bytes. Zoom's largest pages stay well below one megabyte."""

T = TypeVar("T")


class _WithoutHeaders(logging.Filter):
    """Keeps the headers of answers out of the HTTP library's log: cookies and redirects may hold secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the headers off; let every line through."""
        if isinstance(record.msg, str) and record.msg.startswith("receive_response_headers.complete"):
            record.msg = record.msg.partition(", [")[0] + ", …)"
        return True


logging.getLogger("httpcore2.http11").addFilter(_WithoutHeaders())


_log = logging.getLogger("zoomlink")


class TooLargeError(Exception):
    """The reply is larger than anything Zoom sends."""


FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    OSError,  # TimeoutError and ssl.SSLError among them
    TooLargeError,
)


class Exchange:
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
            raise TooLargeError
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
        if isinstance(error, TooLargeError):
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


def _inflate(body: bytes) -> bytes:
    """Undo compression that was not asked for, up to the cap; broken data is left as it is and will not be JSON."""
    try:
        inflater = zlib.decompressobj(wbits=47)
        data = inflater.decompress(body, MAX_REPLY + 1)
    except zlib.error:
        return body
    if len(data) > MAX_REPLY:
        raise TooLargeError
    return data


def without_frames(error: Exception) -> Exception:
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
