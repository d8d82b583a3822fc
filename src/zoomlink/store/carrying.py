"""What each operation does, written once for all databases: reads rows, decides, writes rows. No SQL, no clock.

The decisions about links (which change, when) come in with the operation; here stands what must be true at the moment
of the change: the guard of a transition, whose turn it is, how much of a limit is left.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from zoomlink.errors import LedgerError
from zoomlink.spans import Booking, beyond, in_the_way
from zoomlink.store import ops
from zoomlink.store.ops import Begun, Claimed, HostState, Moved, Planned
from zoomlink.store.rows import ApiTokenRow, EventRow
from zoomlink.store.seen import run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zoomlink.spans import Span
    from zoomlink.store.ops import Op, Pacing, Room
    from zoomlink.store.records import Records
    from zoomlink.store.rows import LinkRow

__all__ = ["DAY", "carry_out", "day_of", "day_over", "first_line"]

T = TypeVar("T")

DAY = 86_400_000
"""Milliseconds."""
SPREAD = 50_000
"""Milliseconds over which parked links come back after a reset, so that they do not all come at once."""
BELIEVED = 180_000
"""Milliseconds: a moment of the rate that is booked further ahead than this is a mistake: a block that is waited for
takes a minute at the most, and nobody waits two more."""
FIGHT_WINDOW = 600_000
FIGHT_COUNT = 3
FIGHT_PAUSE = 60_000
"""Two installations that share one app end each other's tokens where Zoom lets only the newest live: after so many
tokens ended before their time within the window, a new one is fetched at most once per pause. Milliseconds."""


def carry_out(op: Op[T], records: Records) -> T:
    """Carry out an operation on the rows of an open transaction."""
    how = _HOW.get(type(op))
    return op.apply(records) if how is None else cast("T", how(op, records))


def day_of(now: int) -> int:
    """The UTC day of a moment, counted from 1970."""
    return now // DAY


def day_over(now: int) -> int:
    """The moment at which the day of `now` is over."""
    return (now // DAY + 1) * DAY


# -- links -------------------------------------------------------------------------------------------------------------


def _get(op: ops.Get, records: Records) -> LinkRow | None:
    return records.link(op.link)


def _find(op: ops.Find, records: Records) -> LinkRow | None:
    return records.link_by_key(op.account, op.owner, op.key, op.marker)


def _find_meeting(op: ops.FindMeeting, records: Records) -> LinkRow | None:
    return _find_link(records, op.account, op.meeting_id)


def _history(op: ops.History, records: Records) -> list[EventRow]:
    return [EventRow(at, event, json.dumps(detail)) for at, event, detail in _lines(records.history(op.link))]


def _plan(op: ops.Plan, records: Records) -> Planned:
    row = op.row._replace(host=records.host(op.row.account, op.row.host))
    now = row.created_at
    # Read under a lock where there is one; two that come at once both find none, and the insert tells them apart.
    taken = records.link_by_key(row.account, row.owner, row.key, lock=True)
    if taken is None and op.rebuilt:
        found = records.link_by_key(row.account, row.owner, row.marker, lock=True)
        if found is not None:
            known = {"key": row.key, "asked": row.asked, "fingerprint": row.fingerprint}
            return Planned(_changed(records, found, known, now, "claimed"), created=False)
    if taken is not None and op.begin is not None and taken.state == "sending" and taken.claim == op.begin.claim:
        # Committed before, and the answer was lost.
        return Planned(taken, created=True, begun=Begun(taken, granted=True))
    if taken is not None and (taken.state != "refused" or not taken.fingerprint):
        return Planned(taken, created=False)
    whose = _busy_host(records, row)
    if op.room is not None and not _has_room(records, row, whose, op.spans, op.room):
        # While it waited for the host, another one may have planned the same key: then that link is in the way.
        other = records.link_by_key(row.account, row.owner, row.key) if taken is None else None
        return Planned(other or row, created=False, full=other is None)
    if taken is not None:
        changes = {name: getattr(row, name) for name in _REPLANNED}
        _book(records, taken, whose, op.spans)
        again = _changed(records, taken, changes, now, "planned", {"again": True})
        if op.begin is None:
            return Planned(again, created=True)
        answer = _begin(replace(op.begin, link=again.id), records)
        return Planned(answer.row or again, created=True, begun=answer)
    begun = None if op.begin is None else _begun(row, op.begin, records)
    fresh = row if begun is None else row._replace(**begun.changes)
    if not records.add_link(fresh, _line(now, "planned") + (begun.story if begun is not None else "")):
        # What was taken of the limits counts as used: that is the safe side.
        return Planned(_taken(records, row), created=False)
    _book(records, fresh, whose, op.spans)
    return Planned(fresh, created=True, begun=None if begun is None else begun.answer._replace(row=fresh))


_REPLANNED = (
    "state",
    "fingerprint",
    "asked",
    "body",
    "marker",
    "mode",
    "host",
    "topic",
    "start_at",
    "timezone",
    "duration",
    "shared_id",
    "tries",
    "looks",
    "wish",
    "due_at",
    "problem",
    "warnings",
)


def _add(op: ops.Add, records: Records) -> Planned:
    row = op.row._replace(host=records.host(op.row.account, op.row.host))
    if row.meeting_id is not None and not row.shared_id:
        found = records.link_by_meeting(row.account, row.meeting_id)
        if found is not None:
            return Planned(found, created=False)
    found = records.link_by_marker(row.account, row.marker) if row.marker else None
    if found is not None:
        return Planned(found, created=False)
    if not records.add_link(row, _line(row.created_at, op.event)):
        return Planned(_taken(records, row), created=False)
    _book(records, row, row.host, op.spans)
    records.unbook_meeting(row.account, row.host, row.meeting_id or 0)
    return Planned(row, created=True)


def _busy_host(records: Records, row: LinkRow) -> str:
    """Whose time a link takes: that of whom it is scheduled for, else its host's."""
    other = row.asks("schedule_for")
    return row.host if other is None else records.host(row.account, other.lower() if "@" in other else other)


