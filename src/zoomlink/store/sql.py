"""Rows in SQL: every statement of the ledger, once, in the dialect that SQLite and PostgreSQL share. No decisions.

Four words differ: `lock` (rows read for a change), `skip` (the same, leaving out what is locked), `like` (a comparison
that takes no notice of case) and `alone` (a statement that waits for its turn; empty where all take turns anyway).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from zoomlink.spans import LONGEST, Booking
from zoomlink.store.records import mentions
from zoomlink.store.rows import ApiTokenRow, DayRow, LinkRow, PaceRow, PoolRow
from zoomlink.store.tables import SQLTables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoomlink.store.ops import List

__all__ = ["Cursor", "Dialect", "SQLRecords"]

_KEPT_DAYS = 40
_COLUMNS = ", ".join(LinkRow._fields)
_LINKS = f"SELECT {_COLUMNS} FROM zoomlink_links"  # noqa: S608 - our own column names
_ADD_LINK = (
    f"INSERT INTO zoomlink_links ({_COLUMNS}, history) VALUES ({'?, ' * len(LinkRow._fields)}?)"  # noqa: S608
    " ON CONFLICT (account, owner, key) DO NOTHING"
)
_ADD_LINKS = f"INSERT INTO zoomlink_links ({_COLUMNS}, history) VALUES"
_AT_ONCE = 50
"""Rows that one statement adds: it may have 32,766 values in SQLite."""
_ASKED = 500
_UNSETTLED = "(state IN ('planned', 'sending', 'unknown', 'parked') OR wish IS NOT NULL)"
_LISTED = "state IN ('sending', 'unknown', 'ready') AND wish IS NULL"
_SEARCHED = ("key", "host", "topic", "asked", "body", "warnings", "problem", "wish", "history")


class Cursor(Protocol):
    """What a statement gives back."""

    @property
    def rowcount(self) -> int:
        """Rows that were changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchmany(self, size: int) -> list[Any]:
        """The next rows, at most `size`."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""


class Dialect(Protocol):
    """A database's own words, and its way to carry out a statement."""

    lock: str
    skip: str
    like: str
    alone: str

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        """Carry out a statement with ``?`` for values."""


