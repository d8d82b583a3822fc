"""uvicorn's HTTP protocol, with a limit on how long a request's header may take: a slow sender holds nothing up; and
with an answer of ours to what is no HTTP at all.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.service.guard import WRITES
from zoomlink.service.problems import ServiceError

if TYPE_CHECKING:
    import asyncio

    from zoomlink.service.guard import Guard

__all__ = ["HEADER_SECONDS", "BoundedProtocol"]

HEADER_SECONDS = 10.0


class BoundedProtocol(H11Protocol):
    """Closes a connection whose next request has begun and is not complete after `header_seconds`."""

    header_seconds: ClassVar[float] = HEADER_SECONDS
    _header_task: asyncio.TimerHandle | None = None
    _coming = False

    def connection_made(self, transport: Any) -> None:
        """A connection: its first request shall come soon."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Bytes came: of a header, or of a body, for which others keep the time."""
        idle = self.cycle is None or self.cycle.response_complete
        app: Guard = self.config.app  # type: ignore[assignment]
        if idle and self._nothing_before() and _is_write(data):
            if app.full:
                # Read no further: to refuse much at once must cost little, or nothing is left for what is being done.
                self._stop()
                self.transport.write(app.refusal())
                self.on_response_complete()
                return
            self._coming = True
            app.coming += 1
        if idle and self._header_task is None:
            self._expect()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()

    def on_response_complete(self) -> None:
        """A request was answered."""
        self._answered()
        super().on_response_complete()

    def _answered(self) -> None:
        if self._coming:
            self._coming = False
            self.config.app.coming -= 1  # type: ignore[union-attr]

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop()
        self._answered()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - said in our own words
        """Answer what cannot be read as HTTP, as far as an answer has not begun, and close."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # whoever works on it need not answer any more
            self.cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            found = problem_document(
                ServiceError("The request is no HTTP that can be read, or its header is too large.", slug="malformed")
            )
            body = json.dumps(found.body).encode()
            headers = [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
                *self.config.app.headers,  # type: ignore[union-attr] # the guard's
                (b"x-request-id", os.urandom(8).hex().encode()),
            ]
            for event in (h11.Response(status_code=found.status, headers=headers), h11.Data(body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _nothing_before(self) -> bool:
        """True when what comes is the beginning of a request."""
        idle = self.conn.our_state is h11.IDLE and self.conn.their_state is h11.IDLE
        return idle and self.conn.trailing_data == (b"", False)

    def _expect(self) -> None:
        self._header_task = self.loop.call_later(self.header_seconds, self._too_slow)

    def _stop(self) -> None:
        if self._header_task is not None:
            self._header_task.cancel()
            self._header_task = None

    def _too_slow(self) -> None:
        self._header_task = None
        if not self.transport.is_closing():
            self.transport.abort()


_WRITE = re.compile(
    rb"(?:POST|PATCH) (?:" + b"|".join(re.escape(path.encode()) for path in WRITES) + rb")[\x21-\x7e]* HTTP/1\.1\r\n"
)
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,9})(?=\r\n)")
_OTHERWISE = (b"\r\ntransfer-encoding:", b"\r\nexpect:", b"\r\nconnection:", b"\r\nupgrade:")


def _is_write(data: bytes) -> bool:
    """True for one whole request that writes, and nothing after it; anything out of the ordinary is read in full."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or _WRITE.match(data) is None:
        return False
    head = data[: end + 2].lower()
    lengths = _LENGTH.findall(head)
    if head.count(b"content-length") != 1 or len(lengths) != 1 or any(one in head for one in _OTHERWISE):
        return False
    return len(data) == end + 4 + int(lengths[0])
