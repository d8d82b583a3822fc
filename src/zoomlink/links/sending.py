"""One sending of a link: *record, then ask, then confirm*. A flow; no I/O, no clock, no randomness."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zoomlink.errors import (
    AuthenticationError,
    OutcomeUnknownError,
    RateLimitError,
    TransportError,
    ZoomLinkError,
)
from zoomlink.links import transitions
from zoomlink.links.marker import add_marker
from zoomlink.links.rules import SHARE
from zoomlink.links.steps import LinkFlow, Tx, changed_by
from zoomlink.store.ops import Begin, Learn, Pacing
from zoomlink.zoom.answers import Outcome, api_error, classify_failure, classify_write, token_refused
from zoomlink.zoom.calls import api_request
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now, Response, Send, Sleep
from zoomlink.zoom.limits import Label
from zoomlink.zoom.meetings import read_created
from zoomlink.zoom.paths import host_segment
from zoomlink.zoom.reading import number
from zoomlink.zoom.retry import parse_retry_after, until_utc_midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zoomlink.links.rules import Call, Rules
    from zoomlink.store.ops import Begun, Moved
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = ["begin_for", "confirm", "millis", "pacing_for", "send"]

LABEL = Label.MEDIUM
"""Zoom's descriptions call a create Light and its rate-limit page Medium: the lower rate is safe."""
BATCH_HORIZON = 500
"""Milliseconds. What nobody waits for books no further ahead, so that a caller who waits has a turn soon."""
SHORT = 2.0
"""Seconds that a sweep waits for its turn."""
TURN = 0.25
"""Seconds that even a caller who will not wait gives to its turn, which is a moment away when calls come thick."""
LEARNED_FOR = 600_000
"""Milliseconds for which a lower limit that Zoom named is kept."""


def millis(moment: Moment) -> int:
    """The moment as the ledger counts it."""
    return int(moment.wall.timestamp() * 1000)


def pacing_for(rules: Rules, label: Label) -> Pacing | None:
    """How calls under a label are paced; None where no rate is kept."""
    per_second = rules.per_second(label)
    if per_second is None:
        return None
    return Pacing(label.value, per_second, BATCH_HORIZON if rules.batch else None)


def begin_for(rules: Rules, call: Call, link: str, moment: Moment, attempt: int, *, booked: bool = False) -> Begin:
    """The operation that commits a sending before its first byte leaves. No turn is booked that comes too late."""
    pacing = None if booked else pacing_for(rules, LABEL)
    if pacing is not None and not rules.batch:
        pacing = replace(pacing, horizon=int(_patience(call, moment) * 1000))
    return Begin(link, f"{call.draw}-{attempt}", millis(moment), rules.times.lease, pacing, rules.day_limit)


def _patience(call: Call, moment: Moment) -> float:
    """Seconds to wait for a turn."""
    left = call.left(moment.ticks)
    return SHORT if left is None else max(left, TURN)


def send(row: LinkRow, rules: Rules, call: Call, begun: Begun | None = None) -> LinkFlow[LinkRow]:
    """Ask Zoom once for the meeting of a planned link, and record what became of it. Returns the link as it is then.

    `begun` is the answer to a Begin that was carried out along with the plan. Raises the APIError of a refusal,
    AuthenticationError when the token cannot be had; the link then is refused, or planned again.
    """
    token: AccessToken = yield NeedToken()
    moment: Moment = yield Now()
    over = transitions.over_at(row)
    if begun is None and over is not None and over <= millis(moment):
        return (yield from changed_by(transitions.expired(row, millis(moment), rules)))
    if begun is None:
        begun = yield Tx(begin_for(rules, call, row.id, moment, row.attempt))
    learned = begun.learned
    while not begun.granted:
        pause = begun.wait if begun.wait is not None else begun.retry
        if pause is None:  # parked, or it is another's now
            return begun.row or row
        if pause / 1000 > _patience(call, moment):
            return begun.row or row
        yield Sleep(pause / 1000)
        moment = yield Now()
        begun = yield Tx(begin_for(rules, call, row.id, moment, row.attempt, booked=begun.wait is not None))
        learned = begun.learned or learned
    return (yield from _ask(begun.row or row, rules, call, token, learned))


def _ask(row: LinkRow, rules: Rules, call: Call, token: AccessToken, learned: float) -> LinkFlow[LinkRow]:
    body = sent_body(row)
    path = f"/users/{host_segment(row.host)}/meetings"
    renewed = False
    while True:
        moment: Moment = yield Now()
        most = min(
            rules.policy.timeout, rules.times.lease / 1500
        )  # whatever the policy, it has to end within the lease
        timeout = min(most, rules.within(call.left(moment.ticks)).policy.timeout)
        if row.lease_at is not None and millis(moment) + timeout * 1000 > row.lease_at:
            # The process stood still, and others may take it for dead: nothing leaves any more.
            late = TransportError("The process stood still before it could ask Zoom.", sent=False)
            move = transitions.not_sent(row, late, millis(moment), rules, reached=renewed, wait=0)
            return (yield from changed_by(move))
        request = api_request(token, "POST", path, body=body)
        try:
            response: Response = yield Send(request, timeout)
        except TransportError as error:
            return (yield from _failed(row, error, rules))
        outcome = classify_write(response)
        if outcome is Outcome.REFUSED_NOW and token_refused(response) and not renewed:
            renewed = True
            try:
                token = yield NeedToken(rejected=token)
            except ZoomLinkError as error:
                moment = yield Now()
                wait = rules.times.retries[min(5, len(rules.times.retries) - 1)]
                yield from changed_by(transitions.not_sent(row, error, millis(moment), rules, reached=False, wait=wait))
                raise
            continue
        moment = yield Now()
        yield from _learn(row.account, response, rules, millis(moment), learned)
        if outcome is Outcome.DONE:
            return (yield from _made(row, response, rules, body, token.api_url, millis(moment)))
        return (yield from _denied(row, response, outcome, rules, moment))


