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
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from zoomlink.links.desk import LinkDesk
    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import LinkRow

__all__ = ["Crew", "Progress", "Work"]

Work: TypeAlias = "Callable[[Sequence[LinkRow], Rules, Call], LinkFlow[list[LinkRow]]]"
"""What is done with links: with one, or with several of one host, which one list of its meetings may serve."""

LATENCY = 0.75
"""Seconds that Zoom may take to answer while all of the rate is used."""
MOST_HANDS = 48
UNPACED_HANDS = 16
NAP = 0.05
"""Seconds after which a link is looked at again whose turn came too late."""
LAST_CALLS = 20.0
"""Seconds that what was begun is given to come to its end; what takes longer is found out by the next run."""
LOOK = 0.2
"""Seconds between looks at how it goes, more where there are very many links; and between looks at what another process
is sending."""
TOGETHER = 50
"""Links of one host that are dealt with together where a list of its meetings tells what became of them."""
_LISTED = frozenset({LinkState.SENDING, LinkState.UNKNOWN})
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
        self._every = every
        self._over = FINAL - {LinkState.READY} if every else FINAL
        self._hands = hands or hands_for(rules)
        self._look = max(LOOK, len(self.rows) / 50_000)
        self._turn = threading.Condition()
        self._queue: list[tuple[int, int, str]] = []
        self._due: dict[str, int] = {}
        """When each link that waits is due; entries of the queue that say otherwise are out of date."""
        self._of_host: dict[str, set[str]] = {}
        """Those among them that a list of their host's meetings will tell of."""
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
        hands = [threading.Thread(target=self._hand, daemon=True) for _ in range(min(self._hands, len(self._due)))]
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
            busy = self._open or any(self._with_others(row) for row in rows)
            due = None if busy else self._first()
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

    def _with_others(self, row: LinkRow) -> bool:
        """True for a link that another process is sending, or a dead one was."""
        return row.state == LinkState.SENDING

    def _now(self) -> int:
        return int(self.desk.run(_present()) * 1000)

    def _is_stuck(self, still: float, patience: float) -> bool:
        with self._turn:
            due = self._first()
            if self._open or due is None:
                return still > patience + 60 and due is not None
            wait = (due - self._now()) / 1000
        return wait > patience or (still > patience and wait > 0)

    def _put(self, link: str, due: int) -> None:
        self._due[link] = due
        heapq.heappush(self._queue, (due, self._order[link], link))
        row = self.rows[link]
        if row.state in _LISTED:
            self._of_host.setdefault(row.host, set()).add(link)

    def _first(self) -> int | None:
        """When the first link that waits is due; None where none does."""
        while self._queue and self._due.get(self._queue[0][2]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def _taken(self, now: int) -> list[str]:
        """The first link that waits, and others of its host that one list of meetings will serve."""
        first = self._queue[0][2]
        row = self.rows[first]
        group = [first]
        if row.state in _LISTED and not self._every:
            there = sorted(link for link in self._of_host.get(row.host, ()) if self._due.get(link, now + 1) <= now)
            group += [link for link in there if link != first][: TOGETHER - 1]
        for link in group:
            del self._due[link]
            self._of_host.get(self.rows[link].host, set()).discard(link)
        return group

    def _hand(self) -> None:
        try:
            while (group := self._next()) is not None:
                rows = self._advanced([self.rows[link] for link in group])
                with self._turn:
                    self._open -= 1
                    for row in rows:
                        self._back(row)
                    self._turn.notify_all()
        except BaseException as error:  # noqa: BLE001 - raised where somebody hears it
            with self._turn:
                self._failure = self._failure or error
                self._stopped = True
                self._turn.notify_all()

    def _back(self, row: LinkRow) -> None:
        """A link comes back from a hand: it is done, or waits for its time."""
        moved = row.version != self.rows[row.id].version
        self.rows[row.id] = row
        if self._is_done(row):
            self._finished.append(time.monotonic())
        else:
            now = self._now()
            nap = now + int(NAP * 1000) * (1 if moved else 2)
            # Whoever is sending it will be done long before the end of the lease, at which it is due.
            look = now + int(LOOK * 1000) if self._with_others(row) else 2**62
            self._put(row.id, max(min(row.due_at or 0, look), nap))

    def _next(self) -> list[str] | None:
        """What is due; waits for it. None when all is done, or it was stopped."""
        with self._turn:
            while not self._stopped:
                due = self._first()
                if due is None and not self._open:
                    self._turn.notify_all()
                    return None
                now = self._now()
                if due is not None and due <= now:
                    self._open += 1
                    return self._taken(now)
                self._turn.wait(LOOK if due is None else min((due - now) / 1000, LOOK))
        return None

    def _advanced(self, rows: list[LinkRow]) -> list[LinkRow]:
        try:
            rows = [self.desk.run(fetched(row.id)) if self._with_others(row) else row for row in rows]
            return self.desk.run(self._work(rows, self.rules, Call(os.urandom(8).hex())))
        except ZoomLinkError as error:
            if error.slug in _EVERYBODYS:
                raise
            return [self.desk.run(fetched(row.id)) for row in rows]  # they say themselves what became of them


def hands_for(rules: Rules) -> int:
    """How many links have to be on their way at once, so that all of the allowed rate is used."""
    per_second = rules.per_second(Label.MEDIUM)
    if per_second is None:
        return UNPACED_HANDS
    return min(max(math.ceil(per_second * LATENCY) + 4, 4), MOST_HANDS)


def _present() -> LinkFlow[float]:
    moment: Moment = yield Now()
    return moment.wall.timestamp()
