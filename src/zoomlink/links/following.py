"""What became of meetings by others' hands: looked at again in Zoom after an event, and followed. Flows; no I/O.

An event only says where to look. Since what counts is how Zoom has the meeting now, events may come late, twice or in
any order. A meeting of ours is followed and never changed back; of others' meetings it is kept who is busy with them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from zoomlink.errors import NotFoundError, TransportError
from zoomlink.links import by_others, transitions
from zoomlink.links.hosting import address_of
from zoomlink.links.request import canonical_host
from zoomlink.links.sending import millis
from zoomlink.links.settling import take_turn
from zoomlink.links.steps import LinkFlow, Tx, changed_by
from zoomlink.links.transitions import utc
from zoomlink.model import LinkState
from zoomlink.spans import Span
from zoomlink.store.inbox import Remind
from zoomlink.store.ops import FindMeeting, History, HostOf, List, Move
from zoomlink.store.seen import BookedSpans, Doubt, KeepRun, KnowHost, Unlist
from zoomlink.zoom import meetings
from zoomlink.zoom.differences import same_text
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now
from zoomlink.zoom.limits import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import EventRow, LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = ["Told", "follow"]

CREATED, STARTED, ENDED = "meeting.created", "meeting.started", "meeting.ended"
GONE = frozenset({"meeting.deleted", "meeting.permanently_deleted"})
RECOVERED = "meeting.recovered"
AGAIN = "again"
"""Nothing was told: a meeting that ran a while ago is looked at again."""

FRESH = 300_000
"""Milliseconds for which a meeting that Zoom does not show may just not be shown yet."""
SOON = 5_000
"""Milliseconds until a meeting that is being made is looked at again."""
RUNS_ON, LOOK_AGAIN = 1_800_000, 600_000
"""A meeting that runs keeps its host busy for so long from now on, and is looked at so often."""


class Told(NamedTuple):
    """What events say about one meeting, all together."""

    meeting: int
    names: frozenset[str]
    host_id: str | None = None
    topic: str | None = None
    start: int | None = None
    runs: tuple[tuple[str, int], ...] = ()
    """Starts and ends, with their moments."""
    tries: int = 0
    """How often it was put off."""

    @property
    def ended(self) -> int | None:
        """The last end."""
        return max((at for name, at in self.runs if name == ENDED), default=None)


def follow(told: Told, rules: Rules) -> LinkFlow[int | None]:
    """Look at a meeting again and let its link, or its host's bookings, follow. Returns None when that is done, else
    the milliseconds after which to try again.

    Raises AuthenticationError and whatever else Zoom cannot be asked for.
    """
    for _ in range(3):  # somebody else may be changing the link
        row: LinkRow | None = yield Tx(FindMeeting(rules.account, told.meeting))
        if row is None:
            return (yield from _others(told, rules))
        done = yield from _ours(row, told, rules)
        if done is not None:
            return done or None
    return SOON


def _ours(row: LinkRow, told: Told, rules: Rules) -> LinkFlow[int | None]:
    """Follow the meeting of a link. Returns 0 when that is done, the time to try again in, or None when the link was
    changed meanwhile.
    """
    host = canonical_host(row.asks("schedule_for") or row.host)
    if not _worth_a_look(row, told):
        if told.names & GONE and row.state in {LinkState.CANCELLED, LinkState.DELETED}:
            # It may have come back meanwhile, and have been seen.
            yield Tx(Unlist(rules.account, host, told.meeting))
        return 0
    moment: Moment = yield Now()
    began = millis(moment)
    meeting = yield from _seen(told.meeting, rules)
    moment = yield Now()
    now = millis(moment)
    if meeting is None:
        return (yield from _gone(row, host, told, now, rules))
    if row.wish is not None:  # who carries it out reads the meeting afterwards
        return (yield from _running(host, told, meeting, (), now, rules))
    if row.state != LinkState.READY:
        token: AccessToken = yield NeedToken()
        if not meetings.is_join_url(meeting.join_url, token.api_url):
            return 0
        row = yield from changed_by(transitions.brought_back(row, meeting, now, rules))
        if row.state != LinkState.READY:
            return None
    if not row.shared_id:
        token = yield NeedToken()
        usable = meetings.is_join_url(meeting.join_url, token.api_url)
        booked = yield from _booked(row, host, meeting, rules)
        move = by_others.followed(row, meeting, now, booked, join_url=meeting.join_url if usable else row.join_url)
        if move is not None:
            row = yield from changed_by(move)
            if row.version != (move.version or 0) + 1:
                return None
            host = canonical_host(row.asks("schedule_for") or row.host)
    if meeting.host_id and meeting.host_email and "@" in host:
        yield Tx(KnowHost(rules.account, meeting.host_id, meeting.host_email.lower()))
    for name, at in sorted(told.runs, key=lambda one: one[1]):
        row = yield from _recorded(row, name, at, now)
    booked = yield from _booked(row, host, meeting, rules)
    ended = told.ended
    if ended is not None and meeting.status != "started":
        cut = by_others.ended(row, ended, began, booked)
        if cut is not None:
            row = yield from changed_by(cut)
    return (yield from _running(host, told, meeting, booked, now, rules))


def _gone(row: LinkRow, host: str, told: Told, now: int, rules: Rules) -> LinkFlow[int | None]:
    """Zoom has no such meeting. Returns what `_ours` does."""
    fresh = row.state == LinkState.READY and not told.names & GONE and now - (row.sent_at or 0) < FRESH
    if fresh and told.tries < 5:
        return SOON
    yield from _at_rest(host, told.meeting, now, rules)
    yield Tx(Unlist(rules.account, host, told.meeting))
    if row.state != LinkState.READY or row.wish is not None:  # who carries a wish out finds it gone
        return 0
    return (yield from _done(transitions.deleted(row, now, rules)))


def _worth_a_look(row: LinkRow, told: Told) -> bool:
    """True when the events may say something new about a link in its state."""
    match row.state:
        case LinkState.READY:
            return told.names != {CREATED}
        case LinkState.DELETED:
            return bool(told.names - GONE - {CREATED})
        case LinkState.CANCELLED:  # by its owner, which our own requests are told of too
            return RECOVERED in told.names
    return False  # it is being made: who does that finds out by itself


def _seen(meeting: int, rules: Rules) -> LinkFlow[Meeting | None]:
    """The meeting as Zoom has it now; None where Zoom says that there is none."""
    yield from take_turn(rules, Label.LIGHT)
    try:
        found = yield from meetings.get(meeting, policy=rules.policy)
    except NotFoundError as error:
        if error.code is None:  # the page of a proxy
            raise TransportError("What stands between here and Zoom answered for it.", sent=True) from error
        return None
    if found.id != meeting:
        raise TransportError("Zoom answered with another meeting.", sent=True)
    return found


def _booked(row: LinkRow, host: str, meeting: Meeting, rules: Rules) -> LinkFlow[tuple[Span, ...]]:
    spans = [*transitions.spans_of(row), *transitions.spans_in_zoom(row, meeting)]
    around = Span(min(one.start for one in spans), max(one.end for one in spans) + 1)
    found: tuple[Span, ...] = yield Tx(BookedSpans(rules.account, host, row.id, around))
    return found


def _done(move: Move) -> LinkFlow[int | None]:
    row = yield from changed_by(move)
    return 0 if row.version == (move.version or 0) + 1 else None


def _recorded(row: LinkRow, name: str, at: int, now: int) -> LinkFlow[LinkRow]:
    """Write a start or an end into a link's history, once."""
    when = f"{utc(at):%Y-%m-%d %H:%M:%S} UTC"
    event = name.removeprefix("meeting.")
    lines: list[EventRow] = yield Tx(History(row.id))
    if any(line.event == event and json.loads(line.detail).get("when") == when for line in lines):
        return row
    move = Move(row.id, (LinkState.READY.value,), now, event, {}, version=row.version, detail={"when": when})
    return (yield from changed_by(move))


