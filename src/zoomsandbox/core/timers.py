"""What shall happen later on the sandbox's clock: late commits, retries, meetings that end. Knows none of them.

A clock that runs wakes them by itself. A clock that is moved (see `Timers.move`) stops at each due instant on its way,
so that a leap of an hour shows everything at the time at which it was due, in order.
"""

from __future__ import annotations

import heapq
import itertools
import traceback
from inspect import isawaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from zoomsandbox.core.clock import Clock

# The machine's timers may wake a little early; a running clock is asked again after this many seconds at most
_LONGEST_NAP = 3600.0


class Timer:
    """One thing to come. `due` is an instant of the sandbox's clock, in seconds since the epoch."""

    __slots__ = ("action", "cancelled", "due")

    def __init__(self, due: float, action: Callable[[], Awaitable[object] | None]) -> None:
        self.due = due
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """It shall not happen after all; too late does no harm."""
        self.cancelled = True


class Timers:
    """All things to come, the next first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Timer]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._nap: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._target: float | None = None
        clock.watchers.append(self._stir)

    def at(self, due: float, action: Callable[[], Awaitable[object] | None]) -> Timer:
        """Do `action` when the clock shows `due`. It should be short; what takes long starts a task of its own."""
        timer = Timer(due, action)
        heapq.heappush(self._heap, (due, next(self._order), timer))
        self._stir()
        return timer

    def after(self, seconds: float, action: Callable[[], Awaitable[object] | None]) -> Timer:
        """Do `action` so many seconds of the sandbox's clock from now."""
        return self.at(self._clock.now() + seconds, action)

    def __len__(self) -> int:
        return sum(not timer.cancelled for _, _, timer in self._heap)

    @property
    def due(self) -> bool:
        """Whether anything should have happened by now."""
        return bool(self._heap) and self._heap[0][0] <= self._clock.now()

    async def run_due(self) -> None:
        """Do what should have happened by now. Nothing when it is being done already."""
        if self._target is None and self.due:
            await self._travel(self._clock.now(), leap=False)

    async def move(self, target: float) -> None:
        """Set the clock to `target`; on a way forward it stops at each due instant."""
        if self._target is not None:  # asked by what just happens: that journey goes on to the new place
            self._target = target
        else:
            await self._travel(target, leap=True)

    async def _travel(self, target: float, *, leap: bool) -> None:
        self._target = target
        try:
            while self._heap and self._heap[0][0] <= self._target:
                due, _, timer = heapq.heappop(self._heap)
                if timer.cancelled:
                    continue
                if due > self._clock.now():
                    self._clock.set(due)
                await _carry_out(timer)
                leap = leap or self._target != target
            if leap:
                self._clock.set(self._target)
        finally:
            self._target = None
            self._stir()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on wake up in `loop` while the clock runs."""
        self._loop = loop
        self._stir()

    def detach(self) -> None:
        """Wake up no more."""
        self._loop = None

    def reset(self) -> None:
        """Nothing is to come."""
        self._heap.clear()

    def _stir(self) -> None:
        # Also called from a test's own thread, which moves the clock of a sandbox in another
        if self._loop is not None and self._heap and self._target is None:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._nap is not None:
            self._nap.cancel()
            self._nap = None
        if self._loop is None or not self._heap or self._target is not None:
            return
        wait = self._heap[0][0] - self._clock.now()
        if wait <= 0:
            if self._task is None or self._task.done():
                self._task = self._loop.create_task(self.run_due())
        elif not self._clock.frozen:
            self._nap = self._loop.call_later(min(wait, _LONGEST_NAP), self._wake)


async def _carry_out(timer: Timer) -> None:
    try:
        done = timer.action()
        if isawaitable(done):
            await done
    except Exception:  # noqa: BLE001 - nobody waits for it; the person must see it, the others must still happen
        traceback.print_exc()
