"""Batches at the service: the engine is made for threads, so each run has one; whoever watches is told from there."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from zoomlink.batches.crew import LAST_CALLS
from zoomlink.batches.engine import BatchDesk
from zoomlink.batches.flows import FINAL
from zoomlink.errors import LedgerError, ZoomLinkError
from zoomlink.links.desk import LinkDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from zoomlink import AsyncLinkDesk
    from zoomlink.batches.crew import Progress
    from zoomlink.batches.engine import OpenBatch

T = TypeVar("T")

__all__ = ["BatchRuns"]

_log = logging.getLogger("zoomlink.batches")
_AGAIN = 30.0
"""Seconds after which a run that could do nothing more for now is tried again."""
_TROUBLE = 5.0
_MOST_TROUBLE = 300.0
_KEPT = 4
"""Batches that are kept at hand after somebody looked at them."""
_BEAT = 10.0
"""Seconds between signs of life to whoever watches."""
_LOOK = 1.0
_THREADS = 4
_CANCELLING = 2
"""Batches that are taken back at the same time."""
_GOING = frozenset({"running", "cancelling"})
_OVER = frozenset({"done", "cancelled"})
_TOLD = 100
"""Problems that whoever watches is told of; the batch itself has all."""


@dataclass
class _Run:
    task: asyncio.Task[None] | None = None
    waiting: bool = False
    """For its turn: nothing of it is in a thread."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    told: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Seen:
    batch: OpenBatch | None = None
    at: float = -math.inf
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class BatchRuns:
    """The batches of one account. `desk` is the service's own; a sync one over the same ledger does the work."""

    def __init__(self, desk: AsyncLinkDesk) -> None:
        self._settings = desk.settings
        self._store = desk.store
        self._rules = desk.rules
        self._whole: LinkDesk | None = None
        self._runs: dict[str, _Run] = {}
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._running = anyio.CapacityLimiter(_THREADS)
        self._cancelling = anyio.CapacityLimiter(_CANCELLING)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._stopped = asyncio.Event()
        self.watchers = 0
        """How many wait for news of a batch."""
        self.troubles = 0
        """How often a run ended in a way that nobody foresaw."""
        self.pauses: dict[str, float] = {}
        """Batches that can do nothing for now, and for how many seconds."""

    def desk(self, owner: str) -> BatchDesk:
        """The engine for an owner's batches. To be used in a thread."""
        if self._whole is None:
            self._whole = LinkDesk(self._settings, store=self._store, rules=self._rules)
        return BatchDesk(self._whole.as_owner(owner))

    async def do(self, work: Callable[[], T]) -> T:
        """Do something in a thread, to its end. A few at a time: a file takes memory."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    async def opened(self, owner: str, name: str, *, age: float = 0.0) -> OpenBatch:
        """A batch as it is now, or was `age` seconds ago. Raises ZoomLinkError (``not-found``)."""
        row = await self.do(lambda: self.desk(owner).row(name))
        seen = self._place(name)
        async with seen.turn:  # one at a time: a file is read once, however many watch
            known = seen.batch
            if known is not None and time.monotonic() - seen.at <= age:
                return known
            desk = self.desk(row.owner)
            seen.batch = await self.do(lambda: desk.open(name) if known is None else desk.refresh(known))
            seen.at = time.monotonic()
            return seen.batch

    def keep(self, batch: OpenBatch) -> None:
        """Have it at hand for whoever asks next."""
        self._place(batch.id).batch = batch

    def _place(self, name: str) -> _Seen:
        seen = self._seen.setdefault(name, _Seen())
        self._seen.move_to_end(name)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return seen

    # -- runs ----------------------------------------------------------------------------------------------------------

    async def go_on(self) -> None:
        """Go on with the batches that were running, or being cancelled, when the process ended."""
        rows = await self.do(lambda: self.desk("").running())
        for row in rows:
            self.run(row.owner, row.id)

    async def start(self, batch: OpenBatch, *, limit: int = 0) -> bool:
        """Let a batch run, once the ledger has it; from then on it does, whatever happens to this process. False, and
        nothing is started, when its links are more than a day's `limit` has room for.
        """
        if not await self.do(lambda: self.desk(batch.row.owner).start(batch, limit=limit)):
            return False
        if batch.row.state in _GOING:
            self.run(batch.row.owner, batch.id)
        return True

    async def cancel(self, owner: str, name: str) -> OpenBatch:
        """Take a batch back: nothing more is made, and what was is deleted from now on. Raises ZoomLinkError
        (``not-found``).
        """
        row = await self.do(lambda: self.desk(owner).row(name))
        moved = await self.do(lambda: self.desk(row.owner).begin_to_cancel(name))
        if moved is not None and moved.state == "cancelling":
            run = self._runs.get(name)
            if run is not None and run.waiting and run.task is not None:
                del self._runs[name]  # it need not wait for a turn to run
                run.task.cancel()
            self.run(row.owner, name)
        return await self.opened(owner, name)

    def run(self, owner: str, name: str) -> None:
        """Let a batch go on; one that waits for its time looks at once whether something is to be done."""
        if self._stopping:
            return
        there = self._runs.get(name)
        if there is not None:
            there.woken.set()
            return
        self._loop = asyncio.get_running_loop()
        run = self._runs[name] = _Run()
        run.task = asyncio.create_task(self._keep_running(run, owner, name), name=f"zoomlink batch {name}")
        run.task.add_done_callback(lambda _: self._over(name, run))

    def _over(self, name: str, run: _Run) -> None:
        if self._runs.get(name) is run:
            del self._runs[name]
        if (seen := self._seen.get(name)) is not None:
            seen.at = -math.inf
        run.changed.set()  # whoever watches looks once more, and sees that it is done

    async def _keep_running(self, run: _Run, owner: str, name: str) -> None:
        trouble, state = _TROUBLE, ""
        while not self._stopping:
            pause, run.waiting = _AGAIN, True
            run.woken.clear()
            try:
                row = await self.do(lambda: self.desk(owner).row(name))
                limiter = self._cancelling if row.state == "cancelling" else self._running
                before = row.state
                work = partial(self._run_once, run, owner, name)
                state, due = await anyio.to_thread.run_sync(work, limiter=limiter, abandon_on_cancel=True)
                if state not in _GOING:
                    return
                trouble = _TROUBLE
                if state != before:
                    continue
                if due is not None:
                    pause = max((due - datetime.now(UTC)).total_seconds(), 1.0)
            except LedgerError as error:
                _log.warning("batch waits batch=%s: %s", name, error.slug)
                pause = _TROUBLE
            except ZoomLinkError as error:
                _log.warning("batch waits batch=%s: %s", name, error.slug)
                if error.slug == "not-found":
                    return
            except Exception:  # noqa: BLE001 - it must neither end in silence nor stay as it is for ever
                _log.exception("batch failed batch=%s", name)
                pause, trouble = trouble, min(2 * trouble, _MOST_TROUBLE)
                self.troubles += 1
            finally:
                run.waiting = False
            self.pauses[name] = pause
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await run.woken.wait()
            finally:
                self.pauses.pop(name, None)

    def _run_once(self, run: _Run, owner: str, name: str) -> tuple[str, datetime | None]:
        """As far as it goes now: its state then, and when it goes on, where all of it waits for that."""
        run.waiting = False
        desk = self.desk(owner)
        last = 0.0

        def tell(progress: Progress) -> None:
            nonlocal last
            self._go_on_or_stop()
            now = time.monotonic()
            if now - last >= _LOOK or progress.done == progress.total:
                last = now
                self._tell(name, _told(progress))

        try:
            if desk.row(name).state == "cancelling":
                row = desk.go_on_cancelling(name, tell)
                return ("cancelled" if row is None else row.state), None
            done = desk.run(desk.open(name), tell, recorded=lambda *_: self._go_on_or_stop())
        except _StoppedError:
            return "stopped", None
        waiting = [row for row in done.links.values() if row.state not in FINAL or row.wish is not None]
        all_parked = bool(waiting) and all(row.state == "parked" for row in waiting)
        return done.row.state, done.view().parked_until if all_parked else None

    def _go_on_or_stop(self) -> None:
        if self._stopping:
            raise _StoppedError

    def _tell(self, name: str, told: dict[str, Any]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._set, name, told)

    def _set(self, name: str, told: dict[str, Any]) -> None:
        run = self._runs.get(name)
        if run is not None:
            run.told = told
            run.changed.set()
            run.changed = asyncio.Event()

    async def watch(self, owner: str, name: str) -> AsyncIterator[dict[str, Any]]:
        """How a batch goes, again and again, until it is over; also one that another process runs."""
        while not self._stopping:
            batch = await self.opened(owner, name, age=_LOOK / 2)
            run = self._runs.get(name)
            told = batch.view().to_dict()
            told |= {"problems": told["problems"][:_TOLD], "problem_count": len(told["problems"])}
            yield {**told, **(run.told if run is not None else {})}
            if batch.row.state in _OVER:
                return
            self.watchers += 1
            try:
                async with asyncio.timeout(_BEAT if run is not None else 2 * _LOOK):
                    await (run.changed if run is not None else self._stopped).wait()
            except TimeoutError:
                continue
            finally:
                self.watchers -= 1

    def stop(self) -> None:
        """Let what runs come to its end: it goes on with the next process."""
        self._stopping = True
        self._stopped.set()
        for run in self._runs.values():
            run.changed.set()
            run.woken.set()

    async def aclose(self) -> None:
        """Wait for that, for as long as what was begun may take."""
        self.stop()
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for run in self._runs.values():
            if run.waiting and run.task is not None:
                run.task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_CALLS + 5)
        for task in tasks:
            task.cancel()
        if self._whole is not None:
            self._whole.zoom.close()


class _StoppedError(Exception):
    pass


def _told(progress: Progress) -> dict[str, Any]:
    return {
        "per_second": round(progress.per_second, 1),
        "seconds_left": None if progress.seconds_left is None else round(progress.seconds_left),
    }
