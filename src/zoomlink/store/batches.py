"""What the ledger keeps of batches, and the operations that deal with many links at once. Rows and operations; no files
are read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from zoomlink.spans import Booking, in_the_way
from zoomlink.store import carrying
from zoomlink.store.ops import Op, Plan, Planned
from zoomlink.store.rows import LinkRow
from zoomlink.store.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoomlink.store.records import Records

__all__ = [
    "BATCHES",
    "BATCH_FILES",
    "BatchFile",
    "BatchFileRow",
    "BatchRow",
    "Batches",
    "FindBatch",
    "FindLinks",
    "ForgetFiles",
    "GetLinks",
    "KeepBatch",
    "MoveBatch",
    "RecordLinks",
]

KEPT = 30 * 86_400_000
"""Milliseconds for which a file that came over HTTP is kept."""


class BatchRow(NamedTuple):
    """One batch."""

    id: str
    """Made of account, owner and the keys of all rows: the same file is the same batch."""
    account: str
    owner: str
    name: str
    """The file's name, for people."""
    state: str
    """``planned``, ``running``, ``done`` or ``cancelled``."""
    row_count: int
    options: str
    """JSON: how the file is to be read and planned."""
    problems: str
    """JSON: what is in the way of rows that have no link, by line."""
    created_at: int
    updated_at: int


class BatchFileRow(NamedTuple):
    """A batch's file."""

    batch: str
    content: str
    """Packed with zlib, in base64."""
    kept_at: int


BATCHES = Table("zoomlink_batches", BatchRow, ("id",))
BATCH_FILES = Table("zoomlink_batch_files", BatchFileRow, ("batch",))


@dataclass(frozen=True, slots=True)
class KeepBatch(Op[BatchRow]):
    """Record a batch with its file, or find the one that has its id."""

    row: BatchRow
    content: str | None = None

    def apply(self, records: Records) -> BatchRow:
        """Write both, and forget files of long ago."""
        if self.content is not None:
            now = self.row.updated_at
            records.remove(BATCH_FILES, [("kept_at", "<", now - KEPT)])
            records.write(BATCH_FILES, BatchFileRow(self.row.id, self.content, now))
        if records.insert(BATCHES, self.row):
            return self.row
        return records.read(BATCHES, self.row.id) or self.row


@dataclass(frozen=True, slots=True)
class FindBatch(Op[BatchRow | None]):
    """The batch of this id."""

    id: str
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> BatchRow | None:
        """Read it."""
        return records.read(BATCHES, self.id)


@dataclass(frozen=True, slots=True)
class BatchFile(Op[str | None]):
    """The file of a batch, as it was kept."""

    id: str
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> str | None:
        """Read it."""
        found = records.read(BATCH_FILES, self.id)
        return None if found is None else found.content


@dataclass(frozen=True, slots=True)
class ForgetFiles(Op[int]):
    """Forget the files in which a text stands, whatever its case, and the names and problems that hold it; answers how
    many batches that were. What a batch made is not touched.
    """

    account: str
    owner: str | None
    text: str
    purges: ClassVar[bool] = True

    def apply(self, records: Records) -> int:
        """Take them away."""
        where: list[tuple[str, str, object]] = [("account", "=", self.account)]
        if self.owner is not None:
            where.append(("owner", "=", self.owner))
        wanted = self.text.lower()
        forgotten = 0
        for row in records.select(BATCHES, where, lock=True):
            file = records.read(BATCH_FILES, row.id)
            held = file is not None and any(wanted in text for text in _texts(file.content))
            if held:
                records.remove(BATCH_FILES, [("batch", "=", row.id)])
            named, told = wanted in row.name.lower(), wanted in row.problems.lower()
            if named or told:
                name, problems = ("erased" if named else row.name), ("{}" if told else row.problems)
                records.write(BATCHES, row._replace(name=name, problems=problems))
            forgotten += held or named or told
        return forgotten


def _texts(content: str) -> Iterator[str]:
    """What may stand in a file, in every way in which it may be written, in lower case."""
    import base64  # for the few who forget somebody
    import html
    import io
    import zipfile
    import zlib

    data = zlib.decompress(base64.b64decode(content))
    if data[:4] == b"PK\x03\x04":  # a workbook is a folder of texts
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            for name in book.namelist():
                yield html.unescape(book.read(name).decode("utf-8", "replace")).lower()
        return
    for encoding in ("utf-8", "utf-16", "cp1252"):
        yield data.decode(encoding, "replace").lower()


@dataclass(frozen=True, slots=True)
class Batches(Op[list[BatchRow]]):
    """Batches of an account, the newest first; of one owner, and in one of `states`, where these are given."""

    account: str
    owner: str | None = None
    states: tuple[str, ...] | None = None
    limit: int = 100
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> list[BatchRow]:
        """Read them."""
        where: list[tuple[str, str, object]] = [("account", "=", self.account)]
        if self.owner is not None:
            where.append(("owner", "=", self.owner))
        if self.states is not None:
            where.append(("state", "in", self.states))
        return records.select(BATCHES, where, order=("-created_at", "id"), limit=self.limit)


