"""What the HTTP service keeps besides links: API keys and what they used up, one-time addresses of the page, callbacks.
Rows and operations; no HTTP, no secrets in clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from zoomlink.store.ops import Op
from zoomlink.store.rows import LinkRow
from zoomlink.store.tables import Table

if TYPE_CHECKING:
    from zoomlink.store.records import Records

__all__ = [
    "API_KEYS",
    "CALLBACKS",
    "USES",
    "VISITS",
    "AddKey",
    "ApiKeyRow",
    "CallbackRow",
    "DropCallback",
    "DueCallbacks",
    "EndCallback",
    "FindCallback",
    "FindKey",
    "GiveUse",
    "KeepCallback",
    "KeepVisit",
    "Keys",
    "PutOffCallback",
    "RevokeKey",
    "SeenKey",
    "TakeUse",
    "UseRow",
    "UseVisit",
    "VisitRow",
]

_KEPT_DAYS = 40


class ApiKeyRow(NamedTuple):
    """One API key. Of the key itself only a hash is kept."""

    id: str
    """The part of the key that names it; no secret."""
    account: str
    owner: str
    """Whose links it is for: keys of one owner see the same ones."""
    name: str
    hash: str
    """SHA-256 of the whole key, in hex: a key is 256 random bits, which nobody guesses."""
    scopes: str
    """Separated by spaces."""
    per_minute: int
    """Calls a minute; 0: as many as it likes."""
    per_day: int
    """Links a day (UTC); 0: as many as it likes."""
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    used_at: int | None = None


class UseRow(NamedTuple):
    """Links that an owner's keys made on one UTC day (counted in days since 1970)."""

    account: str
    owner: str
    day: int
    used: int


class VisitRow(NamedTuple):
    """An address of the page that works once."""

    hash: str
    expires_at: int


class CallbackRow(NamedTuple):
    """Where to tell what became of the link that has this key."""

    account: str
    owner: str
    key: str
    url: str
    due_at: int | None
    tries: int
    created_at: int


API_KEYS = Table("zoomlink_api_keys", ApiKeyRow, ("id",))
USES = Table("zoomlink_api_uses", UseRow, ("account", "owner", "day"))
VISITS = Table("zoomlink_visits", VisitRow, ("hash",))
CALLBACKS = Table("zoomlink_callbacks", CallbackRow, ("account", "owner", "key"))


# -- keys --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddKey(Op[bool]):
    """Record a key; False when its id is taken, by a chance that never comes."""

    row: ApiKeyRow

    def apply(self, records: Records) -> bool:
        """Add it."""
        return records.insert(API_KEYS, self.row)


@dataclass(frozen=True, slots=True)
class FindKey(Op[ApiKeyRow | None]):
    """The key of this id, whatever became of it."""

    id: str
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> ApiKeyRow | None:
        """Read it."""
        return records.read(API_KEYS, self.id)


@dataclass(frozen=True, slots=True)
class Keys(Op[list[ApiKeyRow]]):
    """All keys of an account, in the order in which they were made."""

    account: str
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> list[ApiKeyRow]:
        """Read them."""
        return records.select(API_KEYS, [("account", "=", self.account)], order=("created_at", "id"))


@dataclass(frozen=True, slots=True)
class RevokeKey(Op[None]):
    """From a moment on a key opens nothing; an earlier end stays."""

    id: str
    at: int

    def apply(self, records: Records) -> None:
        """Write it."""
        row = records.read(API_KEYS, self.id, lock=True)
        if row is not None and (row.revoked_at is None or row.revoked_at > self.at):
            records.change(API_KEYS, {"revoked_at": self.at}, [("id", "=", self.id)])


@dataclass(frozen=True, slots=True)
class SeenKey(Op[None]):
    """Note when a key was used last."""

    id: str
    at: int

    def apply(self, records: Records) -> None:
        """Write it."""
        records.change(API_KEYS, {"used_at": self.at}, [("id", "=", self.id)])


@dataclass(frozen=True, slots=True)
class TakeUse(Op[bool]):
    """Count links for an owner's day, by default one; False, and none is counted, when there would be too many."""

    account: str
    owner: str
    day: int
    limit: int
    many: int = 1

    def apply(self, records: Records) -> bool:
        """Count them."""
        if records.insert(USES, UseRow(self.account, self.owner, self.day, 0)):
            records.remove(USES, [("day", "<", self.day - _KEPT_DAYS)])
        row = records.read(USES, self.account, self.owner, self.day, lock=True)
        if row is None or row.used + self.many > self.limit:
            return False
        records.write(USES, row._replace(used=row.used + self.many))
        return True