def _has_room(records: Records, row: LinkRow, host: str, spans: Sequence[Span], room: Room) -> bool:
    """True when a host can take the spans besides what it has; nobody else books it until the transaction ends."""
    records.pool(row.account, host, lock=True)
    for span in spans:
        around = records.bookings(row.account, host, span.start - room.buffer, span.end + room.buffer)
        others = [one for one in around if one.link != row.id]
        if row.meeting_id is not None:  # nor is its own meeting in the way, where Zoom has it at another time
            others = [one for one in others if one.link or one.meeting != row.meeting_id]
        if in_the_way(others, span, room.capacity, room.buffer):
            return False
    return True


def _book(records: Records, row: LinkRow, host: str, spans: Sequence[Span]) -> None:
    if spans:
        records.book(row.account, host, [Booking(*span, row.id, row.meeting_id or 0) for span in spans])


def _taken(records: Records, row: LinkRow) -> LinkRow:
    """The link that has this one's key."""
    found = records.link_by_key(row.account, row.owner, row.key)
    if found is None:
        raise LedgerError("A link was there and is gone: somebody else deletes rows of the ledger.")
    return found


def _begin(op: ops.Begin, records: Records) -> Begun:
    row = records.link(op.link, lock=True)
    if row is None or (row.state == "sending" and row.claim == op.claim):
        return Begun(row, granted=row is not None)  # committed before, and the answer was lost
    if row.state not in {"planned", "parked"}:
        return Begun(row)
    row = row._replace(host=records.host(row.account, row.host))
    begun = _begun(row, op, records)
    if begun.changes:
        more = {"version": row.version + 1, "updated_at": op.now}
        row = records.change_link(row, {**begun.changes, **more}, begun.story)
    return begun.answer._replace(row=row)


