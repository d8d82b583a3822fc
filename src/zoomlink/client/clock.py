"""The present and waiting, behind one name each, so that tests can do without either."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Protocol

import anyio

from zoomlink.zoom.flow import Moment

__all__ = ["AsyncClock", "Clock", "SystemAsyncClock", "SystemClock"]


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
