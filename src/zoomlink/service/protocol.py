"""uvicorn's HTTP protocol, with a limit on how long a request's header may take: a slow sender holds nothing up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

__all__ = ["HEADER_SECONDS", "BoundedProtocol"]

HEADER_SECONDS = 10.0


class BoundedProtocol(H11Protocol):
    """Closes a connection whose next request has begun and is not complete after `HEADER_SECONDS`."""

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

    def _expect(self) -> None:
        self._header_task = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def _stop(self) -> None:
        if self._header_task is not None:
            self._header_task.cancel()
            self._header_task = None

    def _too_slow(self) -> None:
        self._header_task = None
        if not self.transport.is_closing():
            self.transport.abort()