class _Beginning(NamedTuple):
    """What a Begin makes of a link: the answer, without the row, what changes in it, and the line of history."""

    answer: Begun
    changes: Mapping[str, Any] = MappingProxyType({})
    story: str = ""


def _begun(row: LinkRow, op: ops.Begin, records: Records) -> _Beginning:
    """Take a call of the host's day and a moment of the rate, if there are any; write them, but not the link."""
    day = None
    if op.day_limit is not None:
        day = records.day(row.account, row.host, day_of(op.now))
        full = day.full_until if day.full_until > op.now else 0
        if full or day.used >= op.day_limit:
            return _park(row, op.now, full or day_over(op.now))
    turn = Begun(None, granted=True)
    if op.pacing is not None:
        turn = _take(records, row.account, op.pacing, op.now)
        if turn.retry is not None and turn.retry >= 60_000:  # an account's day is over, not its second
            return _park(row, op.now, op.now + turn.retry)
        if not turn.granted:
            return _Beginning(turn)
    if day is not None:
        records.put_day(day._replace(used=day.used + 1))
    changes = {
        "state": "sending",
        "attempt": row.attempt + 1,
        "claim": op.claim,
        "lease_at": op.now + op.lease,
        "due_at": op.now + op.lease,
        "sent_at": op.now,
        "first_sent_at": row.first_sent_at or op.now,
        "host": row.host,
    }
    return _Beginning(turn, changes, _line(op.now, "sending", {"attempt": row.attempt + 1}))


def _park(row: LinkRow, now: int, until: int) -> _Beginning:
    # Links come back spread over a minute, each always at its own moment.
    due = until + int(row.id[-4:], 36) % SPREAD
    if row.state == "parked" and row.due_at == due:
        return _Beginning(Begun(None))
    return _Beginning(Begun(None), {"state": "parked", "due_at": due}, _line(now, "parked", {"until": until}))


def _locked(op: ops.Move, records: Records) -> LinkRow | None:
    if op.alias is not None and (row := records.link(op.link)) is not None and row.host != op.alias[1]:
        # Whoever renames a host writes to all of its links: two who held one each would wait for each other.
        records.alone(f"{row.account} {op.alias[0]}")
    return records.link(op.link, lock=True)


def _move(op: ops.Move, records: Records) -> Moved:
    row = _locked(op, records)
    if (
        row is None
        or row.state not in op.states
        or (op.attempt is not None and row.attempt != op.attempt)
        or (op.version is not None and row.version != op.version)
    ):
        return Moved(row, done=False)
    changes = dict(op.changes)
    meeting = changes.get("meeting_id")
    if meeting is not None and not changes.get("shared_id", row.shared_id):
        other = records.link_by_meeting(row.account, meeting)
        if other is not None and other.id != row.id:
            return Moved(row, done=False, taken_by=other.id)
    if op.alias is not None and op.alias[0] != op.alias[1]:
        if row.host != op.alias[1] or records.host(row.account, op.alias[0]) != op.alias[1]:
            records.set_host(row.account, *op.alias)  # it writes to all of the host's links: not once more than needed
        changes["host"] = op.alias[1]
    host = records.host(row.account, row.host)  # the days are counted under the newest name
    booked = row._replace(**{"host": host, **{name: changes[name] for name in _BOOKED if name in changes}})
    if op.spans is not None:
        whose = _busy_host(records, booked)
        asked = whose if op.moves_to is None else records.host(row.account, op.moves_to)
        if op.room is not None and not _has_room(records, booked, asked, op.wanted, op.room):
            return Moved(row, done=False, full=True)
    if op.day_limit is not None:
        wait = _take_day(ops.TakeDay(row.account, host, op.now, op.day_limit), records)
        if wait:
            return Moved(row, done=False, wait=wait)
    if op.spans is not None:
        records.unbook(row.id)
        _book(records, booked, whose, op.spans)
        if op.moves_to is not None:
            _book(records, booked, asked, op.wanted)
    if op.event in _SEEN_OTHERWISE:
        _forget_seen(op, booked, {host, _busy_host(records, booked)}, records)
    if op.full_until is not None:
        day = records.day(row.account, host, day_of(op.now))
        records.put_day(day._replace(full_until=op.full_until))
    if op.block is not None:
        pace = records.pace(row.account, op.block[0])
        records.put_pace(pace._replace(blocked_until=max(pace.blocked_until, op.block[1])))
    if op.uncount and row.sent_at is not None:
        day = records.day(row.account, host, day_of(row.sent_at))
        records.put_day(day._replace(used=max(day.used - 1, 0)))
    return Moved(_changed(records, row, changes, op.now, op.event, op.detail), done=True)


