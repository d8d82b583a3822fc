"""The inbox of webhooks: events that were told and have to be applied. Rows and operations; nothing about Zoom.

An event is written once, whoever receives it again, and forgotten a week after it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from zoomlink.store.ops import Op
from zoomlink.store.tables import Table

if TYPE_CHECKING:
    from zoomlink.store.records import Records

__all__ = [
    "INBOX",
    "REMINDER",
    "EmptyEvents",
    "FinishEvents",
    "ForgetEvents",
    "InboxRow",
    "PutOffEvents",
    "ReceiveEvent",
    "Remind",
    "TakeEvents",
]

REMINDER = ""
"""The name of a row that is no event, but a meeting to look at again."""
_AT_ONCE = 500


class InboxRow(NamedTuple):
    """One event."""

    account: str
    id: str
    """A hash of what it says."""
    name: str
    at: int
    """When it happened."""
    meeting: int
    """The meeting's number; 0 for other events."""
    payload: str
    """JSON without secrets; emptied once the event is applied, as it may name people."""
    received_at: int
    due_at: int
    """When it is to be applied; of one that is done, when it is to be forgotten."""
    tries: int = 0
    done: int = 0


INBOX = Table("zoomlink_inbox", InboxRow, ("account", "id"))


@dataclass(frozen=True, slots=True)
class ReceiveEvent(Op[bool]):
    """Keep an event; False when it was there already."""

    row: InboxRow
    patience: ClassVar[float | None] = 1.5  # whoever sent it waits three seconds for an answer

    def apply(self, records: Records) -> bool:
        """Add it."""
        return records.insert(INBOX, self.row)


@dataclass(frozen=True, slots=True)
class TakeEvents(Op[list[InboxRow]]):
    """Events that are to be applied, the longest due first; each is handed out once within `hold`."""

    account: str
    now: int
    hold: int
    limit: int

    def apply(self, records: Records) -> list[InboxRow]:
        """Hand them out."""
        where = [("account", "=", self.account), ("done", "=", 0), ("due_at", "<=", self.now)]
        rows = records.select(INBOX, where, order=("due_at", "at", "id"), limit=self.limit, skip=True)
        held = self.now + self.hold
        for row in rows:
            records.write(INBOX, row._replace(due_at=held))
        return [row._replace(due_at=held) for row in rows]


@dataclass(frozen=True, slots=True)
class FinishEvents(Op[None]):
    """These are applied; they are forgotten at `until`."""

    account: str
    ids: tuple[str, ...]
    held: int
    """Until when they were handed out: whoever was handed them later has them now."""
    until: int

    def apply(self, records: Records) -> None:
        """Empty them and keep their ids."""
        _change(records, self.account, self.ids, self.held, {"done": 1, "due_at": self.until, "payload": ""})


@dataclass(frozen=True, slots=True)
class PutOffEvents(Op[None]):
    """These could not be applied, and are tried again at `due_at`."""

    account: str
    ids: tuple[str, ...]
    held: int
    due_at: int
    tries: int

    def apply(self, records: Records) -> None:
        """Write down when."""
        _change(records, self.account, self.ids, self.held, {"due_at": self.due_at, "tries": self.tries})


@dataclass(frozen=True, slots=True)
class Remind(Op[None]):
    """Have a meeting looked at again at a moment; None: no longer."""

    account: str
    meeting: int
    at: int | None
    now: int

    def apply(self, records: Records) -> None:
        """Write it, or take it away."""
        name = f"look-{self.meeting}"
        if self.at is None:
            records.remove(INBOX, [("account", "=", self.account), ("id", "=", name)])
        else:
            records.write(INBOX, InboxRow(self.account, name, REMINDER, self.now, self.meeting, "", self.now, self.at))


@dataclass(frozen=True, slots=True)
class EmptyEvents(Op[int]):
    """Take what events say out of those in which a text stands, whatever its case; answers how many. They are applied
    all the same, since they only say where to look.
    """

    account: str
    text: str
    purges: ClassVar[bool] = True

    def apply(self, records: Records) -> int:
        """Empty them."""
        found = records.select(INBOX, [("account", "=", self.account), ("done", "=", 0), ("payload", "<>", "")])
        wanted = json.dumps(self.text)[1:-1].lower()
        naming = [row for row in found if wanted in row.payload.lower()]
        for row in naming:
            records.write(INBOX, row._replace(payload=""))
        return len(naming)


@dataclass(frozen=True, slots=True)
class ForgetEvents(Op[int]):
    """Forget events that were applied, and whose time has come; answers how many."""

    account: str
    now: int

    def apply(self, records: Records) -> int:
        """Take them away."""
        return records.remove(INBOX, [("account", "=", self.account), ("done", "=", 1), ("due_at", "<=", self.now)])


def _change(records: Records, account: str, ids: tuple[str, ...], held: int, changes: dict[str, object]) -> None:
    for first in range(0, len(ids), _AT_ONCE):  # databases take only so many values at once
        some = ids[first : first + _AT_ONCE]
        where = [("account", "=", account), ("id", "in", some), ("done", "=", 0), ("due_at", "=", held)]
        records.change(INBOX, changes, where)
