"""What the ledger keeps of a batch itself, and its states: flows. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoomlink.errors import ZoomLinkError
from zoomlink.links.request import as_json
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.model import LinkState
from zoomlink.store.batches import BatchRow, FindBatch, KeepBatch, MoveBatch, StartBatch, Started
from zoomlink.zoom.flow import Moment, Now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.batches.rows import Batch
    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import LinkRow

__all__ = [
    "BESIDE",
    "FINAL",
    "batch_id",
    "counts",
    "end",
    "fetched_batch",
    "for_batches",
    "keep",
    "known",
    "known_by_id",
    "start",
    "take_back",
    "taken_back",
]

FINAL = frozenset({LinkState.READY, LinkState.REFUSED, LinkState.CANCELLED, LinkState.DELETED})
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def batch_id(rules: Rules, batch: Batch) -> str:
    """The id of a batch, ``bat_`` and 26 characters: the same for the same rows."""
    digest = hashlib.sha256(f"{rules.account}\0{rules.owner}\0{batch.fingerprint}".encode()).digest()
    number = int.from_bytes(digest[:17]) >> 6
    digits = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return f"bat_{digits}"


def keep(
    rules: Rules,
    batch: Batch,
    *,
    name: str,
    options: Mapping[str, Any],
    content: str | None = None,
    again: bool = False,
) -> LinkFlow[BatchRow]:
    """Remember a batch, or find it again. `again`: rows of it are still to be made.

    Raises ZoomLinkError (``conflict``) for a file that came another way while the batch runs, or after it.
    """
    moment: Moment = yield Now()
    row = _new(rules, batch, name, "planned", millis(moment))._replace(options=as_json(dict(options)))
    kept: BatchRow = yield Tx(KeepBatch(row, content, again))
    if content is not None and kept.state != "planned" and kept.options != row.options:
        old, new = (
            {name: v for name, v in json.loads(each.options).items() if name not in BESIDE | _SAME_ROWS}
            for each in (kept, row)
        )
        if old != new:
            raise ZoomLinkError(
                f"The batch {kept.id} is {kept.state} with these very rows, and is read in another way now.",
                slug="conflict",
                hint="Upload it as it was the first time; or cancel the batch, and give the rows other keys.",
            )
    return kept


BESIDE = frozenset({"counted", "file", "source"})
"""What the options hold besides how a file is read."""
_SAME_ROWS = frozenset({"dates", "delimiter", "duration", "encoding", "limits", "timezone"})
"""What does not matter where rows that were read with it ask for the same."""


def known(rules: Rules, batch: Batch, name: str, *, at: str | None = None) -> LinkFlow[BatchRow]:
    """The batch as it is kept, under the id `at` where it has one; one in the state ``new`` where it is not."""
    row: BatchRow | None = yield Tx(FindBatch(at or batch_id(rules, batch)))
    if row is not None:
        return row
    moment: Moment = yield Now()
    return _new(rules, batch, name, "new", millis(moment))


def known_by_id(name: str) -> LinkFlow[BatchRow | None]:
    """The batch of this id, whoever's it is; None where there is none."""
    row: BatchRow | None = yield Tx(FindBatch(name))
    return row


def _new(rules: Rules, batch: Batch, name: str, state: str, now: int) -> BatchRow:
    rows = len(batch.table.rows)
    return BatchRow(batch_id(rules, batch), rules.account, rules.owner, name, state, rows, "{}", "{}", now, now)


def fetched_batch(rules: Rules, name: str) -> LinkFlow[BatchRow]:
    """The batch of this id. Raises ZoomLinkError (``not-found``), also for another owner's."""
    row: BatchRow | None = yield Tx(FindBatch(name))
    if row is None or row.account != rules.account or rules.owner not in {"", row.owner}:
        raise ZoomLinkError(f"There is no batch {name[:40]}.", slug="not-found")
    return row


def start(name: str, *, to_make: int = 0, limit: int = 0) -> LinkFlow[Started]:
    """Let a batch run. One that was taken back stays so; one that the day's `limit` has no room for, too."""
    moment: Moment = yield Now()
    started: Started = yield Tx(StartBatch(name, millis(moment), to_make, limit))
    return started


def end(name: str, problems: Mapping[int, str]) -> LinkFlow[BatchRow | None]:
    """Note that nothing is left to do for a batch."""
    moment: Moment = yield Now()
    said = as_json({str(line): words for line, words in problems.items()})
    row: BatchRow | None = yield Tx(MoveBatch(name, ("running",), "done", millis(moment), said))
    return row


def take_back(name: str) -> LinkFlow[BatchRow | None]:
    """From now on nothing more of a batch is recorded. One that never ran is over with that."""
    moment: Moment = yield Now()
    row: BatchRow | None = yield Tx(MoveBatch(name, ("planned",), "cancelled", millis(moment)))
    if row is not None and row.state in {"running", "done"}:
        row = yield Tx(MoveBatch(name, ("running", "done"), "cancelling", millis(moment)))
    return row


def taken_back(name: str) -> LinkFlow[BatchRow | None]:
    """Note that none of a batch's own links lives any more."""
    moment: Moment = yield Now()
    row: BatchRow | None = yield Tx(MoveBatch(name, ("cancelling",), "cancelled", millis(moment)))
    return row


def counts(links: Mapping[int, LinkRow]) -> dict[str, int]:
    """How many links there are, by state."""
    return dict(sorted(Counter(row.state for row in links.values()).items()))


def for_batches(rules: Rules, settle: str) -> Rules:
    """The rules of work that nobody waits for."""
    return replace(rules, batch=True, mode=settle)
