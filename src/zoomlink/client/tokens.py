"""Where a client gets its token: one per process here, fetched once however many ask at the same time.

A source shared between processes stands in the store. What a token is, and how it is fetched, is not decided here.
"""

from __future__ import annotations

import copy
import os
import threading
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import anyio

from zoomlink.client.clock import event_loop
from zoomlink.errors import AuthenticationError, ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zoomlink.zoom.flow import AccessToken, Moment

__all__ = ["AsyncMemoryTokens", "AsyncTokenSource", "MemoryTokens", "TokenSource"]

REFUSED_FOR = 60.0
"""Seconds for which refused credentials are not tried again: they will be refused again."""


class TokenSource(Protocol):
    """Gives a client its token."""

    def get(self, rejected: AccessToken | None = None) -> AccessToken:
        """Return a token that is good for a while and not `rejected`, which Zoom did not accept."""


class AsyncTokenSource(Protocol):
    """The same for tasks."""

    async def get(self, rejected: AccessToken | None = None) -> AccessToken:
        """Return a token that is good for a while and not `rejected`, which Zoom did not accept."""


@dataclass
class _Cache:
    """The decisions: which token still serves, and which failure is everybody's."""

    token: AccessToken | None = field(default=None, repr=False)
    failure: ZoomLinkError | None = None
    failed_at: float = 0.0

    def usable(self, now: Moment, rejected: AccessToken | None) -> AccessToken | None:
        token = self.token
        if token is None or now.wall >= token.renew_at:
            return None
        return None if rejected is not None and token.value == rejected.value else token

    def known_failure(self, asked: Moment, now: Moment) -> ZoomLinkError | None:
        """The failure of a fetch that began while the caller was waiting, or credentials refused a moment ago."""
        if self.failure is None:
            return None
        fresh = isinstance(self.failure, AuthenticationError) and now.ticks - self.failed_at < REFUSED_FOR
        return copy.copy(self.failure) if fresh or self.failed_at > asked.ticks else None

    def keep(self, token: AccessToken) -> AccessToken:
        self.token, self.failure = token, None
        return token

    def fail(self, error: ZoomLinkError, now: Moment) -> None:
        self.failure, self.failed_at = error, now.ticks


class MemoryTokens:
    """One token per process, for threads: whoever finds it gone fetches it, the others wait for that one."""

    def __init__(self, fetch: Callable[[AccessToken | None], AccessToken], now: Callable[[], Moment]) -> None:
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._cache = _Cache()
        _sources.add(self)

    def get(self, rejected: AccessToken | None = None) -> AccessToken:
        """Return a token that is good for a while and not `rejected`, which Zoom did not accept."""
        asked = self._now()
        if token := self._cache.usable(asked, rejected):
            return token
        with self._lock:
            now = self._now()
            if token := self._cache.usable(now, rejected):
                return token
            if failure := self._cache.known_failure(asked, now):
                raise failure
            try:
                return self._cache.keep(self._fetch(rejected))
            except ZoomLinkError as error:
                self._cache.fail(error, self._now())
                raise

    def renew_lock(self) -> None:
        """Forget who is fetching; for a process that was just forked."""
        self._lock = threading.Lock()


_sources: weakref.WeakSet[MemoryTokens] = weakref.WeakSet()


def _free_locks() -> None:
    # In a forked child the thread that was fetching does not exist, and its lock would never be given back.
    for source in list(_sources):
        source.renew_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_locks)


class AsyncMemoryTokens:
    """One token per client, for tasks: whoever finds it gone fetches it, the others wait for that one.

    The token serves all event loops; waiting for it is a matter of each, since a lock belongs to one.
    """

    def __init__(
        self, fetch: Callable[[AccessToken | None], Awaitable[AccessToken]], now: Callable[[], Moment]
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._locks: weakref.WeakKeyDictionary[Any, anyio.Lock] = weakref.WeakKeyDictionary()
        self._cache = _Cache()

    async def get(self, rejected: AccessToken | None = None) -> AccessToken:
        """Return a token that is good for a while and not `rejected`, which Zoom did not accept."""
        asked = self._now()
        if token := self._cache.usable(asked, rejected):
            return token
        async with self._locks.setdefault(event_loop(), anyio.Lock()):
            now = self._now()
            if token := self._cache.usable(now, rejected):
                return token
            if failure := self._cache.known_failure(asked, now):
                raise failure
            try:
                return self._cache.keep(await self._fetch(rejected))
            except ZoomLinkError as error:
                self._cache.fail(error, self._now())
                raise
