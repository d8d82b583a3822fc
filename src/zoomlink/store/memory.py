"""The ledger in plain dictionaries: the databases' twin, for simulations and tests. Gone with its process."""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left, insort
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from zoomlink.spans import LONGEST, Booking
from zoomlink.store.carrying import carry_out
from zoomlink.store.records import mentions
from zoomlink.store.rows import ApiTokenRow, DayRow, LinkRow, PaceRow, PoolRow
from zoomlink.store.tables import MemoryTables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoomlink.store.ops import List, Op

T = TypeVar("T")

__all__ = ["MemoryStore"]

_UNSETTLED = {"planned", "sending", "unknown", "parked"}
_LISTED = {"sending", "unknown", "ready"}


class MemoryStore:
    """Carries out operations on dictionaries, one at a time."""

    def __init__(self) -> None:
        self._records = _MemoryRecords()
        self._lock = threading.Lock()

    @property
    def ahead(self) -> timedelta:
        """Nothing: all users are on this machine."""
        return timedelta(0)

    def carry_out(self, op: Op[T]) -> T:
        """Carry out an operation."""
        with self._lock:
            return carry_out(op, self._records)

    def at_once(self, op: Op[T]) -> tuple[T] | None:
        """Carry it out: nothing here takes time."""
        return (self.carry_out(op),)

    def close(self) -> None:
        """Nothing has to be let go of."""


