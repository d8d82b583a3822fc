"""Several hands on many links at once: threads that take each link as far as it goes. No decisions about links.

What is due first is taken first; a link that has to wait goes back until its time. The pace is the ledger's affair, so
that any number of crews keep one rate together; enough hands hide how long Zoom takes to answer.
"""

from __future__ import annotations

import heapq
import math
import os
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from zoomlink.batches.flows import FINAL
from zoomlink.errors import ZoomLinkError
from zoomlink.links.rules import Call
from zoomlink.links.steps import LinkFlow, fetched
from zoomlink.links.transitions import utc
from zoomlink.model import LinkState
from zoomlink.zoom.flow import Moment, Now
from zoomlink.zoom.limits import Label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from zoomlink.links.desk import LinkDesk
    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import LinkRow

__all__ = ["Crew", "Progress", "Work"]

Work: TypeAlias = "Callable[[LinkRow, Rules, Call], LinkFlow[LinkRow]]"
"""What is done with a link."""

LATENCY = 0.75
"""Seconds that Zoom may take to answer while all of the rate is used."""
MOST_HANDS = 48
UNPACED_HANDS = 16
NAP = 0.05
"""Seconds after which a link is looked at again whose turn came too late."""
LAST_CALLS = 20.0
"""Seconds that what was begun is given to come to its end; what takes longer is found out by the next run."""
LOOK = 0.2
"""Seconds between looks at how it goes; more where there are very many links."""
_EVERYBODYS = frozenset({"credentials", "configuration", "ledger", "missing-scope"})
"""Slugs of errors that concern all links."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    total: int
    done: int
    states: Mapping[str, int]
    per_second: float = 0.0
    """Links that were finished, in the last seconds."""
    seconds_left: float | None = None
    """At that rate; None when nothing can be said."""
    parked_until: datetime | None = None
    """When the first of the links that wait for a new day goes on, where nothing else is left to do."""
    next_due: datetime | None = None
    """When something can be done again, where nothing can be done now."""


class Crew:
    """Works on links until nothing is left to do, or nothing can be done for a while.

    `every`: the work is to be done on links that are ready too, until they are no more. `hands`: how many at once, by
    default as many as the rate needs.
    """

    def __init__(
        self, desk: LinkDesk, rules: Rules, links: Iterable[LinkRow], work: Work, *, hands: int = 0, every: bool = False
    ) -> None:
        self.desk = desk
        self.rules = rules
        self.rows: dict[str, LinkRow] = {row.id: row for row in links}
        self._work = work
        self._over = FINAL - {LinkState.READY} if every else FINAL
        self._hands = hands or hands_for(rules)
        self._look = max(LOOK, len(self.rows) / 50_000)
        self._turn = threading.Condition()
        self._queue: list[tuple[int, int, str]] = []
        self._open = 0
        self._stopped = False
        self._failure: BaseException | None = None
        self._finished: deque[float] = deque()
        self._order = {row.id: at for at, row in enumerate(sorted(self.rows.values(), key=lambda one: one.start_at))}
        for row in self.rows.values():
            if not self._is_done(row):
                self._put(row.id, 0 if every else row.due_at or 0)

    def run(self, tell: Callable[[Progress], None], *, patience: float, tidy: Callable[[], None] | None = None) -> None:
        """Work until all is done; or until for `patience` seconds nothing can be done, or nothing gets finished.

        `tell` hears how it goes, about five times a second; `tidy` is called when nothing is left to do. Raises
        AuthenticationError, ConfigurationError and LedgerError; what was begun stays in the ledger.
        """
        hands = [threading.Thread(target=self._hand, daemon=True) for _ in range(min(self._hands, len(self._queue)))]
        for hand in hands:
            hand.start()
        try:
            last, since = -1, time.monotonic()
            while any(hand.is_alive() for hand in hands):
                with self._turn:
                    self._turn.wait(self._look)
                progress = self.progress()
                tell(progress)
                if progress.done != last:
                    last, since = progress.done, time.monotonic()
                if self._is_stuck(time.monotonic() - since, patience):
                    break
        finally:
            self.stop()
            end = time.monotonic() + LAST_CALLS
            for hand in hands:
                hand.join(max(end - time.monotonic(), 0.01))
        if self._failure is not None:
            raise self._failure
        if tidy is not None:
            tidy()
        tell(self.progress())

    def stop(self) -> None:
        """Take up nothing more."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()

    def progress(self) -> Progress:
        """How far it is."""
        now = self._now()
        with self._turn:
            rows = list(self.rows.values())
            ticks = time.monotonic()
            while self._finished and self._finished[0] < ticks - 10:
                self._finished.popleft()
            recent = list(self._finished)
            due = self._queue[0][0] if self._queue and not self._open else None
        done = sum(self._is_done(row) for row in rows)
        span = max(ticks - recent[0], 1.0) if recent else 1.0
        rate = len(recent) / span
        waiting = [row for row in rows if not self._is_done(row)]
        parked = [row.due_at or 0 for row in waiting if row.state == "parked"]
        all_parked = bool(waiting) and len(parked) == len(waiting)
        left = None if all_parked or not rate else (len(waiting) - len(parked)) / rate
        return Progress(
            len(rows),
            done,
            dict(sorted(Counter(row.state for row in rows).items())),
            rate,
            left,
            utc(min(parked)) if all_parked else None,
            utc(due) if due is not None and due > now else None,
        )

    def _is_done(self, row: LinkRow) -> bool:
        return row.state in self._over and row.wish is None

    def _now(self) -> int:
        return int(self.desk.run(_present()) * 1000)

    def _is_stuck(self, still: float, patience: float) -> bool:
        with self._turn:
            if self._open or not self._queue:
                return still > patience + 60 and bool(self._queue)
            wait = (self._queue[0][0] - self._now()) / 1000
        return wait > patience or (still > patience and wait > 0)

    def _put(self, link: str, due: int) -> None:
        heapq.heappush(self._queue, (due, self._order[link], link))

    def _hand(self) -> None:
        try:
            while (link := self._next()) is not None:
                row = self._advanced(self.rows[link])
                with self._turn:
                    self._open -= 1
                    moved = row.version != self.rows[link].version
                    self.rows[link] = row
                    if self._is_done(row):
                        self._finished.append(time.monotonic())
                    else:
                        nap = self._now() + int(NAP * 1000) * (1 if moved else 2)
                        self._put(link, max(row.due_at or 0, nap))
                    self._turn.notify_all()
        except BaseException as error:  # noqa: BLE001 - raised where somebody hears it
            with self._turn:
                self._failure = self._failure or error
                self._stopped = True
                self._turn.notify_all()

    def _next(self) -> str | None:
        """The link that is due; waits for it. None when all is done, or it was stopped."""
        with self._turn:
            while not self._stopped:
                if not self._queue and not self._open:
                    self._turn.notify_all()
                    return None
                wait = LOOK if not self._queue else (self._queue[0][0] - self._now()) / 1000
                if self._queue and wait <= 0:
                    self._open += 1
                    return heapq.heappop(self._queue)[2]
                self._turn.wait(min(wait, LOOK))
        return None

    def _advanced(self, row: LinkRow) -> LinkRow:
        try:
            return self.desk.run(self._work(row, self.rules, Call(os.urandom(8).hex())))
        except ZoomLinkError as error:
            if error.slug in _EVERYBODYS:
                raise
            return self.desk.run(fetched(row.id))  # it says itself what became of it


def hands_for(rules: Rules) -> int:
    """How many links have to be on their way at once, so that all of the allowed rate is used."""
    per_second = rules.per_second(Label.MEDIUM)
    if per_second is None:
        return UNPACED_HANDS
    return min(max(math.ceil(per_second * LATENCY) + 4, 4), MOST_HANDS)


def _present() -> LinkFlow[float]:
    moment: Moment = yield Now()
    return moment.wall.timestamp()