@dataclass(frozen=True, slots=True)
class MoveBatch(Op[BatchRow | None]):
    """Bring a batch from one of `states` into another; answers with it as it is then."""

    id: str
    states: tuple[str, ...]
    state: str
    now: int
    problems: str | None = None
    options: str | None = None

    def apply(self, records: Records) -> BatchRow | None:
        """Write it."""
        row = records.read(BATCHES, self.id, lock=True)
        if row is None or row.state not in self.states:
            return row
        row = row._replace(state=self.state, updated_at=self.now)
        if self.problems is not None:
            row = row._replace(problems=self.problems)
        if self.options is not None:
            row = row._replace(options=self.options)
        records.write(BATCHES, row)
        return row


@dataclass(frozen=True, slots=True)
class RecordLinks(Op[list[Planned] | None]):
    """Record links of a batch, each as its Plan says; None, and nothing is recorded, unless the batch is running."""

    batch: str
    plans: tuple[Plan, ...]

    def apply(self, records: Records) -> list[Planned] | None:
        """Write them."""
        # Whoever takes the batch back waits for this lock, and finds all links that were recorded.
        row = records.read(BATCHES, self.batch, lock=True)
        if row is None or row.state != "running":
            return None
        return _recorded(self.plans, row, records)


@dataclass(frozen=True, slots=True)
class FindLinks(Op[list[LinkRow | None]]):
    """The links of these (key, marker), in their order; one that was rebuilt from Zoom has its marker for a key."""

    account: str
    owner: str
    names: tuple[tuple[str, str], ...]
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> list[LinkRow | None]:
        """Read them."""
        names = [name for pair in self.names for name in pair if name]
        there = {row.key: row for row in records.links_by_keys(self.account, self.owner, names)}
        return [there.get(key) or there.get(marker) for key, marker in self.names]


@dataclass(frozen=True, slots=True)
class GetLinks(Op[list[LinkRow | None]]):
    """The links of these ids, in their order."""

    links: tuple[str, ...]
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> list[LinkRow | None]:
        """Read them."""
        there = {row.id: row for row in records.links_by_ids(self.links)}
        return [there.get(link) for link in self.links]


def _recorded(plans: Sequence[Plan], batch: BatchRow, records: Records) -> list[Planned]:
    """Carry out plans: what is new all at once, anything else one by one. The same comes of it, in a tenth of the
    statements.
    """
    account = batch.account
    keys = [plan.row.key for plan in plans]
    taken = {row.key for row in records.links_by_keys(account, batch.owner, keys)}
    aliases = {name: records.host(account, name) for name in sorted({plan.row.host for plan in plans})}
    fresh: dict[str, LinkRow] = {}
    for plan in plans:
        plain = not plan.rebuilt and plan.begin is None and not plan.row.asks("schedule_for")
        if plain and plan.row.key not in taken:
            taken.add(plan.row.key)
            fresh[plan.row.id] = plan.row._replace(host=aliases[plan.row.host])
    seen: dict[str, list[Booking]] = {}
    here: dict[str, list[Booking]] = {}
    answers: dict[str, Planned] = {}
    adding: list[Plan] = []
    for plan in sorted((plan for plan in plans if plan.row.id in fresh), key=lambda one: fresh[one.row.id].host):
        row = fresh[plan.row.id]
        if plan.room is not None and row.host not in seen:
            records.pool(account, row.host, lock=True)  # nobody else books it until the end
            seen[row.host] = _around([one for one in plans if aliases[one.row.host] == row.host], row, records)
        if not _fits(plan, [*seen.get(row.host, ()), *here.get(row.host, ())]):
            answers[row.id] = Planned(row, created=False, full=True)
            continue
        here.setdefault(row.host, []).extend(Booking(*span, row.id) for span in plan.spans)
        adding.append(plan)
    added = records.add_links([(fresh[plan.row.id], carrying.first_line(plan.row)) for plan in adding])
    ours = [(plan, fresh[plan.row.id]) for plan in adding if plan.row.id in added]
    records.book_many(account, [(row.host, Booking(*span, row.id)) for plan, row in ours for span in plan.spans])
    answers |= {row.id: Planned(row, created=True) for _, row in ours}
    # What was there before, and what somebody else added at this very moment.
    return [answers.get(plan.row.id) or carrying.carry_out(plan, records) for plan in plans]


def _around(plans: Sequence[Plan], row: LinkRow, records: Records) -> list[Booking]:
    """What a host has in the time of all its plans."""
    spans = [span for plan in plans for span in plan.spans]
    buffer = max(plan.room.buffer for plan in plans if plan.room is not None)
    start, end = min(span.start for span in spans) - buffer, max(span.end for span in spans) + buffer
    return list(records.bookings(row.account, row.host, start, end))


def _fits(plan: Plan, busy: Sequence[Booking]) -> bool:
    if plan.room is None:
        return True
    buffer = plan.room.buffer
    for span in plan.spans:
        around = [one for one in busy if one.end > span.start - buffer and one.start < span.end + buffer]
        if in_the_way(around, span, plan.room.capacity, buffer):
            return False
    return True