@dataclass(frozen=True, slots=True)
class GiveUse(Op[None]):
    """Give one back: no link was made."""

    account: str
    owner: str
    day: int

    def apply(self, records: Records) -> None:
        """Write it."""
        row = records.read(USES, self.account, self.owner, self.day, lock=True)
        if row is not None and row.used > 0:
            records.write(USES, row._replace(used=row.used - 1))


# -- the page ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeepVisit(Op[None]):
    """Remember an address that may be used once."""

    hash: str
    now: int
    expires_at: int

    def apply(self, records: Records) -> None:
        """Write it, and forget the old ones."""
        records.remove(VISITS, [("expires_at", "<=", self.now)])
        records.write(VISITS, VisitRow(self.hash, self.expires_at))


@dataclass(frozen=True, slots=True)
class UseVisit(Op[bool]):
    """Use an address up; False when there is no such, or its time is over."""

    hash: str
    now: int

    def apply(self, records: Records) -> bool:
        """Take it away."""
        return records.remove(VISITS, [("hash", "=", self.hash), ("expires_at", ">", self.now)]) == 1


# -- callbacks ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeepCallback(Op[None]):
    """Where to tell what becomes of a link; another one takes the first one's place, and so does the same one when it
    is asked for `again`, after a refusal.
    """

    row: CallbackRow
    again: bool = False

    def apply(self, records: Records) -> None:
        """Write it."""
        old = records.read(CALLBACKS, self.row.account, self.row.owner, self.row.key, lock=True)
        if old is None or self.again or old.url != self.row.url:
            records.write(CALLBACKS, self.row)


@dataclass(frozen=True, slots=True)
class DueCallbacks(Op[list[tuple[CallbackRow, LinkRow | None]]]):
    """Callbacks whose time has come, with their links; each is handed out once within `hold`."""

    account: str
    now: int
    hold: int
    limit: int = 50

    def apply(self, records: Records) -> list[tuple[CallbackRow, LinkRow | None]]:
        """Read them, and put them off."""
        where = [("account", "=", self.account), ("due_at", "<=", self.now)]
        found = records.select(CALLBACKS, where, order=("due_at",), limit=self.limit, skip=True)
        for row in found:
            records.write(CALLBACKS, row._replace(due_at=self.now + self.hold))
        return [(row, records.link_by_key(row.account, row.owner, row.key)) for row in found]


@dataclass(frozen=True, slots=True)
class PutOffCallback(Op[None]):
    """Look again at that moment."""

    row: CallbackRow
    due_at: int
    failed: bool = False

    def apply(self, records: Records) -> None:
        """Write it, unless it was ended meanwhile."""
        row = records.read(CALLBACKS, self.row.account, self.row.owner, self.row.key, lock=True)
        if row is not None and row.url == self.row.url and row.due_at is not None:
            records.write(CALLBACKS, row._replace(due_at=self.due_at, tries=row.tries + self.failed))


@dataclass(frozen=True, slots=True)
class EndCallback(Op[None]):
    """Nothing more has to be told. Where it was told is kept: it belongs to the request."""

    account: str
    owner: str
    key: str

    def apply(self, records: Records) -> None:
        """Write it."""
        where = [("account", "=", self.account), ("owner", "=", self.owner), ("key", "=", self.key)]
        records.change(CALLBACKS, {"due_at": None}, where)


@dataclass(frozen=True, slots=True)
class FindCallback(Op[CallbackRow | None]):
    """Where what becomes of a link is told, or was."""

    account: str
    owner: str
    key: str
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> CallbackRow | None:
        """Read it."""
        return records.read(CALLBACKS, self.account, self.owner, self.key)


@dataclass(frozen=True, slots=True)
class DropCallback(Op[None]):
    """No link came of it."""

    account: str
    owner: str
    key: str

    def apply(self, records: Records) -> None:
        """Take it away."""
        records.remove(CALLBACKS, [("account", "=", self.account), ("owner", "=", self.owner), ("key", "=", self.key)])