def sent_body(row: LinkRow) -> Mapping[str, Any]:
    """What Zoom is asked: the request with the marker at the end of its agenda."""
    body: dict[str, Any] = json.loads(row.body)
    if row.marker:
        body["agenda"] = add_marker(body.get("agenda"), row.marker)
    return body


def _failed(row: LinkRow, error: TransportError, rules: Rules) -> LinkFlow[LinkRow]:
    moment: Moment = yield Now()
    now = millis(moment)
    if classify_failure(error) is Outcome.NOT_SENT:
        return (yield from changed_by(transitions.not_sent(row, error, now, rules, reached=False, wait=None)))
    return (yield from changed_by(transitions.lost(row, error.message, now, rules)))


def _made(
    row: LinkRow, response: Response, rules: Rules, body: Mapping[str, Any], api_url: str, now: int
) -> LinkFlow[LinkRow]:
    try:
        meeting = read_created(response, row.host, body, api_url)
    except OutcomeUnknownError as error:
        return (yield from changed_by(transitions.lost(row, error.message, now, rules)))
    moved = yield from confirm(row, meeting, now, rules)
    if moved.taken_by is not None:
        why = f"Zoom answered with the meeting of another link, {moved.taken_by}."
        return (yield from changed_by(transitions.lost(row, why, now, rules)))
    # Not done: we were taken for dead, and somebody went on. The meeting carries the marker: the watch finds and
    # removes it, unless they adopt it.
    return moved.row or row


def confirm(row: LinkRow, meeting: Meeting, now: int, rules: Rules, *, found: bool = False) -> LinkFlow[Moved]:
    """Record that the meeting of this attempt exists, also where others changed the link since `row` was read."""
    while True:
        moved: Moved = yield Tx(transitions.confirmed(row, meeting, now, rules, found=found))
        fresh = moved.row
        if moved.done or fresh is None or moved.taken_by is not None or fresh.version == row.version:
            return moved
        if fresh.attempt != row.attempt:
            return moved
        row = fresh  # it was cancelled meanwhile, or we were taken for dead


def _denied(row: LinkRow, response: Response, outcome: Outcome, rules: Rules, moment: Moment) -> LinkFlow[LinkRow]:
    now = millis(moment)
    if outcome is Outcome.UNKNOWN:
        why = f"Zoom's address answered HTTP {response.status}, which says nothing about the meeting."
        return (yield from changed_by(transitions.lost(row, why, now, rules)))
    zooms = _zooms_time(response, moment.wall)
    error = api_error(response, zooms)
    if outcome is Outcome.REFUSED:
        yield from changed_by(transitions.refused(row, error, now, rules))
        raise error
    if isinstance(error, RateLimitError) and error.daily:
        until = now + int((error.retry_after or until_utc_midnight(zooms)) / timedelta(milliseconds=1))
        label = None if error.name == "host-daily-limit" else LABEL.value
        return (yield from changed_by(transitions.parked(row, error, now, until, label=label)))
    wait = None
    if isinstance(error, RateLimitError):
        pause = error.retry_after if error.retry_after is not None else timedelta(seconds=1)
        wait = max(int(pause / timedelta(milliseconds=1)), 50)
        if error.name != "concurrent-requests":
            yield Tx(Learn(row.account, LABEL.value, now, blocked_until=now + wait))
    moved = yield from changed_by(transitions.not_sent(row, error, now, rules, reached=True, wait=wait))
    if isinstance(error, AuthenticationError):  # a second token was refused as well
        raise error
    return moved


def _zooms_time(response: Response, wall: datetime) -> datetime:
    """What Zoom's clock shows, by which its days end: a little after our midnight it may still be the day before there.
    Ours, where the answer does not say it or is far off.
    """
    ago = timedelta(hours=1)
    since = parse_retry_after(response.headers.get("date"), wall - ago)
    return wall - ago + since if since is not None and timedelta(0) < since < 2 * ago else wall


def _learn(account: str, response: Response, rules: Rules, now: int, learned: float) -> LinkFlow[None]:
    """Keep a rate that Zoom's headers name and that is lower than the plan's; `learned` is the one we keep already."""
    if response.headers.get("x-ratelimit-type") != "QPS":
        return
    allowed = number(response.headers.get("x-ratelimit-limit"))
    planned = rules.per_second(LABEL)
    if not allowed or planned is None:
        return
    seen = min(allowed * SHARE, planned)
    if seen != (learned or planned):
        yield Tx(Learn(account, LABEL.value, now, per_second=seen if seen < planned else 0, until=now + LEARNED_FOR))