class _MemoryRecords(MemoryTables):
    def __init__(self) -> None:
        super().__init__()
        self._links: dict[str, LinkRow] = {}
        self._keys: dict[tuple[str, str, str], str] = {}
        self._meetings: dict[tuple[str, int], set[str]] = {}
        self._due: list[tuple[int, str]] = []
        self._histories: dict[str, list[str]] = {}
        self._hosts: dict[tuple[str, str], str] = {}
        self._pool: dict[tuple[str, str], PoolRow] = {}
        self._bookings: dict[tuple[str, str], list[Booking]] = {}
        self._booked: dict[str, set[tuple[str, str]]] = {}
        self._paces: dict[tuple[str, str], PaceRow] = {}
        self._days: dict[tuple[str, str, int], DayRow] = {}
        self._tokens: dict[tuple[str, str], ApiTokenRow] = {}

    def link(self, link: str, *, lock: bool = False) -> LinkRow | None:  # noqa: ARG002 - one at a time anyway
        return self._links.get(link)

    def link_by_key(
        self,
        account: str,
        owner: str,
        key: str,
        other: str = "",
        *,
        lock: bool = False,  # noqa: ARG002
    ) -> LinkRow | None:
        found = self._keys.get((account, owner, key)) or self._keys.get((account, owner, other))
        return None if found is None else self._links[found]

    def link_by_meeting(self, account: str, meeting_id: int) -> LinkRow | None:
        return self._of_meeting(account, meeting_id, shared=0)

    def link_by_marker(self, account: str, marker: str) -> LinkRow | None:
        return next((row for row in self._links.values() if (row.account, row.marker) == (account, marker)), None)

    def link_in_room(self, account: str, meeting_id: int) -> LinkRow | None:
        return self._of_meeting(account, meeting_id, shared=1)

    def _of_meeting(self, account: str, meeting_id: int, *, shared: int) -> LinkRow | None:
        found = self._meetings.get((account, meeting_id), ())
        fitting = [link for link in found if self._links[link].shared_id == shared]
        return self._links[max(fitting)] if fitting else None

    def add_link(self, row: LinkRow, story: str) -> bool:
        if (row.account, row.owner, row.key) in self._keys:
            return False
        self._keys[row.account, row.owner, row.key] = row.id
        self._histories[row.id] = [story]
        self._put(None, row)
        return True

    def add_links(self, rows: Sequence[tuple[LinkRow, str]]) -> set[str]:
        return {row.id for row, story in rows if self.add_link(row, story)}

    def links_by_keys(self, account: str, owner: str, keys: Sequence[str]) -> list[LinkRow]:
        found = (self._keys.get((account, owner, key)) for key in keys)
        return [self._links[link] for link in found if link is not None]

    def links_by_ids(self, links: Sequence[str]) -> list[LinkRow]:
        return [self._links[link] for link in links if link in self._links]

    def change_link(self, row: LinkRow, changes: Mapping[str, Any], story: str = "") -> LinkRow:
        changed = row._replace(**changes)
        if changed.key != row.key:
            del self._keys[row.account, row.owner, row.key]
            self._keys[row.account, row.owner, changed.key] = row.id
        if story:
            self._histories[row.id].append(story)
        self._put(row, changed)
        return changed

    def _put(self, old: LinkRow | None, new: LinkRow) -> None:
        self._links[new.id] = new
        if new.due_at is not None and (old is None or old.due_at != new.due_at):
            heapq.heappush(self._due, (new.due_at, new.id))
        before = None if old is None else old.meeting_id
        if new.meeting_id != before:
            if before is not None:
                self._meetings[new.account, before].discard(new.id)
            if new.meeting_id is not None:
                self._meetings.setdefault((new.account, new.meeting_id), set()).add(new.id)

    def links(self, wanted: List) -> list[LinkRow]:
        found = [
            row
            for row in self._links.values()
            if row.account == wanted.account
            and (wanted.owner is None or row.owner == wanted.owner)
            and (wanted.states is None or row.state in wanted.states)
            and (wanted.host is None or row.host == wanted.host)
            and (wanted.key is None or row.key == wanted.key)
            and (wanted.from_at is None or row.start_at >= wanted.from_at)
            and (wanted.to_at is None or row.start_at < wanted.to_at)
            and (wanted.after is None or (row.start_at, row.id) > wanted.after)
        ]
        return sorted(found, key=lambda row: (row.start_at, row.id))[: wanted.limit]

    def due_links(
        self, account: str, now: int, limit: int, *, watches: bool, link: str | None, listed: str | None
    ) -> list[LinkRow]:
        found: list[LinkRow] = []
        others: list[LinkRow] = []
        while self._due and self._due[0][0] <= now and len(found) < limit:
            due, name = heapq.heappop(self._due)
            row = self._links[name]
            if row.due_at != due or row in found:
                continue  # it was changed since
            fits = row.account == account and (watches or row.state in _UNSETTLED or row.wish is not None)
            fits = fits and link in {None, name}
            fits = fits and (listed is None or (row.host == listed and row.state in _LISTED and row.wish is None))
            (found if fits else others).append(row)
        for row in found + others:
            heapq.heappush(self._due, (row.due_at or 0, row.id))
        return found

    def next_due(self, account: str) -> int | None:
        return min((due for due, row in self._all_due(account)), default=None)

    def waiting(self, account: str, now: int, limit: int) -> list[str]:
        found = sorted((due, row.id) for due, row in self._all_due(account) if due <= now)
        return [link for _, link in found[:limit]]

    def _all_due(self, account: str) -> list[tuple[int, LinkRow]]:
        rows = [row for row in self._links.values() if row.account == account]
        return [(row.due_at, row) for row in rows if row.due_at is not None]

    def mentioning(self, account: str, text: str) -> list[LinkRow]:
        found = [row for _, row in sorted(self._links.items()) if row.account == account]
        return [row for row in found if mentions(row, self.history(row.id), text)]

    def counts(self, account: str, owner: str | None) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self._links.values():
            if row.account == account and owner in {None, row.owner}:
                found[row.state] = found.get(row.state, 0) + 1
        return found

    def history(self, link: str) -> str:
        return "".join(self._histories.get(link, ()))

    def put_history(self, link: str, story: str) -> None:
        self._histories[link] = [story]

    def host(self, account: str, name: str) -> str:
        return self._hosts.get((account, name), name)

    def alone(self, what: str) -> None:
        pass  # everybody is

    def set_host(self, account: str, name: str, email: str) -> None:
        self._hosts = {at: email if (at[0], to) == (account, name) else to for at, to in self._hosts.items()}
        self._hosts.pop((account, email), None)
        self._hosts[account, name] = email
        for row in [row for row in self._links.values() if (row.account, row.host) == (account, name)]:
            self._put(row, row._replace(host=email))
        self.unbook_foreign(account, name)
        moved_bookings = self._bookings.pop((account, name), [])
        for one in moved_bookings:
            self._booked[one.link].discard((account, name))
        self.book(account, email, moved_bookings)
        self._pool.pop((account, name), None)
        for key in [key for key in self._days if key[:2] == (account, name)]:
            moved, there = self._days.pop(key), self.day(account, email, key[2])
            full = max(there.full_until, moved.full_until)
            self.put_day(there._replace(used=there.used + moved.used, full_until=full))

    def pool(self, account: str, host: str, *, lock: bool = False) -> PoolRow:  # noqa: ARG002
        return self._pool.get((account, host)) or PoolRow(account, host)

    def put_pool(self, row: PoolRow) -> None:
        self._pool[row.account, row.host] = row

    def bookings(self, account: str, host: str, start: int, end: int) -> list[Booking]:
        found = self._bookings.get((account, host), [])
        first = bisect_left(found, (start - LONGEST,))
        last = bisect_left(found, (end,), lo=first)
        return [one for one in found[first:last] if one.end > start]

    def book(self, account: str, host: str, bookings: Sequence[Booking]) -> None:
        for one in bookings:
            insort(self._bookings.setdefault((account, host), []), one)
            if one.link:
                self._booked.setdefault(one.link, set()).add((account, host))

    def book_many(self, account: str, bookings: Sequence[tuple[str, Booking]]) -> None:
        for host, booking in bookings:
            self.book(account, host, [booking])

    def unbook(self, link: str) -> None:
        for at in self._booked.pop(link, ()):
            self._bookings[at] = [one for one in self._bookings.get(at, ()) if one.link != link]

    def unbook_meeting(self, account: str, host: str, meeting: int) -> None:
        found = self._bookings.get((account, host), [])
        self._bookings[account, host] = [one for one in found if one.link or one.meeting != meeting]

    def unbook_foreign(self, account: str, host: str) -> None:
        self._bookings[account, host] = [one for one in self._bookings.get((account, host), ()) if one.link]

    def forget_host(self, account: str, email: str) -> None:
        self._hosts = {at: to for at, to in self._hosts.items() if at[0] != account or email not in {at[1], to}}
        self._days = {at: row for at, row in self._days.items() if at[:2] != (account, email)}
        self._pool.pop((account, email), None)
        self._bookings.pop((account, email), None)

    def pace(self, account: str, label: str) -> PaceRow:
        return self._paces.get((account, label)) or PaceRow(account, label)

    def put_pace(self, row: PaceRow) -> None:
        self._paces[row.account, row.label] = row

    def day(self, account: str, host: str, day: int) -> DayRow:
        return self._days.get((account, host, day)) or DayRow(account, host, day)

    def day_seen(self, account: str, host: str, day: int) -> DayRow:
        return self.day(account, host, day)

    def put_day(self, row: DayRow) -> None:
        self._days[row.account, row.host, row.day] = row

    def token(self, account: str, client: str, *, lock: bool = False) -> ApiTokenRow | None:
        if lock:
            return self._tokens.setdefault((account, client), ApiTokenRow(account, client))
        return self._tokens.get((account, client))

    def put_token(self, row: ApiTokenRow) -> None:
        self._tokens[row.account, row.client] = row
