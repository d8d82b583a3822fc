"""What a database has to offer: single rows, read and written inside one transaction. No decisions.

Two things implement it, SQL and plain dictionaries, so that every operation is written once
(:mod:`zoomlink.store.carrying`) and tested on all of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from zoomlink.spans import Booking
    from zoomlink.store.ops import List, Op
    from zoomlink.store.rows import ApiTokenRow, DayRow, LinkRow, PaceRow, PoolRow
    from zoomlink.store.tables import Table, Where

T = TypeVar("T")
R = TypeVar("R", bound=tuple[Any, ...])

__all__ = ["Records", "Store", "mentions"]


class Records(Protocol):
    """The rows of all tables, inside a transaction. What is read with `lock` stays as it is until the end of it."""

    def link(self, link: str, *, lock: bool = False) -> LinkRow | None:
        """The link of this id."""

    def link_by_key(self, account: str, owner: str, key: str, other: str = "", *, lock: bool = False) -> LinkRow | None:
        """The link of this key, or of the `other` one when there is none."""

    def link_by_meeting(self, account: str, meeting_id: int) -> LinkRow | None:
        """The link of this meeting, unless it is a personal room that many share."""

    def link_by_marker(self, account: str, marker: str) -> LinkRow | None:
        """The link whose meeting carries this marker, which is not empty."""

    def link_in_room(self, account: str, meeting_id: int) -> LinkRow | None:
        """The newest link of this personal room."""

    def add_link(self, row: LinkRow, story: str) -> bool:
        """Add a link with the first lines of its history; False, and nothing is added, when its key is taken."""

    def add_links(self, rows: Sequence[tuple[LinkRow, str]]) -> set[str]:
        """Add many, each with the first lines of its history; the ids of those whose key was not taken."""

    def links_by_keys(self, account: str, owner: str, keys: Sequence[str]) -> list[LinkRow]:
        """The links of these keys that there are, in no order."""

    def links_by_ids(self, links: Sequence[str]) -> list[LinkRow]:
        """The links of these ids that there are, in no order."""

    def change_link(self, row: LinkRow, changes: Mapping[str, Any], story: str = "") -> LinkRow:
        """Change some columns of a link and add lines to its history; returns it as it is then."""

    def links(self, wanted: List) -> list[LinkRow]:
        """Links that fit, in the order of start and id."""

    def due_links(
        self, account: str, now: int, limit: int, *, watches: bool, link: str | None, listed: str | None
    ) -> list[LinkRow]:
        """Links whose `due_at` has come, the longest due first, locked; what another has locked is left out. `link`:
        only this one. `listed`: only those of this host that wait for a list of its meetings.
        """

    def next_due(self, account: str) -> int | None:
        """The earliest `due_at` there is."""

    def waiting(self, account: str, now: int, limit: int) -> list[str]:
        """The ids of links whose `due_at` has come, the longest due first. None is locked."""

    def mentioning(self, account: str, text: str) -> list[LinkRow]:
        """Links in which the text stands anywhere, in whatever case."""

    def counts(self, account: str, owner: str | None) -> dict[str, int]:
        """Links by state, of everybody or of one owner."""

    def history(self, link: str) -> str:
        """A link's history: a JSON array on each line."""

    def put_history(self, link: str, story: str) -> None:
        """Replace it."""

    def host(self, account: str, name: str) -> str:
        """The host's e-mail address, or the name itself when none is known."""

    def alone(self, what: str) -> None:
        """Wait until nobody else is alone with this; to the end of the transaction."""

    def set_host(self, account: str, name: str, email: str) -> None:
        """Remember that two names are one host; links, counts and other names of the old one become the e-mail
        address's.
        """

    def pool(self, account: str, host: str, *, lock: bool = False) -> PoolRow:
        """What is known of a host. With `lock` nobody else books it until the end of the transaction."""

    def put_pool(self, row: PoolRow) -> None:
        """Write it."""

    def bookings(self, account: str, host: str, start: int, end: int) -> list[Booking]:
        """When the host is busy, in the order of the starts: whatever touches that time."""

    def book(self, account: str, host: str, bookings: Sequence[Booking]) -> None:
        """Add bookings of a host."""

    def book_many(self, account: str, bookings: Sequence[tuple[str, Booking]]) -> None:
        """Add bookings of many hosts."""

    def unbook(self, link: str) -> None:
        """Forget the bookings of a link."""

    def unbook_meeting(self, account: str, host: str, meeting: int) -> None:
        """Forget the bookings of a meeting that was taken for none of ours."""

    def unbook_foreign(self, account: str, host: str) -> None:
        """Forget the bookings of a host that belong to no link."""

    def forget_host(self, account: str, email: str) -> None:
        """Forget a host's other names and its days."""

    def pace(self, account: str, label: str) -> PaceRow:
        """The row of this label, locked."""

    def put_pace(self, row: PaceRow) -> None:
        """Write it."""

    def day(self, account: str, host: str, day: int) -> DayRow:
        """The row of this host and day, locked."""

    def day_seen(self, account: str, host: str, day: int) -> DayRow:
        """The same to look at only: nothing is written for a day that has no row."""

    def put_day(self, row: DayRow) -> None:
        """Write it; days long past are forgotten."""

    def token(self, account: str, client: str, *, lock: bool = False) -> ApiTokenRow | None:
        """The shared token; with `lock` there is a row from then on."""

    def put_token(self, row: ApiTokenRow) -> None:
        """Write it."""

    def read(self, table: Table[R], *key: Any, lock: bool = False) -> R | None:
        """The row of this key."""

    def insert(self, table: Table[R], row: R) -> bool:
        """Add a row; False, and nothing is added, when its key is taken."""

    def write(self, table: Table[R], row: R) -> None:
        """Add a row, or put it in the place of the one that has its key."""

    def change(self, table: Table[R], changes: Mapping[str, Any], where: Where) -> int:
        """Change some columns of all rows for which `where` holds; returns how many there were."""

    def remove(self, table: Table[R], where: Where) -> int:
        """Take away all rows for which `where` holds; returns how many there were."""

    def select(
        self,
        table: Table[R],
        where: Where = (),
        *,
        order: Sequence[str] = (),
        limit: int | None = None,
        lock: bool = False,
        skip: bool = False,
    ) -> list[R]:
        """The rows for which `where` holds, in the order of these columns (``-`` before a name: the highest first).

        `lock`: they stay as they are until the end of the transaction; `skip` too, and what another has locked is left
        out.
        """

    def count(self, table: Table[R], where: Where = ()) -> int:
        """How many rows there are for which `where` holds."""


class Store(Protocol):
    """Carries out operations, each in one transaction. One store serves many threads."""

    @property
    def ahead(self) -> timedelta:
        """How far the clock that all users of the store go by is ahead of this machine's."""

    def carry_out(self, op: Op[T]) -> T:
        """Carry out an operation. Raises LedgerError when the database cannot; then nothing was changed, or all."""

    def close(self) -> None:
        """Let go of the database."""


def mentions(row: LinkRow, story: str, text: str) -> bool:
    """Whether a text stands anywhere in a link or its history, in whatever case: said here, since databases differ."""
    values = (row.key, row.host, row.topic, row.asked, row.body, row.warnings, row.problem, row.wish, story)
    wanted = {text.lower(), json.dumps(text, ensure_ascii=False)[1:-1].lower()}
    return any(each in value.lower() for value in values if value for each in wanted)