def _forget_seen(op: ops.Move, row: LinkRow, hosts: set[str], records: Records) -> None:
    """What was seen of a link's meeting in lists is no longer true, or known to be the link's."""
    meeting = op.detail.get("meeting") if op.event == "removed" else row.meeting_id
    if meeting is not None:
        for host in hosts:
            records.unbook_meeting(row.account, host, meeting)


_BOOKED = ("host", "meeting_id", "body")
_SEEN_OTHERWISE = {
    "adopted",
    "brought-back",
    "changed",
    "changed-in-zoom",
    "ended-early",
    "cancelled",
    "deleted",
    "removed",
}


def _due(op: ops.Due, records: Records) -> list[LinkRow]:
    rows = records.due_links(op.account, op.now, op.limit, watches=op.watches, link=op.link, listed=op.listed)
    for row in rows:
        # Not a change of the link: neither its version nor its history knows of it.
        records.change_link(row, {"due_at": op.now + op.hold})
    return rows


def _wipe(op: ops.Wipe, records: Records) -> Moved:
    row = records.link(op.link, lock=True)
    if row is None:
        return Moved(None, done=False)
    gone = {
        "key": op.key,
        "host": op.host,
        "asked": "",
        "body": "",
        "topic": "",
        "join_url": None,
        "passcode": None,
        "warnings": "[]",
        "problem": None,
        "wish": None,
    }
    lines = [[at, event, {}] for at, event, _ in _lines(records.history(row.id))]
    records.put_history(row.id, "".join(_line(*line) for line in lines))
    if op.host != row.host:
        records.forget_host(row.account, row.host)
    return Moved(_changed(records, row, gone, op.now, "erased"), done=True)


def _changed(
    records: Records,
    row: LinkRow,
    changes: Mapping[str, Any],
    now: int,
    event: str,
    detail: Mapping[str, Any] | None = None,
) -> LinkRow:
    whole = {**changes, "version": row.version + 1, "updated_at": now}
    return records.change_link(row, whole, _line(now, event, detail) if event else "")


def first_line(row: LinkRow) -> str:
    """How the history of a link begins that is recorded now."""
    return _line(row.created_at, "planned")


def _line(at: int, event: str, detail: Mapping[str, Any] | None = None) -> str:
    """A line of history. JSON keeps line ends out of it."""
    return json.dumps([at, event, detail or {}], ensure_ascii=False) + "\n"


def _lines(story: str) -> list[Any]:
    # Not splitlines: that takes characters for line ends which JSON leaves as they are.
    return [json.loads(line) for line in story.split("\n") if line]


# -- hosts -------------------------------------------------------------------------------------------------------------


def _look_at_pool(op: ops.LookAtPool, records: Records) -> list[HostState]:
    found = []
    for name in op.names:
        host = records.host(op.account, name)
        known = records.pool(op.account, host)
        day = records.day_seen(op.account, host, day_of(op.now))
        bookings = {one for span in op.spans for one in records.bookings(op.account, host, *span)}
        licensed = None if known.licensed is None else bool(known.licensed)
        found.append(
            HostState(
                host, tuple(sorted(bookings)), day.used, day.full_until, licensed, known.licence_at, known.looked_at
            )
        )
    return found


