"""uvicorn's HTTP protocol, with a limit on how long a request's header may take: a slow sender holds nothing up; and
with an answer of ours to what is no HTTP at all.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.service.problems import ServiceError

if TYPE_CHECKING:
    import asyncio

__all__ = ["HEADER_SECONDS", "BoundedProtocol"]

HEADER_SECONDS = 10.0


class BoundedProtocol(H11Protocol):
    """Closes a connection whose next request has begun and is not complete after `header_seconds`."""

    header_seconds: ClassVar[float] = HEADER_SECONDS
    _header_task: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A connection: its first request shall come soon."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Bytes came: of a header, or of a body, for which others keep the time."""
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self._header_task is None:
            self._expect()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop()
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
