"""Batches at the service: the engine is made for threads, so each run has one; whoever watches is told from there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from zoomlink.batches.engine import BatchDesk
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
_KEPT = 4
"""Batches that are kept at hand after somebody looked at them."""
_BEAT = 10.0
"""Seconds between signs of life to whoever watches."""
_LOOK = 1.0
_THREADS = 4


@dataclass
class _Run:
    task: asyncio.Task[None]
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    told: dict[str, Any] = field(default_factory=dict)


class BatchRuns:
    """The batches of one account. `desk` is the service's own; a sync one over the same ledger does the work."""

    def __init__(self, desk: AsyncLinkDesk) -> None:
        self._settings = desk.settings
        self._store = desk.store
        self._rules = desk.rules
        self._whole: LinkDesk | None = None
        self._runs: dict[str, _Run] = {}
        self._seen: OrderedDict[tuple[str, str], OpenBatch] = OrderedDict()
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._running = anyio.CapacityLimiter(_THREADS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def desk(self, owner: str) -> BatchDesk:
        """The engine for an owner's batches. To be used in a thread."""
        if self._whole is None:
            self._whole = LinkDesk(self._settings, store=self._store, rules=self._rules)
        return BatchDesk(self._whole.as_owner(owner))

    async def do(self, work: Callable[[], T]) -> T:
        """Do something in a thread, to its end. A few at a time: a file takes memory."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    async def opened(self, owner: str, name: str) -> OpenBatch:
        """A batch as it is now. Raises ZoomLinkError (``not-found``)."""
        known = self._seen.pop((owner, name), None)
        if known is None:
            found = await self.do(lambda: self.desk(owner).open(name))
        else:
            found = await self.do(lambda: self.desk(owner).refresh(known))
        self.keep(owner, found)
        return found

    def keep(self, owner: str, batch: OpenBatch) -> None:
        """Have it at hand for whoever asks next."""
        self._seen[owner, batch.id] = batch
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)

    # -- runs ----------------------------------------------------------------------------------------------------------

    async def go_on(self) -> None:
        """Go on with the batches that were running when the process ended."""
        rows = await self.do(lambda: self.desk("").running())
        for row in rows:
            self.run(row.owner, row.id)

    def run(self, owner: str, name: str) -> None:
        """Let a batch run, unless it does."""
        if name not in self._runs and not self._stopping:
            self._loop = asyncio.get_running_loop()
            task = asyncio.create_task(self._keep_running(owner, name), name=f"zoomlink batch {name}")
            self._runs[name] = _Run(task)
            task.add_done_callback(lambda _: self._over(name))

    def _over(self, name: str) -> None:
        run = self._runs.pop(name, None)
        if run is not None:
            run.changed.set()  # whoever watches looks once more, and sees that it is done

    async def _keep_running(self, owner: str, name: str) -> None:
        while not self._stopping:
            pause = _AGAIN
            try:
                work = partial(self._run_once, owner, name)
                state = await anyio.to_thread.run_sync(work, limiter=self._running, abandon_on_cancel=True)
                if state != "running":
                    return
            except LedgerError as error:
                _log.warning("batch waits batch=%s: %s", name, error.slug)
                pause = _TROUBLE
            except ZoomLinkError as error:
                _log.warning("batch waits batch=%s: %s", name, error.slug)
                if error.slug == "not-found":
                    return
            except Exception:  # noqa: BLE001 - a batch that fails must not end in silence
                _log.exception("batch failed batch=%s", name)
                return
            await asyncio.sleep(pause)

    def _run_once(self, owner: str, name: str) -> str:
        desk = self.desk(owner)
        batch = desk.open(name)
        last = 0.0

        def tell(progress: Progress) -> None:
            nonlocal last
            if self._stopping:
                raise _StoppedError
            now = time.monotonic()
            if now - last >= _LOOK or progress.done == progress.total:
                last = now
                self._tell(name, _told(progress))

        try:
            return desk.run(batch, tell).row.state
        except _StoppedError:
            return "stopped"

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
            batch = await self.opened(owner, name)
            run = self._runs.get(name)
            yield {**batch.view().to_dict(), **(run.told if run is not None else {})}
            if batch.row.state in {"done", "cancelled"}:
                return
            try:
                async with asyncio.timeout(_BEAT if run is not None else 2 * _LOOK):
                    await (run.changed if run is not None else asyncio.Event()).wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Let what runs come to its end: it goes on with the next process."""
        self._stopping = True
        for run in self._runs.values():
            run.changed.set()

    async def aclose(self) -> None:
        """Wait for that, for a while."""
        self.stop()
        tasks = [run.task for run in self._runs.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=10)
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
