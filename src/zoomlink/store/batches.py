"""What the ledger keeps of batches, and the operations that deal with many links at once. Rows and operations; no files
are read here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from zoomlink.spans import Booking, in_the_way
from zoomlink.store import carrying
from zoomlink.store.keys import TakeUse
from zoomlink.store.ops import Op, Plan, Planned
from zoomlink.store.rows import LinkRow
from zoomlink.store.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoomlink.store.records import Records

__all__ = [
    "BATCHES",
    "BATCH_FILES",
    "BATCH_PARTS",
    "BatchFile",
    "BatchFileRow",
    "BatchPartRow",
    "BatchRow",
    "Batches",
    "FindBatch",
    "FindLinks",
    "ForgetFiles",
    "GetLinks",
    "HasFile",
    "KeepBatch",
    "MoveBatch",
    "RecordLinks",
    "RecordedLinks",
    "StartBatch",
    "Started",
]

KEPT = 30 * 86_400_000
"""Milliseconds for which a file that came over HTTP is kept after the last change of its batch."""
_UNPACKED = 150 * 2**20
"""Bytes of a workbook that are looked through at most."""
_AT_REST = frozenset({"planned", "done", "cancelled"})


class BatchRow(NamedTuple):
    """One batch."""

    id: str
    """Made of account, owner and what all rows ask for: the same file is the same batch."""
    account: str
    owner: str
    name: str
    """The file's name, for people."""
    state: str
    """``planned``, ``running``, ``done``, ``cancelling`` or ``cancelled``."""
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


class BatchPartRow(NamedTuple):
    """Links that a batch recorded, as they were recorded together: these, and no others, are its own to take back."""

    batch: str
    part: str
    """The first of them."""
    links: str
    """Their ids, with blanks between them."""


class _FileDate(NamedTuple):
    batch: str
    kept_at: int


BATCHES = Table("zoomlink_batches", BatchRow, ("id",))
BATCH_FILES = Table("zoomlink_batch_files", BatchFileRow, ("batch",))
BATCH_PARTS = Table("zoomlink_batch_parts", BatchPartRow, ("batch", "part"))
_FILE_DATES = Table("zoomlink_batch_files", _FileDate, ("batch",))
"""The same without the files."""


@dataclass(frozen=True, slots=True)
class KeepBatch(Op[BatchRow]):
    """Record a batch with its file, or find the one that has its id.

    Before it runs, a batch is what was uploaded last. From then on its file and how that is read stay; only a file that
    was forgotten is put in its place again, and with `again` (rows are to be tried again) both are written anew.
    """

    row: BatchRow
    content: str | None = None
    again: bool = False

    def apply(self, records: Records) -> BatchRow:
        """Write both, and forget files of long ago."""
        now = self.row.updated_at
        if self.content is not None:
            _forget_old(records, now - KEPT)
        if records.insert(BATCHES, self.row):
            kept = self.row
        else:
            there = records.read(BATCHES, self.row.id, lock=True) or self.row
            kept = self._kept(there, filed=records.count(BATCH_FILES, [("batch", "=", there.id)]) > 0)
            if kept != there:
                records.write(BATCHES, kept)
            if kept.options != _beside(self.row, there):
                return kept  # the file stays, too
        if self.content is not None:
            records.write(BATCH_FILES, BatchFileRow(kept.id, self.content, now))
        return kept

    def _kept(self, there: BatchRow, *, filed: bool) -> BatchRow:
        """The batch as it is from now on."""
        new = self.row._replace(options=_beside(self.row, there))
        if self.content is None and (filed or there.state != "planned"):
            return _at(there, self.row)  # the file stays where it is: only its place may be another
        if there.state == "planned" or (self.again and there.state == "done" and new.options != there.options):
            changed = there._replace(name=new.name, row_count=new.row_count, options=new.options, problems="{}")
            return changed._replace(updated_at=new.updated_at)
        return there if filed else there._replace(options=new.options, updated_at=new.updated_at)


def _beside(new: BatchRow, old: BatchRow) -> str:
    """The new options, with what the old ones hold besides how a file is read."""
    kept = {name: value for name, value in json.loads(old.options).items() if name in {"counted", "source"}}
    return _text({**kept, **json.loads(new.options)})