# -- who is busy -------------------------------------------------------------------------------------------------------


def _running(
    host: str, told: Told, meeting: Meeting, booked: Sequence[Span], now: int, rules: Rules
) -> LinkFlow[int | None]:
    """Keep the host of a meeting that runs busy, and free him of one that does not. Returns 0."""
    if meeting.status != "started":
        ended = told.ended
        early = ended if ended is not None and ended <= now else None
        yield from _at_rest(host, told.meeting, now, rules, ended=early)
        return 0
    planned = max((one.end for one in booked if one.start <= now < one.end), default=now)
    until = max(planned, now + RUNS_ON)
    yield Tx(KeepRun(rules.account, host, told.meeting, now, until))
    yield Tx(Remind(rules.account, told.meeting, max(until - RUNS_ON, now) + LOOK_AGAIN, now))
    return 0


def _at_rest(host: str, meeting: int, now: int, rules: Rules, *, ended: int | None = None) -> LinkFlow[None]:
    yield Tx(KeepRun(rules.account, host, meeting, now, None, ended))
    yield Tx(Remind(rules.account, meeting, None, now))


def _others(told: Told, rules: Rules) -> LinkFlow[int | None]:
    """A meeting that is no link's: its host's list is old, and a link whose answer was lost may be found there."""
    moment: Moment = yield Now()
    now = millis(moment)
    if CREATED in told.names:
        being_made = yield from _wake(told, rules, now)
        if being_made and told.tries < 5:
            return SOON
    if rules.foreign is None:
        return None
    pool: set[str] = set()
    for spec in rules.hosts:
        pool.add((yield Tx(HostOf(rules.account, canonical_host(spec.name)))))
    host = None if told.host_id is None else (yield from address_of(told.host_id, rules))
    meeting: Meeting | None = None
    runs = bool(told.names & {STARTED, ENDED, AGAIN})
    if host is None or (runs and host in pool):
        meeting = yield from _seen(told.meeting, rules)
        if meeting is not None and meeting.host_email:
            host = meeting.host_email.lower()
            if meeting.host_id:
                yield Tx(KnowHost(rules.account, meeting.host_id, host))
    yield Tx(Doubt(rules.account, tuple(sorted(pool)) if host is None else (host,), now))
    if host is None or not runs or host not in pool:
        return None
    if meeting is None:
        yield from _at_rest(host, told.meeting, now, rules)
        return None
    yield from _running(host, told, meeting, (), now, rules)
    return None


def _wake(told: Told, rules: Rules, now: int) -> LinkFlow[bool]:
    """Settle at once what may be this meeting's link. Returns True while one that is like it is being sent."""
    states = (LinkState.UNKNOWN.value, LinkState.SENDING.value)
    rows: list[LinkRow] = yield Tx(List(rules.account, states=states, from_at=told.start, limit=200))
    sending = False
    for row in rows:
        if told.topic is None or not same_text(row.topic, told.topic):
            continue
        if told.start is not None and row.start_at != told.start and row.asks("recurrence") is None:
            continue
        if row.state == LinkState.SENDING:
            sending = True
        elif row.due_at is None or row.due_at > now:
            move: dict[str, Any] = {"due_at": now}
            yield Tx(Move(row.id, (LinkState.UNKNOWN.value,), now, "", move, version=row.version))
    return sending
