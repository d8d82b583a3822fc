"""BatchDesk: batches over a LinkDesk, for the command and the service. Runs flows; every decision stands in them.

It may be used by several threads, one batch by one of them. A service that has an AsyncLinkDesk calls it in threads.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zoomlink.batches import finding, flows, forecasting, recording
from zoomlink.batches.columns import guessed
from zoomlink.batches.crew import Crew, Progress
from zoomlink.batches.opened import BatchView, OpenBatch
from zoomlink.batches.reading import read_table
from zoomlink.batches.rows import Options, read_batch
from zoomlink.batches.table import FaultsError, Limits, text_of
from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.links.advance import go_on
from zoomlink.links.flows import cancel
from zoomlink.links.hosting import get_to_know
from zoomlink.model import LinkState
from zoomlink.store.batches import Batches, BatchFile, BatchRow, HasFile, RecordedLinks
from zoomlink.zoom.flow import Moment, Now
from zoomlink.zoom.limits import BASIC_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from zoomlink.batches.plan import Forecast
    from zoomlink.batches.rows import Batch
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
        source: str = "",
    ) -> OpenBatch:
        """Remember a file as a batch, or find it again: rows that ask for the same are the same batch, whatever the
        file is called. `source` tells where it stands, so that its earlier versions are known.

        Nothing is made before :meth:`run`. Raises InvalidInputError, FaultsError for faulty rows unless the options say
        to leave them out, and ZoomLinkError (``conflict``) for a batch that ran, and is to be read in another way now.
        """
        # What the settings say today is what its rows mean, also when it is run tomorrow.
        options = dataclasses.replace(options, timezone=options.timezone or self.rules.timezone)
        found = self.look(data, name=name, options=options)
        if found.faulty and not options.skip_faulty:
            raise FaultsError(found.faults, len(found.batch.table.rows))
        saved = _written(options)
        content = None
        if keep_file:
            content = base64.b64encode(zlib.compress(data, 6)).decode()
            saved["file"] = hashlib.sha256(data).hexdigest()
        if source:
            saved["source"] = source
        keep = flows.keep(self.rules, found.batch, name=name, options=saved, content=content, again=found.to_make > 0)
        found.row = self.desk.run(keep)
        found.kept = keep_file and json.loads(found.row.options).get("file") == saved["file"]
        if keep_file and not found.kept:  # the file of the first time stays
            return self.open(found.id)
        return self._seen(found)

    def look(self, data: bytes, *, name: str, options: Options = Options()) -> OpenBatch:  # noqa: B008
        """Return the batch of a file as it is now, without remembering it; ``new`` when it never was."""
        batch = self.read(data, options)
        row = self.desk.run(flows.known(self.rules, batch, name))
        return self._seen(OpenBatch(row, batch, options, data))

    def open(self, name: str) -> OpenBatch:
        """Return a batch by its id, with its links as they are now. Raises ZoomLinkError (``not-found``) for one that
        is not there, is another owner's, or whose file was forgotten.
        """
        row = self.row(name)
        if row.owner != self.rules.owner:
            return self._of(row).open(name)
        content = self.desk.do(BatchFile(row.id))
        if content is None:
            raise ZoomLinkError(f"The file of the batch {row.id} is no longer there.", slug="not-found")
        data = zlib.decompress(base64.b64decode(content))
        options = _options(json.loads(row.options))
        return self._seen(OpenBatch(row, self.read(data, options), options, data, kept=True))

    def row(self, name: str) -> BatchRow:
        """What the ledger says of a batch itself. Raises ZoomLinkError (``not-found``)."""
        return self.desk.run(flows.fetched_batch(self.rules, name))

    def refresh(self, batch: OpenBatch) -> OpenBatch:
        """See how a batch is now: its links, and whether it runs. One whose file was replaced is opened anew."""
        if batch.row.owner != self.rules.owner:
            return self._of(batch.row).refresh(batch)
        row = self.desk.run(flows.known(self.rules, batch.batch, batch.row.name, at=batch.id))
        if batch.kept and (_read_as(row) != _read_as(batch.row) or not self.desk.do(HasFile(row.id))):
            return self.open(row.id)
        batch.row = row
        return self._seen(batch)

    def _seen(self, batch: OpenBatch) -> OpenBatch:
        """Put in its links, and what is in the way of its rows, as they are now."""
        batch.links, batch.faults = self.desk.run(finding.looked_at(batch.batch, self.rules))
        faults = {fault.line: fault.message for fault in reversed(batch.faults)}
        linked = {wish.line for wish in batch.batch.wishes if wish.at in batch.links}
        told = {line: words for line, words in _problems(batch.row).items() if line not in linked}
        batch.problems, batch.faulty = told | faults, frozenset(faults)
        return batch

    def _of(self, row: BatchRow) -> BatchDesk:
        """The batches of a batch's owner: whoever may open it, its keys are those of its owner."""
        return self if row.owner == self.rules.owner else BatchDesk(self.desk.as_owner(row.owner))

    def newest(self, limit: int = 100) -> list[BatchRow]:
        """The batches of this owner (or of all, for a desk without one), the newest first."""
        return self.desk.do(Batches(self.rules.account, self.rules.owner or None, limit=limit))

    def running(self) -> list[BatchRow]:
        """The batches of all owners that are not done: after a restart, :meth:`run` goes on with them, and
        :meth:`go_on_cancelling` with those that are ``cancelling``.
        """
        return self.desk.do(Batches(self.rules.account, states=("running", "cancelling"), limit=1000))

    def start(self, batch: OpenBatch, *, limit: int = 0) -> bool:
        """Let a batch run: :meth:`run` does the work, here or in any other process. Within a day's `limit` of links, if
        there is one; False, and nothing is started, when that is reached.
        """
        started = self.desk.run(flows.start(batch.id, to_make=batch.to_make, limit=limit))
        batch.row = started.row or batch.row
        return not started.full

    def record(
        self,
        batch: OpenBatch,
        tell: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
    ) -> OpenBatch:
        """Let a batch run: record all its links in the ledger. From there this process, a sweep or a worker makes them.

        A batch that was cancelled stays so, and nothing is recorded. Raises AuthenticationError.
        """
        if batch.row.owner != self.rules.owner:
            return self._of(batch.row).record(batch, tell)
        self.start(batch)
        if batch.row.state != "running":
            return self.refresh(batch)
        if len(batch.links) + len(batch.faulty) < len(batch.batch.table.rows):
            self._ask_about_hosts(batch)
        draw = int.from_bytes(os.urandom(10))
        flow = recording.record(
            batch.id, batch.batch, self.rules, batch.options, randomness=draw, known=batch.links, tell=tell
        )
        done = self.desk.run(flow)
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
        if batch.row.owner != self.rules.owner:
            return self._of(batch.row).run(batch, tell, recorded=recorded, patience=patience, hands=hands)
        batch = self.record(batch, recorded)
        if batch.row.state != "running":
            return batch
        self._crew(batch, tell, patience, hands)
        if all(row.state in flows.FINAL and row.wish is None for row in batch.links.values()):
            ended = self.desk.run(flows.end(batch.id, batch.problems))
            batch.row = ended or batch.row
        return batch

    def cancel(
        self,
        batch: OpenBatch,
        tell: Callable[[Progress], None] = lambda progress: None,  # noqa: ARG005
        *,
        patience: float = PATIENCE,
        also: Sequence[LinkRow] = (),
    ) -> OpenBatch:
        """Take a batch back: nothing more is made, and the meetings of the links that it recorded are deleted; links
        that its rows had from elsewhere stay, but for those given as `also`. Repeating does no harm.

        Where some of it takes longer than `patience` seconds, the batch stays ``cancelling``, and the next call goes
        on.
        """
        self.begin_to_cancel(batch.id)
        self.go_on_cancelling(batch.id, tell, patience=patience, also=also)
        return self.refresh(batch)

    def begin_to_cancel(self, name: str) -> BatchRow | None:
        """From now on nothing more is made; :meth:`go_on_cancelling` deletes what was. None for no batch."""
        return self.desk.run(flows.take_back(name))

    def go_on_cancelling(
        self,
        name: str,
        tell: Callable[[Progress], None] = lambda progress: None,  # noqa: ARG005
        *,
        patience: float = PATIENCE,
        also: Sequence[LinkRow] = (),
    ) -> BatchRow | None:
        """Delete the meetings of a batch that is ``cancelling``, until none is left; its file is not needed."""
        row = self.desk.run(flows.known_by_id(name))
        names = self.desk.do(RecordedLinks((name,))) if row is not None and row.state == "cancelling" else []
        links = {link.id: link for link in self.desk.run(finding.fetched_links(names, self.rules))}
        over = self.take_back([*links.values(), *(one for one in also if one.id not in links)], tell, patience=patience)
        if row is not None and all(one.state in _OVER for one in over if one.id in links):
            return self.desk.run(flows.taken_back(name)) or row
        return row

    def live_links(self, batch: OpenBatch, source: str) -> tuple[list[LinkRow], list[LinkRow]]:
        """The live links of the file that stands at `source`, as (those of its rows, those of no row any more).

        They were recorded by this batch or by an earlier version of the file, or the file itself names them. What its
        rows have from elsewhere is not among them.
        """
        batches = self.desk.do(Batches(self.rules.account, self.rules.owner, name=batch.row.name, limit=1000))
        earlier = [row.id for row in batches if source and json.loads(row.options).get("source") == source]
        own = self.desk.do(RecordedLinks(tuple(dict.fromkeys([batch.id, *earlier]))))
        named = [row.id for at, row in batch.links.items() if row.id == batch.named.get(at)]
        now = {row.id for row in batch.links.values()}
        moment = self.desk.run(_now()).timestamp() * 1000
        rows = self.desk.run(finding.fetched_links(tuple(dict.fromkeys([*own, *named])), self.rules))
        live = [row for row in rows if row.state not in _OVER]
        gone = [row for row in live if row.id not in now and row.start_at + row.duration * 60_000 > moment]
        return [row for row in live if row.id in now], gone

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

    def take_back(
        self,
        links: Sequence[LinkRow],
        tell: Callable[[Progress], None] = lambda progress: None,  # noqa: ARG005
        *,
        patience: float = PATIENCE,
    ) -> list[LinkRow]:
        """Cancel links, several at once; return them as they are then."""
        crew = Crew(self.desk, self.rules, links, _cancelled, every=True)
        crew.run(tell, patience=patience, tidy=self._tidy)
        return list(crew.rows.values())

    def _crew(self, batch: OpenBatch, tell: Callable[[Progress], None], patience: float, hands: int) -> None:
        places = {row.id: at for at, row in batch.links.items()}
        crew = Crew(self.desk, self.rules, batch.links.values(), go_on, hands=hands)
        looked = time.monotonic()

        def told(progress: Progress) -> None:
            nonlocal looked
            batch.links = {at: crew.rows[link] for link, at in places.items()}
            if time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                batch.row = self.desk.run(flows.known_by_id(batch.id)) or batch.row
                if batch.row.state in {"cancelling", "cancelled"}:  # by another process
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


def _read_as(row: BatchRow) -> dict[str, Any]:
    """Which file it is, and how it is read."""
    return {name: value for name, value in json.loads(row.options).items() if name != "counted"}


def _options(saved: dict[str, Any]) -> Options:
    saved = {name: value for name, value in saved.items() if name not in flows.BESIDE}
    limits = Limits(**saved.pop("limits", {}))
    columns = tuple((field_, header) for field_, header in saved.pop("columns", ()))
    return Options(columns=columns, limits=limits, **saved)