def _at(there: BatchRow, new: BatchRow) -> BatchRow:
    source = json.loads(new.options).get("source")
    return there._replace(options=_text({**json.loads(there.options), "source": source})) if source else there


def _forget_old(records: Records, before: int) -> None:
    """Forget the files of batches in which nothing has changed since, and that are at rest."""
    for file in records.select(_FILE_DATES, [("kept_at", "<", before)]):
        row = records.read(BATCHES, file.batch)
        if row is None or (row.state in _AT_REST and row.updated_at < before):
            records.remove(BATCH_FILES, [("batch", "=", file.batch)])


@dataclass(frozen=True, slots=True)
class HasFile(Op[bool]):
    """True where the file of a batch is still there."""

    id: str
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> bool:
        """Look."""
        return records.count(BATCH_FILES, [("batch", "=", self.id)]) > 0


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
            held = file is not None and _holds(file.content, wanted)
            if held:
                records.remove(BATCH_FILES, [("batch", "=", row.id)])
            named, told = wanted in row.name.lower(), wanted in row.problems.lower()
            if named or told:
                name, problems = ("erased" if named else row.name), ("{}" if told else row.problems)
                records.write(BATCHES, row._replace(name=name, problems=problems))
            forgotten += held or named or told
        return forgotten


class _TooLargeError(Exception):
    pass


def _holds(content: str, wanted: str) -> bool:
    """True where a text stands in a file, and for one that is too large to be looked through: that is the safe side."""
    try:
        return any(wanted in text for text in _texts(content))
    except _TooLargeError:
        return True


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
            if sum(entry.file_size for entry in book.infolist()) > _UNPACKED:
                raise _TooLargeError
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
    name: str | None = None
    limit: int = 100
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> list[BatchRow]:
        """Read them."""
        where: list[tuple[str, str, object]] = [("account", "=", self.account)]
        if self.owner is not None:
            where.append(("owner", "=", self.owner))
        if self.states is not None:
            where.append(("state", "in", self.states))
        if self.name is not None:
            where.append(("name", "=", self.name))
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


class Started(NamedTuple):
    """What became of a start."""

    row: BatchRow | None
    full: bool = False
    """The day of whoever pays has no room for so many; nothing was started."""


@dataclass(frozen=True, slots=True)
class StartBatch(Op[Started]):
    """Let a batch run, and count the links that it is to make for the day of its owner's keys: both, or neither.

    `limit`: how many a day; 0: as many as one likes. What was counted by an earlier start, and is not made yet, is not
    counted again.
    """

    id: str
    now: int
    to_make: int = 0
    limit: int = 0

    def apply(self, records: Records) -> Started:
        """Write it."""
        row = records.read(BATCHES, self.id, lock=True)
        if row is None or row.state not in {"planned", "running", "done"}:
            return Started(row)
        options = json.loads(row.options)
        if self.limit and row.state != "running":
            paid = int(options.get("counted", 0))
            fresh = max(self.to_make - max(paid - len(_links_of(records, [row.id])), 0), 0)
            use = TakeUse(row.account, row.owner, self.now // 86_400_000, self.limit, fresh)
            if fresh and not use.apply(records):
                return Started(row, full=True)
            options["counted"] = paid + fresh
        row = row._replace(state="running", updated_at=self.now, options=_text(options))
        records.write(BATCHES, row)
        return Started(row)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RecordedLinks(Op[list[str]]):
    """The ids of the links that these batches recorded."""

    batches: tuple[str, ...]
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> list[str]:
        """Read them."""
        return _links_of(records, self.batches)


def _links_of(records: Records, batches: Sequence[str]) -> list[str]:
    found = records.select(BATCH_PARTS, [("batch", "in", tuple(batches))], order=("batch", "part"))
    return list(dict.fromkeys(link for row in found for link in row.links.split()))


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
        answers = _recorded(self.plans, row, records)
        # A repetition after a lost answer finds its own links again, by ids that nobody else draws.
        ours = [
            one.row.id
            for plan, one in zip(self.plans, answers, strict=True)
            if not one.full and (one.created or plan.rebuilt or one.row.id == plan.row.id)
        ]
        if ours:
            there = records.read(BATCH_PARTS, row.id, ours[0])
            links = dict.fromkeys([*(there.links.split() if there else ()), *ours])
            records.write(BATCH_PARTS, BatchPartRow(row.id, ours[0], " ".join(links)))
        return answers


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