def _keep_foreign(op: ops.KeepForeign, records: Records) -> None:
    host = records.host(op.account, op.host)
    row = records.pool(op.account, host, lock=True)
    if op.bookings is not None:
        records.unbook_foreign(op.account, host)
        markers = dict(op.markers)
        links = {one.meeting: _find_link(records, op.account, one.meeting) for one in op.bookings if one.meeting}
        for one in op.bookings:
            link = links.get(one.meeting)
            if link is None or link.updated_at < op.now:  # else the list may show how it was before
                records.book(op.account, host, _not_booked(records, op.account, host, one, markers.get(one.meeting)))
    if op.bookings is None or op.now >= -row.looked_at:  # else something happened since, and it is to be asked again
        records.put_pool(row._replace(looked_at=op.now))


def _not_booked(records: Records, account: str, host: str, listed: Booking, marker: str | None) -> list[Booking]:
    """What of a listed meeting no link has booked, and is not over already."""
    around = records.bookings(account, host, listed.start, listed.end)
    runs = [one for one in around if listed.meeting and one.link == run_of(listed.meeting)]
    ended = max((run.end for run in runs if run.start == run.end), default=listed.end)
    known = [one for one in around if one in runs or _accounts_for(records.link(one.link), listed.meeting, marker)]
    return beyond(listed._replace(end=min(listed.end, ended)), known)


def _accounts_for(row: LinkRow | None, meeting: int, marker: str | None) -> bool:
    """True when a link that is booked then is the reason for a listed meeting: it is its own, or came of an answer that
    was lost, and is adopted or removed sooner or later.
    """
    if row is None:
        return False
    if meeting and row.meeting_id == meeting:
        return True
    return bool(marker) and row.marker == marker and (row.state != "ready" or row.due_at is not None)


def _find_link(records: Records, account: str, meeting: int) -> LinkRow | None:
    return records.link_by_meeting(account, meeting) or records.link_in_room(account, meeting)


def _keep_licence(op: ops.KeepLicence, records: Records) -> None:
    name = records.host(op.account, op.host)
    if op.email and op.email != name:
        records.set_host(op.account, name, op.email)
    row = records.pool(op.account, op.email or name, lock=True)
    licensed = None if op.licensed is None else int(op.licensed)
    records.put_pool(row._replace(licensed=licensed, licence_at=op.now))


# -- limits ------------------------------------------------------------------------------------------------------------


def _take(records: Records, account: str, pacing: Pacing, now: int) -> Begun:
    """Book the next free moment. Evenly spaced, so that no window of a second ever holds more than its share."""
    pace = records.pace(account, pacing.label)
    if pace.blocked_until - now >= 60_000:
        return Begun(None, retry=pace.blocked_until - now)
    rate = pacing.per_second
    if pace.learned and now < pace.learned_until:
        rate = min(rate, pace.learned)
    present = now * 1000
    # Nobody books minutes ahead: what lies there was booked before the clock was set back.
    booked = pace.next_us if pace.next_us - present < BELIEVED * 1000 else 0
    moment = max(booked, present, pace.blocked_until * 1000)
    ahead = (moment - present) // 1000
    if pacing.horizon is not None and ahead > pacing.horizon:
        return Begun(None, retry=max(int(ahead - pacing.horizon), int(1000 / rate), 20))
    records.put_pace(pace._replace(next_us=moment + math.ceil(1_000_000 / rate)))
    learned = rate if rate < pacing.per_second else 0.0
    return Begun(None, granted=ahead <= 0, wait=int(ahead) if ahead > 0 else None, learned=learned)


def _take_rate(op: ops.TakeRate, records: Records) -> Begun:
    return _take(records, op.account, op.pacing, op.now)


def _take_day(op: ops.TakeDay, records: Records) -> int:
    day = records.day(op.account, records.host(op.account, op.host), day_of(op.now))
    if day.full_until > op.now:
        return day.full_until - op.now
    if day.used >= op.limit:
        return day_over(op.now) - op.now
    records.put_day(day._replace(used=day.used + 1))
    return 0


