"""Takes events in, and works them off: two flows, so that whoever sent an event never waits for Zoom. No I/O.

Acknowledged is what is stored, and nothing else. Worked off is by meeting: however many events speak of one, it is
looked at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.errors import WebhookError, ZoomLinkError
from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.links.following import AGAIN, Told, follow
from zoomlink.links.request import milliseconds
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.store.inbox import (
    REMINDER,
    FinishEvents,
    ForgetEvents,
    InboxRow,
    PutOffEvents,
    ReceiveEvent,
    TakeEvents,
)
from zoomlink.times import parse_instant
from zoomlink.webhooks.events import SUBSCRIBED, VALIDATION, harmless, read_event, stored_event
from zoomlink.webhooks.signature import authenticate, validation_answer
from zoomlink.zoom.flow import Moment, Now
from zoomlink.zoom.reading import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zoomlink.links.rules import Rules
    from zoomlink.secret import Secret
    from zoomlink.webhooks.events import Event

__all__ = ["KEPT", "Reply", "receive", "work"]

KEPT = 7 * 86_400_000
"""Milliseconds for which an event that was applied is known again."""
HOLD = 120_000
"""Milliseconds after which events are handed out again whose worker died."""
WAITS = (5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000)
"""Milliseconds until a meeting is looked at again that could not be."""
_EVERYBODYS = frozenset({"credentials", "configuration", "ledger"})
_OUTAGES = frozenset({"unreachable", "zoom-failed", "rate-limited", "outcome-unknown"})


class Reply(NamedTuple):
    """What to answer to a request."""

    status: int
    body: bytes
    content_type: str
    event: Event | None
    """The event, when it is a genuine one of the desk's account that came for the first time."""


def receive(
    rules: Rules, secrets: Iterable[str | Secret[str]], body: bytes, headers: Mapping[str, str]
) -> LinkFlow[Reply]:
    """Take in one request, and return what to answer: 204 once its event is stored, now or before."""
    try:
        moment: Moment = yield Now()
        secret = authenticate(body, headers, secrets, now=moment.wall)
        event = read_event(body, received=moment.wall)
        if event.name == VALIDATION:
            return Reply(200, validation_answer(event, secret), "application/json", None)
        now = millis(moment)
        # An event of another account is that account's: a desk of it over the same ledger finds it there.
        account = event.account_id or rules.account
        meeting = event.meeting_id or 0
        at = milliseconds(event.at)
        row = InboxRow(account, event.id, event.name, at, meeting, harmless(event), now, now)
        fresh: bool = yield Tx(ReceiveEvent(row))
    except ZoomLinkError as error:
        return _refusal(error)
    return Reply(204, b"", "application/json", event if fresh and account == rules.account else None)


def _refusal(error: ZoomLinkError) -> Reply:
    if error.slug == "ledger":  # its words name files, which are no stranger's business
        error = WebhookError("The event could not be stored: send it again.", status=503)
    told = problem_document(error)
    return Reply(told.status, json.dumps(told.body).encode(), MEDIA_TYPE, None)


def work(rules: Rules, *, limit: int = 100) -> LinkFlow[list[Event]]:
    """Apply what the inbox holds, at most `limit` events, and return those that are done, the oldest first.

    Raises AuthenticationError and LedgerError; what was not done yet is handed out again.
    """
    moment: Moment = yield Now()
    now = millis(moment)
    yield Tx(ForgetEvents(rules.account, now))
    rows: list[InboxRow] = yield Tx(TakeEvents(rules.account, now, HOLD, limit))
    done: list[InboxRow] = []
    idle = [row for row in rows if not _moves(row)]
    if idle:
        yield from _finish(idle, rules, now)
        done += idle
    groups: dict[int, list[InboxRow]] = {}
    for row in rows:
        if _moves(row):
            groups.setdefault(row.meeting, []).append(row)
    outage = False
    for meeting, group in groups.items():
        told = _told(meeting, group)
        wait: int | None = WAITS[min(told.tries, len(WAITS) - 1)]
        if not outage:
            try:
                wait = yield from follow(told, rules)
            except ZoomLinkError as error:
                if error.slug in _EVERYBODYS:
                    raise
                outage = error.slug in _OUTAGES  # the others would only wait for the same
        moment = yield Now()
        now = millis(moment)
        if wait is None:
            yield from _finish(group, rules, now)
            done += group
        else:
            yield from _put_off(group, rules, now, wait, told.tries)
    events = [stored_event(row.id, row.name, row.at, row.payload) for row in done if row.name != REMINDER]
    return sorted(events, key=lambda event: (event.at, event.id))


def _moves(row: InboxRow) -> bool:
    return row.meeting > 0 and (row.name in SUBSCRIBED or row.name == REMINDER)


def _finish(rows: Sequence[InboxRow], rules: Rules, now: int) -> LinkFlow[None]:
    yield Tx(FinishEvents(rules.account, tuple(row.id for row in rows), rows[0].due_at, now + KEPT))


def _put_off(rows: Sequence[InboxRow], rules: Rules, now: int, wait: int, tries: int) -> LinkFlow[None]:
    old = tuple(row for row in rows if now - row.received_at > KEPT)
    if old:  # it could not be done for a week
        yield from _finish(old, rules, now)
    ids = tuple(row.id for row in rows if row not in old)
    yield Tx(PutOffEvents(rules.account, ids, rows[0].due_at, now + wait, tries + 1))


def _told(meeting: int, rows: Sequence[InboxRow]) -> Told:
    """What several events say about one meeting."""
    host_id = topic = None
    start = None
    runs: list[tuple[str, int]] = []
    for row in rows:
        if row.name == REMINDER:
            continue
        said = stored_event(row.id, row.name, row.at, row.payload).object
        host_id = text(said.get("host_id")) or host_id
        if row.name == "meeting.created":
            topic, start = text(said.get("topic")), parse_instant(said.get("start_time"))
        if row.name in {"meeting.started", "meeting.ended"}:
            named = parse_instant(said.get("start_time" if row.name == "meeting.started" else "end_time"))
            runs.append((row.name, row.at if named is None else milliseconds(named)))
    return Told(
        meeting,
        frozenset(AGAIN if row.name == REMINDER else row.name for row in rows),
        host_id,
        topic,
        None if start is None else milliseconds(start),
        tuple(dict.fromkeys(runs)),
        max(row.tries for row in rows),
    )
