"""What the routes of one process share: desks, secrets of its own, counters. Opened and closed with the app."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from zoomlink.service.sessions import service_secret

if TYPE_CHECKING:
    from zoomlink import AsyncLinkDesk
    from zoomlink.service.batch_runs import BatchRuns
    from zoomlink.service.limits import Limits
    from zoomlink.service.metrics import Metrics
    from zoomlink.webhooks import AsyncWebhooks
    from zoomlink.worker import Sweeper

__all__ = ["WAIT", "State", "now_ms"]

WAIT = 10.0
"""Seconds that a create or a change waits for its outcome; after that it is 202, and the link can be asked for."""


_LENT = 10_000
"""Owners whose desks are kept at hand."""


def now_ms() -> int:
    """This machine's clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass
class State:
    """One process of the service."""

    desks: dict[str, AsyncLinkDesk]
    """By account id; the first one is the page's."""
    limits: Limits
    metrics: Metrics
    local: bool = True
    """True when only this machine can reach it."""
    https: bool = False
    sandbox: bool = False
    wait: float = WAIT
    counted_at: float = float("-inf")
    """When the ledger's links were counted last."""
    stopping: bool = False
    """The process is to end: nobody waits for anything any more."""
    sweepers: list[Sweeper] = field(default_factory=list)
    batches: dict[str, BatchRuns] = field(default_factory=dict)
    """By account id."""
    webhooks: dict[str, AsyncWebhooks] = field(default_factory=dict)
    """By account id."""
    _lent: dict[tuple[str, str], AsyncLinkDesk] = field(default_factory=dict)
    _turns: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @property
    def desk(self) -> AsyncLinkDesk:
        """The page's desk."""
        return next(iter(self.desks.values()))

    def desk_of(self, account: str, owner: str) -> AsyncLinkDesk:
        """The desk for an owner's links."""
        found = self._lent.get((account, owner))
        if found is None:
            if len(self._lent) >= _LENT:
                self._lent.clear()
            found = self._lent[account, owner] = self.desks[account].as_owner(owner)
        return found

    def secret(self, purpose: str, account: str | None = None) -> bytes:
        """A key for one purpose, made of the app's secret: the same in every process, gone when it is changed."""
        desk = self.desk if account is None else self.desks[account]
        return service_secret(desk.settings.credentials, purpose)

    def turn(self, account: str, owner: str, key: str) -> asyncio.Lock:
        """What requests with one key hold in turn; forgotten when nobody does."""
        name = (account, owner, key)
        found = self._turns.get(name)
        if found is None:
            found = self._turns[name] = asyncio.Lock()
        return found

    def wake(self) -> None:
        """Something is to be done now."""
        for sweeper in self.sweepers:
            sweeper.wake()
