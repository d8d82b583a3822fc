"""BatchDesk: batches over a LinkDesk, for the command and the service. Runs flows; every decision stands in them.

It may be used by several threads, one batch by one of them. A service that has an AsyncLinkDesk calls it in threads.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zoomlink.batches import finding, flows, forecasting, recording
from zoomlink.batches.columns import guessed
from zoomlink.batches.crew import Crew, Progress, Work
from zoomlink.batches.opened import BatchView, OpenBatch
from zoomlink.batches.reading import read_table
from zoomlink.batches.rows import Options, read_batch
from zoomlink.batches.table import FaultsError, Limits, text_of
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links.advance import go_on
from zoomlink.links.flows import cancel
from zoomlink.links.hosting import get_to_know
from zoomlink.model import LinkState
from zoomlink.store.batches import Batches, BatchFile, BatchRow
from zoomlink.zoom.flow import Moment, Now
from zoomlink.zoom.limits import BASIC_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from zoomlink.batches.plan import Forecast
    from zoomlink.batches.rows import Batch
    from zoomlink.batches.table import Fault
    from zoomlink.links.desk import LinkDesk
    from zoomlink.links.rules import Call, Rules
    from zoomlink.links.steps import LinkFlow
    from zoomlink.store.rows import LinkRow

__all__ = ["PATIENCE", "BatchDesk", "BatchView", "OpenBatch"]

LOOK = 2.0
"""Seconds between looks whether somebody took the batch back."""
AT_ONCE = 8
"""Hosts that are asked about at once."""
PATIENCE = 180.0
"""Seconds that a run waits when nothing can be done: longer than a lost answer takes to be settled."""


class BatchDesk:
    """Batches of the account and owner of a desk. Closing it is the desk's affair."""

    def __init__(self, desk: LinkDesk) -> None:
        self.desk = desk
        self.rules: Rules = flows.for_batches(desk.rules, desk.settings.batch_settle)

    def read(self, data: bytes, options: Options = Options()) -> Batch:  # noqa: B008 - a frozen value
        """Read a file. Raises InvalidInputError; faults of single rows are in the batch."""
        table = read_table(
            data,
            limits=options.limits,
            delimiter=options.delimiter,
            encoding=options.encoding,
            sheet=options.sheet,
        )
        return read_batch(table, self.rules, self.desk.run(_now()), options)

    def plan(self, batch: Batch, options: Options = Options(), *, look: bool = False) -> Forecast:  # noqa: B008
        """Plan a batch; nothing is stored. With `look`, Zoom is asked first what the hosts are busy with."""
        return self.desk.run(forecasting.forecast(batch, self.rules, options, look=look))

    def submit(
        self,
        data: bytes,
        *,
        name: str,
        options: Options = Options(),  # noqa: B008
        keep_file: bool = True,
    ) -> OpenBatch:
        """Remember a file as a batch, or find it again: the same rows are the same batch, whatever the file is called.

        Nothing is made before :meth:`run`. Raises InvalidInputError, and FaultsError for faulty rows unless the options
        say to leave them out.
        """
        found = self.look(data, name=name, options=options)
        if found.faulty and not options.skip_faulty:
            raise FaultsError(found.faults, len(found.batch.table.rows))
        content = base64.b64encode(zlib.compress(data, 6)).decode() if keep_file else None
        saved = _written(options)
        found.row = self.desk.run(flows.keep(self.rules, found.batch, name=name, options=saved, content=content))
        found.problems |= _problems(found.row)
        return found

    def look(self, data: bytes, *, name: str, options: Options = Options()) -> OpenBatch:  # noqa: B008
        """Return the batch of a file as it is now, without remembering it; ``new`` when it never was."""
        batch = self.read(data, options)
        row = self.desk.run(flows.known(self.rules, batch, name))
        links, faults = self.desk.run(finding.looked_at(batch, self.rules))
        return self._opened(row, batch, options, data, links, faults)

    def _opened(
        self,
        row: BatchRow,
        batch: Batch,
        options: Options,
        data: bytes,
        links: dict[int, LinkRow],
        faults: tuple[Fault, ...],
    ) -> OpenBatch:
        problems = {fault.line: fault.message for fault in reversed(faults)}
        return OpenBatch(row, batch, options, data, links, problems | _problems(row), frozenset(problems), faults)

    def open(self, name: str) -> OpenBatch:
        """Return a batch by its id, with its links as they are now. Raises ZoomLinkError (``not-found``) for one that
        is not there, is another owner's, or whose file was forgotten.
        """
        row = self.desk.run(flows.fetched_batch(self.rules, name))
        content = self.desk.do(BatchFile(row.id))
        if content is None:
            raise ZoomLinkError(f"The file of the batch {row.id} is no longer there.", slug="not-found")
        data = zlib.decompress(base64.b64decode(content))
        options = _options(json.loads(row.options))
        batch = self.read(data, options)
        links, faults = self.desk.run(finding.looked_at(batch, self.rules))
        return self._opened(row, batch, options, data, links, faults)

    def refresh(self, batch: OpenBatch) -> OpenBatch:
        """See how a batch is now: its links, and whether it runs."""
        missing = [wish for wish in batch.batch.wishes if wish.at not in batch.links]
        if missing:
            some = dataclasses.replace(batch.batch, wishes=tuple(missing))
            batch.links |= self.desk.run(finding.found(some, self.rules))
        waiting = {at: row for at, row in batch.links.items() if row.state not in flows.FINAL or row.wish is not None}
        if waiting:
            fresh = self.desk.run(finding.seen(list(waiting.values()), self.rules))
            batch.links |= dict(zip(waiting, fresh, strict=True))
        batch.row = self.desk.run(flows.known(self.rules, batch.batch, batch.row.name))
        return batch

    def newest(self, limit: int = 100) -> list[BatchRow]:
        """The batches of this owner (or of all, for a desk without one), the newest first."""
        return self.desk.do(Batches(self.rules.account, self.rules.owner or None, limit=limit))

    def running(self) -> list[BatchRow]:
        """The batches of all owners that are not done: after a restart, :meth:`run` goes on with them."""
        return self.desk.do(Batches(self.rules.account, states=("running",), limit=1000))

    def record(
        self,
        batch: OpenBatch,
        tell: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
    ) -> OpenBatch:
        """Let a batch run: record all its links in the ledger. From there this process, a sweep or a worker makes them.

        A batch that was cancelled stays so, and nothing is recorded. Raises AuthenticationError.
        """
        row = self.desk.run(flows.start(self.rules, batch.batch))
        if row is not None:
            batch.row = row
        if batch.row.state != "running":
            return self.refresh(batch)
        if len(batch.links) + len(batch.faulty) < len(batch.batch.table.rows):
            self._ask_about_hosts(batch)
        draw = int.from_bytes(os.urandom(10))
        done = self.desk.run(
            recording.record(batch.batch, self.rules, batch.options, randomness=draw, known=batch.links, tell=tell)
        )
        batch.links = dict(done.links)
        if not done.running:
            return self.refresh(batch)
        batch.faulty |= done.faulty
        batch.problems = {line: words for line, words in batch.problems.items() if line in batch.faulty} | done.problems
        return batch

    def _ask_about_hosts(self, batch: OpenBatch) -> None:
        """Learn what the hosts that will be used are busy with, several at once; they are planned for after that."""
        plan = self.desk.run(forecasting.forecast(batch.batch, self.rules, batch.options, known=batch.links))
        names = list(plan.writes)
        long = any(one.wish.request.body["duration"] > BASIC_MINUTES for one in plan.to_make)
        if len(names) < 2:
            return
        with ThreadPoolExecutor(min(len(names), AT_ONCE)) as pool:
            for _ in pool.map(lambda name: self.desk.run(get_to_know([name], self.rules, long=long)), names):
                pass

    def run(
        self,
        batch: OpenBatch,
        tell: Callable[[Progress], None] = lambda progress: None,  # noqa: ARG005
        *,
        recorded: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
        patience: float = PATIENCE,
        hands: int = 0,
    ) -> OpenBatch:
        """Make all links of a batch, several at once, at the rate that is allowed; return when all is done, or when
        nothing can be done for `patience` seconds (parked links wait for a new day). Running it again goes on.

        `tell` hears how it goes. Raises AuthenticationError, ConfigurationError and LedgerError.
        """
        self.record(batch, recorded)
        if batch.row.state != "running":
            return batch
        self._crew(batch, go_on, tell, patience, hands)
        if all(row.state in flows.FINAL for row in batch.links.values()):
            ended = self.desk.run(flows.end(batch.id, batch.problems))
            batch.row = ended or batch.row
        return batch

    def cancel(
        self,
        batch: OpenBatch,
        tell: Callable[[Progress], None] = lambda progress: None,  # noqa: ARG005
        *,
        patience: float = PATIENCE,
    ) -> OpenBatch:
        """Take a batch back: nothing more is made, and its meetings are deleted. Repeating does no harm."""
        row = self.desk.run(flows.take_back(batch.id))
        if row is not None:
            batch.row = row
        self.refresh(batch)
        self._crew(batch, _cancelled, tell, patience, 0, every=True)
        return self.refresh(batch)

    def left_over(self, result: bytes, batch: OpenBatch) -> list[LinkRow]:
        """The links in an earlier result of a file that are none of its rows' any more: of rows that were changed or
        taken out since. They live, and keep their hosts busy, until they are taken back.
        """
        try:
            table = read_table(result, limits=batch.options.limits)
        except InvalidInputError:
            return []  # it is none of ours
        places = [at for at, name in enumerate(table.header) if guessed(name) == "link_id"]
        names = {text_of(row.cells[at]) for row in table.rows for at in places}
        now = {row.id for row in batch.links.values()}
        gone = tuple(sorted(name for name in names - now if name.startswith("lnk_")))
        rows = self.desk.run(finding.fetched_links(gone, self.rules))
        return [row for row in rows if row.state not in _OVER]

    def take_back(self, links: Sequence[LinkRow], *, patience: float = PATIENCE) -> list[LinkRow]:
        """Cancel links, several at once; return them as they are then."""
        crew = Crew(self.desk, self.rules, links, _cancelled, every=True)
        crew.run(lambda progress: None, patience=patience)  # noqa: ARG005
        return list(crew.rows.values())

    def _crew(
        self,
        batch: OpenBatch,
        work: Work,
        tell: Callable[[Progress], None],
        patience: float,
        hands: int,
        *,
        every: bool = False,
    ) -> None:
        places = {row.id: at for at, row in batch.links.items()}
        crew = Crew(self.desk, self.rules, batch.links.values(), work, hands=hands, every=every)
        looked = time.monotonic()

        def told(progress: Progress) -> None:
            nonlocal looked
            batch.links = {at: crew.rows[link] for link, at in places.items()}
            if not every and time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                batch.row = self.desk.run(flows.known(self.rules, batch.batch, batch.row.name))
                if batch.row.state == "cancelled":  # by another process
                    crew.stop()
            tell(progress)

        try:
            crew.run(told, patience=patience, tidy=self._tidy)
        finally:
            batch.links = {at: crew.rows[link] for link, at in places.items()}

    def _tidy(self) -> None:
        """Look for surplus meetings of links whose answer was lost: whoever works sweeps."""
        with suppress(ZoomLinkError):
            self.desk.settle(limit=50)


def _cancelled(rows: Sequence[LinkRow], rules: Rules, call: Call) -> LinkFlow[list[LinkRow]]:
    done: list[LinkRow] = []
    for row in rows:
        done += [(yield from cancel(rules, call, row.id, wait=10, notify=False))]
    return done


_OVER = frozenset({LinkState.CANCELLED, LinkState.DELETED, LinkState.REFUSED})


def _now() -> LinkFlow[datetime]:
    moment: Moment = yield Now()
    return moment.wall


def _problems(row: BatchRow) -> dict[int, str]:
    return {int(line): words for line, words in json.loads(row.problems).items()}


def _written(options: Options) -> dict[str, Any]:
    found = dataclasses.asdict(options)
    return {name: value for name, value in found.items() if value is not None}


def _options(saved: dict[str, Any]) -> Options:
    limits = Limits(**saved.pop("limits", {}))
    columns = tuple((field_, header) for field_, header in saved.pop("columns", ()))
    return Options(columns=columns, limits=limits, **saved)
