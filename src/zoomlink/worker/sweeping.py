"""The sweeper: goes on with the due links of one account by itself, inside a process that has an event loop (asyncio).

No decisions about links: those stand in the flows. What it is told to forget, or dies with, the ledger still knows.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Self

from zoomlink.errors import AuthenticationError, ConfigurationError
from zoomlink.links.advance import due_in, go_on, hand_out
from zoomlink.links.rules import Call
from zoomlink.links.sending import millis
from zoomlink.worker.parting import TOGETHER, looks_at_lists, parted, patience
from zoomlink.worker.telling import tell, told_of
from zoomlink.zoom.flow import Moment, Now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from types import TracebackType
    from typing import Any

    from zoomlink.links.async_desk import AsyncLinkDesk
    from zoomlink.links.steps import LinkFlow
    from zoomlink.store.rows import LinkRow

__all__ = ["Chore", "Sweeper", "SweeperState", "now_of", "sounds"]

IDLE = 1.0
"""Seconds between looks while nothing is due: other processes make links too, and say so nowhere but in the ledger."""
SOON = 0.2
"""Seconds between looks while a link is due that somebody else is being handed at this moment."""
DRAIN = 30.0
"""Seconds that stopping waits for what is in flight; longer than a call to Zoom takes."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something else that has to be done again and again."""

    name: str
    """For the log."""
    work: Callable[[], Awaitable[object]]
    """What is done; a true answer means that there is more of it, now."""
    every: float = 5.0
    """Seconds between the end of one turn and the next."""


class SweeperState(NamedTuple):
    """How a sweeper is doing."""

    running: bool
    busy: int
    """Parts of work in flight."""
    done: int
    """Links it went on with since it started."""
    failures: int
    """Failures in a row that concern all links; 0: all is well."""
    error: str | None
    """The slug or type of the last of them."""