class SQLRecords(SQLTables):
    """:class:`zoomlink.store.records.Records` over a connection that has a transaction open."""

    def __init__(self, dialect: Dialect) -> None:
        self._execute = dialect.execute
        self._lock = dialect.lock
        self._skip = dialect.skip
        self._like = dialect.like
        self._alone = dialect.alone

    def link(self, link: str, *, lock: bool = False) -> LinkRow | None:
        """The link of this id."""
        return self._link("id = ?", (link,), lock=lock)

    def link_by_key(self, account: str, owner: str, key: str, other: str = "", *, lock: bool = False) -> LinkRow | None:
        """The link of this key, or of the `other` one."""
        if not other:
            return self._link("account = ? AND owner = ? AND key = ?", (account, owner, key), lock=lock)
        where = "account = ? AND owner = ? AND key IN (?, ?) ORDER BY CASE WHEN key = ? THEN 0 ELSE 1 END LIMIT 1"
        return self._link(where, (account, owner, key, other, key), lock=lock)

    def link_by_meeting(self, account: str, meeting_id: int) -> LinkRow | None:
        """The link of this meeting."""
        return self._link("account = ? AND meeting_id = ? AND shared_id = 0", (account, meeting_id), lock=False)

    def link_by_marker(self, account: str, marker: str) -> LinkRow | None:
        """The link of this marker."""
        where = "account = ? AND marker = ? AND marker <> '' ORDER BY id LIMIT 1"
        return self._link(where, (account, marker), lock=False)

    def link_in_room(self, account: str, meeting_id: int) -> LinkRow | None:
        """The newest link of this personal room."""
        where = "account = ? AND meeting_id = ? AND shared_id = 1 ORDER BY id DESC LIMIT 1"
        return self._link(where, (account, meeting_id), lock=False)

    def _link(self, where: str, values: tuple[Any, ...], *, lock: bool) -> LinkRow | None:
        found = self._execute(f"{_LINKS} WHERE {where}{self._lock if lock else ''}", values).fetchone()
        return None if found is None else LinkRow(*found)

    def add_link(self, row: LinkRow, story: str) -> bool:
        """Add a link; False when its key is taken."""
        return self._execute(_ADD_LINK, (*row, story)).rowcount == 1

    def add_links(self, rows: Sequence[tuple[LinkRow, str]]) -> set[str]:
        """Add many, some at a time in one statement."""
        added: set[str] = set()
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            marks = ", ".join([f"({'?, ' * len(LinkRow._fields)}?)"] * len(some))
            statement = f"{_ADD_LINKS} {marks} ON CONFLICT (account, owner, key) DO NOTHING RETURNING id"
            values = [value for row, story in some for value in (*row, story)]
            added.update(found[0] for found in self._execute(statement, values).fetchall())
        return added

    def links_by_keys(self, account: str, owner: str, keys: Sequence[str]) -> list[LinkRow]:
        """The links of these keys."""
        found: list[LinkRow] = []
        for first in range(0, len(keys), _ASKED):
            some = keys[first : first + _ASKED]
            where = f"account = ? AND owner = ? AND key IN ({', '.join('?' * len(some))})"
            rows = self._execute(f"{_LINKS} WHERE {where}", [account, owner, *some]).fetchall()
            found += [LinkRow(*row) for row in rows]
        return found

    def links_by_ids(self, links: Sequence[str]) -> list[LinkRow]:
        """The links of these ids."""
        found: list[LinkRow] = []
        for first in range(0, len(links), _ASKED):
            some = links[first : first + _ASKED]
            rows = self._execute(f"{_LINKS} WHERE id IN ({', '.join('?' * len(some))})", some).fetchall()
            found += [LinkRow(*row) for row in rows]
        return found

    def change_link(self, row: LinkRow, changes: Mapping[str, Any], story: str = "") -> LinkRow:
        """Change some columns of a link."""
        columns = ", ".join([f"{name} = ?" for name in changes])
        if story:
            columns += ", history = history || ?"
            values = (*changes.values(), story, row.id)
        else:
            values = (*changes.values(), row.id)
        self._execute(f"UPDATE zoomlink_links SET {columns} WHERE id = ?", values)  # noqa: S608
        return row._replace(**changes)

    def links(self, wanted: List) -> list[LinkRow]:
        """Links that fit, in the order of start and id."""
        where, values = ["account = ?"], [wanted.account]
        if wanted.states is not None:
            where.append(f"state IN ({', '.join('?' * len(wanted.states)) or 'NULL'})")
            values += wanted.states
        given = (
            ("owner = ?", wanted.owner),
            ("host = ?", wanted.host),
            ("key = ?", wanted.key),
            ("start_at >= ?", wanted.from_at),
            ("start_at < ?", wanted.to_at),
        )
        for words, value in given:
            if value is not None:
                where.append(words)
                values.append(value)  # type: ignore[arg-type] # numbers among names
        if wanted.after is not None:
            where.append("(start_at, id) > (?, ?)")
            values += wanted.after  # type: ignore[arg-type]
        statement = f"{_LINKS} WHERE {' AND '.join(where)} ORDER BY start_at, id LIMIT ?"
        return [LinkRow(*found) for found in self._execute(statement, [*values, wanted.limit]).fetchall()]

    def due_links(
        self, account: str, now: int, limit: int, *, watches: bool, link: str | None, listed: str | None
    ) -> list[LinkRow]:
        """Links whose `due_at` has come, locked."""
        only = "" if watches else f" AND {_UNSETTLED}"
        values: list[Any] = [account, now]
        if link is not None:
            only, values = f"{only} AND id = ?", [*values, link]
        if listed is not None:
            only, values = f"{only} AND host = ? AND {_LISTED}", [*values, listed]
        statement = f"{_LINKS} WHERE account = ? AND due_at <= ?{only} ORDER BY due_at, id LIMIT ?{self._skip}"
        return [LinkRow(*found) for found in self._execute(statement, (*values, limit)).fetchall()]

    def next_due(self, account: str) -> int | None:
        """The earliest `due_at` there is."""
        statement = "SELECT min(due_at) FROM zoomlink_links WHERE account = ? AND due_at IS NOT NULL"
        found = self._execute(statement, (account,)).fetchone()[0]
        return None if found is None else int(found)

    def waiting(self, account: str, now: int, limit: int) -> list[str]:
        """The ids of links whose `due_at` has come."""
        statement = "SELECT id FROM zoomlink_links WHERE account = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?"
        return [found[0] for found in self._execute(statement, (account, now, limit)).fetchall()]

    def mentioning(self, account: str, text: str) -> list[LinkRow]:
        """Links in which the text stands anywhere, in their history too."""
        # The database leaves out what cannot fit: whatever it may see in another way than we do stands for anything.
        pattern = "%" + re.sub(r"[^A-Za-z0-9 ]+", "%", text) + "%"
        where = " OR ".join(f"{name} {self._like} ?" for name in _SEARCHED)
        statement = f"SELECT {_COLUMNS}, history FROM zoomlink_links WHERE account = ? AND ({where}) ORDER BY id"  # noqa: S608
        found = self._execute(statement, [account, *[pattern] * len(_SEARCHED)]).fetchall()
        return [LinkRow(*row) for *row, story in found if mentions(LinkRow(*row), story, text)]

    def counts(self, account: str, owner: str | None) -> dict[str, int]:
        """Links by state, of everybody or of one owner."""
        whose, values = ("", [account]) if owner is None else (" AND owner = ?", [account, owner])
        statement = f"SELECT state, count(*) FROM zoomlink_links WHERE account = ?{whose} GROUP BY state"  # noqa: S608
        return dict(self._execute(statement, values).fetchall())

    def history(self, link: str) -> str:
        """A link's history."""
        found = self._execute("SELECT history FROM zoomlink_links WHERE id = ?", (link,)).fetchone()
        return "" if found is None else str(found[0])

    def put_history(self, link: str, story: str) -> None:
        """Replace it."""
        self._execute("UPDATE zoomlink_links SET history = ? WHERE id = ?", (story, link))

    def host(self, account: str, name: str) -> str:
        """The host's e-mail address, or the name itself."""
        statement = "SELECT email FROM zoomlink_hosts WHERE account = ? AND name = ?"
        found = self._execute(statement, (account, name)).fetchone()
        return name if found is None else str(found[0])

    def alone(self, what: str) -> None:
        """Wait until nobody else is alone with this."""
        if self._alone:
            self._execute(self._alone, (what,))

    def set_host(self, account: str, name: str, email: str) -> None:
        """Remember that two names are one host; what is under the name becomes the e-mail address's."""
        self._execute(
            "INSERT INTO zoomlink_hosts (account, name, email) VALUES (?, ?, ?) "
            "ON CONFLICT (account, name) DO UPDATE SET email = excluded.email",
            (account, name, email),
        )
        self._execute("UPDATE zoomlink_hosts SET email = ? WHERE account = ? AND email = ?", (email, account, name))
        self._execute("DELETE FROM zoomlink_hosts WHERE account = ? AND name = ?", (account, email))
        self._execute("UPDATE zoomlink_links SET host = ? WHERE account = ? AND host = ?", (email, account, name))
        # What was seen of the host under its other name may be known under this one already.
        self.unbook_foreign(account, name)
        self._execute("UPDATE zoomlink_bookings SET host = ? WHERE account = ? AND host = ?", (email, account, name))
        self._execute("DELETE FROM zoomlink_pool WHERE account = ? AND host = ?", (account, name))
        self._execute(
            "INSERT INTO zoomlink_days (account, host, day, used, full_until) "
            "SELECT account, ?, day, used, full_until FROM zoomlink_days WHERE account = ? AND host = ? "
            "ON CONFLICT (account, host, day) DO UPDATE SET used = zoomlink_days.used + excluded.used, full_until = "
            "CASE WHEN excluded.full_until > zoomlink_days.full_until THEN excluded.full_until "
            "ELSE zoomlink_days.full_until END",
            (email, account, name),
        )
        self._execute("DELETE FROM zoomlink_days WHERE account = ? AND host = ?", (account, name))

    def pool(self, account: str, host: str, *, lock: bool = False) -> PoolRow:
        """What is known of a host; locked, when it is to be booked."""
        where = f"FROM zoomlink_pool WHERE account = ? AND host = ?{self._lock if lock else ''}"
        statement = f"SELECT account, host, licensed, licence_at, looked_at {where}"
        found = self._execute(statement, (account, host)).fetchone()
        if found is None and lock:
            self._insert("zoomlink_pool", PoolRow(account, host), PoolRow._fields)
            found = self._execute(statement, (account, host)).fetchone()
        return PoolRow(account, host) if found is None else PoolRow(*found)

    def put_pool(self, row: PoolRow) -> None:
        """Write it."""
        self._execute(
            "UPDATE zoomlink_pool SET licensed = ?, licence_at = ?, looked_at = ? WHERE account = ? AND host = ?",
            (row.licensed, row.licence_at, row.looked_at, row.account, row.host),
        )

    def bookings(self, account: str, host: str, start: int, end: int) -> list[Booking]:
        """When the host is busy, whatever touches that time."""
        found = self._execute(
            "SELECT start_at, end_at, link, meeting FROM zoomlink_bookings "
            "WHERE account = ? AND host = ? AND start_at > ? AND start_at < ? AND end_at > ? ORDER BY start_at, end_at",
            (account, host, start - LONGEST - 1, end, start),
        ).fetchall()
        return [Booking(*one) for one in found]

    def book(self, account: str, host: str, bookings: Sequence[Booking]) -> None:
        """Add bookings of a host."""
        for one in bookings:
            self._execute(
                "INSERT INTO zoomlink_bookings (account, host, start_at, end_at, link, meeting) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (account, host, *one),
            )

    def book_many(self, account: str, bookings: Sequence[tuple[str, Booking]]) -> None:
        """Add bookings of many hosts."""
        for first in range(0, len(bookings), _AT_ONCE):
            some = bookings[first : first + _AT_ONCE]
            marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(some))
            self._execute(
                f"INSERT INTO zoomlink_bookings (account, host, start_at, end_at, link, meeting) VALUES {marks}",  # noqa: S608
                [value for host, booking in some for value in (account, host, *booking)],
            )

    def unbook(self, link: str) -> None:
        """Forget the bookings of a link."""
        self._execute("DELETE FROM zoomlink_bookings WHERE link = ? AND link <> ''", (link,))

    def unbook_meeting(self, account: str, host: str, meeting: int) -> None:
        """Forget the bookings of a meeting that was taken for none of ours."""
        where = "account = ? AND host = ? AND meeting = ? AND link = ''"
        self._execute(f"DELETE FROM zoomlink_bookings WHERE {where}", (account, host, meeting))  # noqa: S608

    def unbook_foreign(self, account: str, host: str) -> None:
        """Forget the bookings of a host that belong to no link."""
        self._execute("DELETE FROM zoomlink_bookings WHERE account = ? AND host = ? AND link = ''", (account, host))

    def forget_host(self, account: str, email: str) -> None:
        """Forget a host's other names and its days."""
        self._execute(
            "DELETE FROM zoomlink_hosts WHERE account = ? AND (email = ? OR name = ?)", (account, email, email)
        )
        for table in ("zoomlink_days", "zoomlink_pool", "zoomlink_bookings"):
            self._execute(f"DELETE FROM {table} WHERE account = ? AND host = ?", (account, email))  # noqa: S608

    def pace(self, account: str, label: str) -> PaceRow:
        """The row of this label, locked."""
        where = f"FROM zoomlink_paces WHERE account = ? AND label = ?{self._lock}"
        statement = f"SELECT account, label, next_us, learned, learned_until, blocked_until {where}"
        found = self._execute(statement, (account, label)).fetchone()
        if found is None:
            self._insert("zoomlink_paces", PaceRow(account, label), PaceRow._fields)
            found = self._execute(statement, (account, label)).fetchone()
        return PaceRow(*found)

    def put_pace(self, row: PaceRow) -> None:
        """Write it."""
        self._execute(
            "UPDATE zoomlink_paces SET next_us = ?, learned = ?, learned_until = ?, blocked_until = ? "
            "WHERE account = ? AND label = ?",
            (row.next_us, row.learned, row.learned_until, row.blocked_until, row.account, row.label),
        )

    def day(self, account: str, host: str, day: int) -> DayRow:
        """The row of this host and day, locked."""
        where = f"FROM zoomlink_days WHERE account = ? AND host = ? AND day = ?{self._lock}"
        statement = f"SELECT account, host, day, used, full_until {where}"
        found = self._execute(statement, (account, host, day)).fetchone()
        if found is None:
            self._execute("DELETE FROM zoomlink_days WHERE day < ?", (day - _KEPT_DAYS,))
            self._insert("zoomlink_days", DayRow(account, host, day), DayRow._fields)
            found = self._execute(statement, (account, host, day)).fetchone()
        return DayRow(*found)

    def day_seen(self, account: str, host: str, day: int) -> DayRow:
        """The same to look at only."""
        statement = "SELECT used, full_until FROM zoomlink_days WHERE account = ? AND host = ? AND day = ?"
        found = self._execute(statement, (account, host, day)).fetchone()
        return DayRow(account, host, day, *(found or ()))

    def put_day(self, row: DayRow) -> None:
        """Write it."""
        self._execute(
            "UPDATE zoomlink_days SET used = ?, full_until = ? WHERE account = ? AND host = ? AND day = ?",
            (row.used, row.full_until, row.account, row.host, row.day),
        )

    def token(self, account: str, client: str, *, lock: bool = False) -> ApiTokenRow | None:
        """The shared token."""
        columns = ", ".join(ApiTokenRow._fields)
        where = f"FROM zoomlink_tokens WHERE account = ? AND client = ?{self._lock if lock else ''}"
        statement = f"SELECT {columns} {where}"
        found = self._execute(statement, (account, client)).fetchone()
        if found is None and lock:
            self._insert("zoomlink_tokens", ApiTokenRow(account, client), ApiTokenRow._fields)
            found = self._execute(statement, (account, client)).fetchone()
        return None if found is None else ApiTokenRow(*found)

    def put_token(self, row: ApiTokenRow) -> None:
        """Write it."""
        names = ApiTokenRow._fields[2:]
        self._execute(
            f"UPDATE zoomlink_tokens SET {', '.join(f'{name} = ?' for name in names)} "  # noqa: S608
            "WHERE account = ? AND client = ?",
            [*(getattr(row, name) for name in names), row.account, row.client],
        )

    def _insert(self, table: str, row: object, columns: Sequence[str]) -> None:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
        self._execute(statement, [getattr(row, name) for name in columns])