def _learn(op: ops.Learn, records: Records) -> None:
    pace = records.pace(op.account, op.label)
    if op.per_second is not None:
        pace = pace._replace(learned=op.per_second, learned_until=op.until)
    records.put_pace(pace._replace(blocked_until=max(pace.blocked_until, op.blocked_until)))


# -- the token ---------------------------------------------------------------------------------------------------------


def _read_token(op: ops.ReadToken, records: Records) -> ApiTokenRow | None:
    return records.token(op.account, op.client)


def _claim_token(op: ops.ClaimToken, records: Records) -> Claimed:
    row = records.token(op.account, op.client, lock=True) or ApiTokenRow(op.account, op.client)
    if row.generation != op.seen:
        return Claimed(row, mine=False)
    if row.fetcher not in {None, op.claim} and row.fetch_until > op.now:
        return Claimed(row, mine=False, wait=min(row.fetch_until - op.now, 50))
    rejections = [at for at in json.loads(row.rejections) if op.now - FIGHT_WINDOW < at <= op.now]
    if op.rejected and row.fetcher != op.claim:
        rejections.append(op.now)
    fetched_long_ago = op.now - row.fetched_at >= FIGHT_PAUSE
    if op.rejected and len(rejections) >= FIGHT_COUNT and not fetched_long_ago:
        records.put_token(row._replace(rejections=json.dumps(rejections[-20:])))
        held = row.fetched_at + FIGHT_PAUSE - op.now
        return Claimed(row, mine=False, held=held, rejections=len(rejections))
    row = row._replace(fetcher=op.claim, fetch_until=op.now + op.lease, rejections=json.dumps(rejections[-20:]))
    records.put_token(row)
    return Claimed(row, mine=True, rejections=len(rejections))


def _keep_token(op: ops.KeepToken, records: Records) -> None:
    row = records.token(op.account, op.client, lock=True) or ApiTokenRow(op.account, op.client)
    if row.fetcher not in {None, op.claim}:
        return  # we were taken for dead, and another one is at it
    records.put_token(
        row._replace(
            generation=row.generation + 1,
            sealed=op.sealed,
            renew_at=op.renew_at,
            expires_at=op.expires_at,
            fetched_at=op.now,
            fetcher=None,
            fetch_until=0,
            failure=None,
        )
    )


def _fail_token(op: ops.FailToken, records: Records) -> None:
    row = records.token(op.account, op.client, lock=True)
    if row is not None and row.fetcher == op.claim:
        row = row._replace(fetcher=None, fetch_until=0)
        if op.failure is not None:
            row = row._replace(failure=op.failure, failed_at=op.now)
        records.put_token(row)


_HOW: dict[type[Op[Any]], Callable[[Any, Records], Any]] = {
    ops.Get: _get,
    ops.Find: _find,
    ops.FindMeeting: _find_meeting,
    ops.History: _history,
    ops.HostOf: lambda op, records: records.host(op.account, op.name),
    ops.List: lambda op, records: records.links(op),
    ops.Counts: lambda op, records: records.counts(op.account, op.owner),
    ops.Plan: _plan,
    ops.LookAtPool: _look_at_pool,
    ops.KeepForeign: _keep_foreign,
    ops.KeepLicence: _keep_licence,
    ops.Add: _add,
    ops.Begin: _begin,
    ops.Move: _move,
    ops.Due: _due,
    ops.NextDue: lambda op, records: records.next_due(op.account),
    ops.Waiting: lambda op, records: records.waiting(op.account, op.now, op.limit),
    ops.Mentions: lambda op, records: records.mentioning(op.account, op.text),
    ops.Wipe: _wipe,
    ops.TakeRate: _take_rate,
    ops.TakeDay: _take_day,
    ops.Learn: _learn,
    ops.ReadToken: _read_token,
    ops.ClaimToken: _claim_token,
    ops.KeepToken: _keep_token,
    ops.FailToken: _fail_token,
}
