"""The present, waiting, and which event loop we are in: behind one name each, so that tests can do without them."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any, Protocol

import anyio
from anyio.lowlevel import current_token

from zoomlink.zoom.flow import Moment

__all__ = ["AsyncClock", "Clock", "SystemAsyncClock", "SystemClock", "event_loop", "is_over"]


class Clock(Protocol):
    """What a client asks of time."""

    def now(self) -> Moment:
        """The present."""

    def sleep(self, seconds: float, jitter: float) -> None:
        """Wait `seconds` and a random share of `jitter`."""


class AsyncClock(Protocol):
    """The same for tasks."""

    def now(self) -> Moment:
        """The present."""

    async def sleep(self, seconds: float, jitter: float) -> None:
        """Wait `seconds` and a random share of `jitter`."""


class SystemClock:
    """The machine's own."""

    def now(self) -> Moment:
        """The present."""
        return Moment(datetime.now(UTC), time.monotonic())

    def sleep(self, seconds: float, jitter: float) -> None:
        """Wait `seconds` and a random share of `jitter`."""
        time.sleep(seconds + random.uniform(0, jitter))  # noqa: S311 - spreads retries, guards nothing


class SystemAsyncClock:
    """The machine's own, for tasks (asyncio or trio)."""

    def now(self) -> Moment:
        """The present."""
        return Moment(datetime.now(UTC), time.monotonic())

    async def sleep(self, seconds: float, jitter: float) -> None:
        """Wait `seconds` and a random share of `jitter`."""
        await anyio.sleep(seconds + random.uniform(0, jitter))  # noqa: S311 - spreads retries, guards nothing


def event_loop() -> Any:
    """Return what stands for the running event loop (asyncio's or trio's): the same object as long as it lives."""
    return current_token().native_token


def is_over(loop: Any) -> bool:
    """True for an event loop that is known to be closed."""
    closed = getattr(loop, "is_closed", None)  # asyncio's say it, trio's do not
    return closed is not None and bool(closed())