class Sweeper:
    """Goes on with due links until it is stopped, several at once, and does chores on the way.

    `desk`: whose account. `concurrency`: links at the same time. `chores`: what else is to be done again and again.
    `idle`: seconds between looks at the ledger while nothing is due. `sweep` False: do only the chores.
    `told` is given each link that was gone on with, as it is then.

    Zoom's absence, a ledger out of reach and wrong credentials make it wait, longer and longer up to a minute, and go
    on; nothing ends it but :meth:`stop`.

        async with Sweeper(desk) as sweeper:
            …
            sweeper.wake()
    """

    def __init__(
        self,
        desk: AsyncLinkDesk,
        *,
        concurrency: int = 8,
        chores: Sequence[Chore] = (),
        idle: float = IDLE,
        watches: bool = True,
        sweep: bool = True,
        told: Callable[[LinkRow], object] = lambda row: None,  # noqa: ARG005 - whoever counts gives one
    ) -> None:
        self._told = told
        self._desk = desk
        self._rules = replace(desk.rules, batch=True)  # who waits for a link goes before us
        self._concurrency = max(concurrency, 1)
        self._chores = tuple(chores)
        self._idle = idle
        self._watches = watches
        self._sweeps = sweep
        self._hands = asyncio.Semaphore(self._concurrency)
        self._busy: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bells: list[asyncio.Event] = []
        self._stopping = asyncio.Event()
        self._limit = 0
        self._done = 0
        self._failures = 0
        self._trouble: Exception | None = None
        self._error: str | None = None
        self._refused = False
        """The set-up was at fault: that the ledger answers does not mend it, only a link that was gone on with."""

    @property
    def state(self) -> SweeperState:
        """How it is doing."""
        running = any(not loop.done() for loop in self._loops)
        return SweeperState(running, len(self._busy), self._done, self._failures, self._error)

    async def start(self) -> None:
        """Begin. Raises RuntimeError when it is running already."""
        if self._loops:
            raise RuntimeError("This sweeper is running already.")
        self._loop = asyncio.get_running_loop()
        self._stopping.clear()
        self._loops = [self._keep("sweep", self._sweep)] if self._sweeps else []
        self._loops += [self._keep(chore.name, self._do_chore, chore) for chore in self._chores]
        chores = ",".join(chore.name for chore in self._chores) or None
        told: dict[str, Any] = {"account": self._rules.account, "chores": chores}
        if self._sweeps:
            tell("sweeper started", **told, concurrency=self._concurrency)
        else:
            tell("chores started", **told)

    async def stop(self, patience: float = DRAIN) -> None:
        """Hand out nothing more, wait at most `patience` seconds for what is in flight, and end.

        What takes longer is let go of: the ledger knows of it, and whoever sweeps next goes on with it.
        """
        loops, self._loops = self._loops, []
        if not loops:
            return
        self._stopping.set()
        self.wake()
        end = asyncio.get_running_loop().time() + patience
        try:
            await _wait(loops, end)
            await _wait(self._busy, end)
        finally:
            left = [task for task in (*loops, *self._busy) if not task.done()]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            self._bells = []
        what = "sweeper stopped" if self._sweeps else "chores stopped"
        tell(what, account=self._rules.account, done=self._done, left=len(left))

    def wake(self) -> None:
        """Look now: there is something to do. May be called from any thread."""
        if self._loop is None or self._loop.is_closed():
            return
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._ring()
        else:
            self._loop.call_soon_threadsafe(self._ring)

    async def once(self) -> int:
        """Go on with what is due, until nothing is, and return how many links that were.

        Raises LedgerError, AuthenticationError and ConfigurationError, which concern all links.
        """
        before = self._done
        try:
            while (await self._round() or self._busy) and self._trouble is None:
                if self._busy:
                    await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await asyncio.gather(*self._busy)
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None
            raise trouble
        return self._done - before

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # -- loops ---------------------------------------------------------------------------------------------------------

    def _keep(
        self, name: str, work: Callable[..., Coroutine[Any, Any, None]], *arguments: object
    ) -> asyncio.Task[None]:
        bell = asyncio.Event()
        self._bells.append(bell)
        task = asyncio.create_task(work(bell, *arguments), name=f"zoomlink {name}")
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Say so when a loop ends that nobody stopped: it was cancelled from outside, since nothing else ends it."""
        if not self._stopping.is_set():
            tell("sweeper ended", logging.CRITICAL, account=self._rules.account, loop=task.get_name())

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    async def _sweep(self, bell: asyncio.Event) -> None:
        while not self._stopping.is_set():
            bell.clear()
            try:
                found = await self._round()
                pause = 0.0 if found else await self._until_due()
                if not (found or self._busy or self._refused):
                    self._well()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt may do better
                self._trouble = error
                pause = 0.0
            if self._trouble is not None:
                trouble, self._trouble = self._trouble, None
                self._failures += 1
                told = told_of(trouble)
                self._error = str(told["error"])
                self._refused = isinstance(trouble, AuthenticationError | ConfigurationError)
                pause = patience(self._failures)
                tell("sweep failed", logging.WARNING, account=self._rules.account, **told, again_in=pause)
                # Only time or a stop ends this wait: callers who come meanwhile make nothing better.
                await sounds(self._stopping, pause)
            elif pause:
                await sounds(bell, pause)

    async def _do_chore(self, bell: asyncio.Event, chore: Chore) -> None:
        failures = 0
        while not self._stopping.is_set():
            bell.clear()
            try:
                more = await chore.work()
            except Exception as error:  # noqa: BLE001 - a chore that fails once is tried again
                failures += 1
                pause = max(patience(failures), chore.every)
                tell("chore failed", logging.WARNING, chore=chore.name, **told_of(error), again_in=pause)
                await sounds(self._stopping, pause)
                continue
            failures = 0
            if not more:
                await sounds(bell, chore.every)

    # -- one turn ------------------------------------------------------------------------------------------------------

    async def _round(self) -> bool:
        """Take as many links as there are free hands, and let these go on with them; False when nothing was due."""
        while len(self._busy) >= self._concurrency:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
        if self._stopping.is_set():
            return False
        # While nothing works, one link is enough to see whether it does again.
        free = 1 if self._failures else self._concurrency - len(self._busy)
        flow = hand_out(self._rules, limit=max(free, self._limit), watches=self._watches)
        rows = await self._desk.run(flow)
        now = await self._desk.run(now_of())
        self._limit = TOGETHER if any(looks_at_lists(row, now) for row in rows) else 0
        for part in parted(rows, now):
            task = asyncio.create_task(self._go_on(part), name="zoomlink links")
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        return bool(rows)

    async def _go_on(self, part: Sequence[LinkRow]) -> None:
        async with self._hands:
            try:
                rows = await self._desk.run(go_on(part, self._rules, Call(os.urandom(8).hex())))
            except Exception as error:  # noqa: BLE001 - told, and waited for, by the loop
                self._trouble = error
                ids = ",".join(row.id for row in part)
                tell("links left", logging.WARNING, links=ids, **told_of(error))
                self._ring()
                return
        self._well()
        self._done += len(rows)
        for row in rows:
            tell("link done", link=row.id, state=row.state, attempt=row.attempt)
            self._told(row)

    def _well(self) -> None:
        self._failures, self._error, self._refused = 0, None, False

    async def _until_due(self) -> float:
        due = await self._desk.run(due_in(self._rules))
        return self._idle if due is None else min(max(due, SOON), self._idle)


def now_of() -> LinkFlow[int]:
    """The present, in milliseconds, by the clock that all users of the ledger share."""
    moment: Moment = yield Now()
    return millis(moment)


async def sounds(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def _wait(tasks: Sequence[asyncio.Task[None]] | set[asyncio.Task[None]], end: float) -> None:
    left = [task for task in tasks if not task.done()]
    if left:
        await asyncio.wait(left, timeout=max(end - asyncio.get_running_loop().time(), 0.0))
