"""Runs a worker for some accounts: a sweeper for each ledger of one machine, an engine for each PostgreSQL, until told
to stop. Which accounts, and how its lines look, is the command's affair.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Protocol

from zoomlink.links.async_desk import AsyncLinkDesk
from zoomlink.store.opening import open_store
from zoomlink.webhooks import AsyncWebhooks
from zoomlink.worker.sweeping import Chore, Sweeper, SweeperState, sounds
from zoomlink.worker.telling import LOGGER, tell, told_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from zoomlink.config import Settings
    from zoomlink.links.rules import Rules
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["sweep_once", "work"]

_SHARED = ("postgresql://", "postgres://")

INBOX = 2.0
"""Seconds between looks into the inbox of Zoom's events."""
ALIVE = 5.0
"""Seconds between touches of the file that says that the worker is alive."""


class _Runner(Protocol):
    @property
    def state(self) -> SweeperState: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def work(
    accounts: Sequence[Settings],
    *,
    concurrency: int = 8,
    alive: Path | None = None,
    rules: Sequence[Rules] | None = None,
    policy: RetryPolicy | None = None,
) -> None:
    """Go on with the due links of all `accounts` until the process is told to stop (SIGTERM, SIGINT); then wait a while
    for what is in flight. A second signal ends it at once.

    `concurrency`: links of an account at the same time. `alive`: a file that is touched every few seconds as long as
    all is running, for whoever watches. `rules` and `policy` as for a desk. Raises LedgerError and ConfigurationError
    when it cannot begin.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_told)
    async with AsyncExitStack() as stack:
        runners = _runners(await _desks(stack, accounts, rules, policy), concurrency)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _heard, stop, number)
            stack.callback(loop.remove_signal_handler, number)
        try:
            for runner in runners:
                await runner.start()
            tell("worker ready", accounts=len(accounts), concurrency=concurrency)
            await _watched(stop, runners, alive)
        finally:
            await asyncio.gather(*(runner.stop() for runner in runners))
    tell("worker stopped")


async def sweep_once(accounts: Sequence[Settings], *, concurrency: int = 8) -> int:
    """Go on with what is due now, and apply what the inbox of Zoom's events holds; return how many links were due.

    Raises what concerns all links: LedgerError, AuthenticationError, ConfigurationError.
    """
    async with AsyncExitStack() as stack:
        desks = await _desks(stack, accounts, None, None)
        for desk in desks:
            while await AsyncWebhooks(desk).work():
                pass
        return sum([await Sweeper(desk, concurrency=concurrency).once() for desk in desks])


async def _desks(
    stack: AsyncExitStack, accounts: Iterable[Settings], rules: Sequence[Rules] | None, policy: RetryPolicy | None
) -> list[AsyncLinkDesk]:
    """Open a desk for each account; those of one database share a ledger."""
    stores = {}
    desks = []
    for at, settings in enumerate(accounts):
        url = settings.database.reveal()
        if url not in stores:
            stores[url] = await asyncio.to_thread(open_store, settings.database)
            stack.callback(stores[url].close)
        desk = AsyncLinkDesk(settings, store=stores[url], rules=rules[at] if rules else None, policy=policy)
        desks.append(await stack.enter_async_context(desk))
    return desks


def _runners(desks: Sequence[AsyncLinkDesk], concurrency: int) -> list[_Runner]:
    found: list[_Runner] = []
    shared: dict[str, list[AsyncLinkDesk]] = {}
    for desk in desks:
        url = desk.settings.database.reveal()
        if url.startswith(_SHARED):
            shared.setdefault(url, []).append(desk)
        inbox = Chore("webhooks", AsyncWebhooks(desk).work, every=INBOX)  # what others received
        found.append(Sweeper(desk, concurrency=concurrency, chores=[inbox], sweep=not url.startswith(_SHARED)))
    for together in shared.values():
        from zoomlink.worker.engine import Engine  # 200 ms, for those who have PostgreSQL

        found.append(Engine(together, together[0].settings.database, concurrency=concurrency))
    return found


async def _watched(stop: asyncio.Event, runners: Sequence[_Runner], alive: Path | None) -> None:
    while not stop.is_set():
        if alive is not None and all(runner.state.running for runner in runners):
            try:
                await asyncio.to_thread(alive.touch)
            except OSError as error:
                tell("cannot touch", logging.WARNING, file=alive, **told_of(error))
        await sounds(stop, ALIVE)


def _heard(stop: asyncio.Event, number: int) -> None:
    if stop.is_set():
        raise KeyboardInterrupt  # asked twice: at once
    tell("stopping", signal=signal.Signals(number).name)
    stop.set()


def _told(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Tell what a task of a library left behind, without what it says: it may be anything."""
    error = context.get("exception")
    told = told_of(error) if isinstance(error, BaseException) else {"error": "unexpected"}
    LOGGER.log(logging.WARNING, "task failed %s", " ".join(f"{name}={value}" for name, value in told.items()))
