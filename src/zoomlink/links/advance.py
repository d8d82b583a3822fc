"""Takes a link as far as it can go: the one flow behind create, settle, the worker and every recovery. No I/O.

What has to be done is read from the row alone, so that going on after a crash is the same call as going on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from zoomlink.errors import APIError, AuthenticationError, NotFoundError, ServerError, TransportError, ZoomLinkError
from zoomlink.links import transitions
from zoomlink.links.judging import Errand, errand, searched_hosts, wants_cancelling
from zoomlink.links.marker import add_marker
from zoomlink.links.sending import millis, send
from zoomlink.links.settling import look, settle, take_turn, watch
from zoomlink.links.steps import LinkFlow, Tx, changed_by, fetched
from zoomlink.model import LinkState
from zoomlink.store.ops import Due, NextDue, Waiting
from zoomlink.zoom import meetings
from zoomlink.zoom.flow import Moment, Now, Sleep
from zoomlink.zoom.limits import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.rules import Call, Rules
    from zoomlink.links.settling import Listing
    from zoomlink.store.ops import Begun
    from zoomlink.store.rows import LinkRow

__all__ = ["advance", "carry_out_wish", "due_in", "go_on", "hand_out", "sweep", "waiting"]

FIRST_NAP, LONGEST_NAP = 0.05, 0.5
"""Seconds between looks at a link that somebody else is dealing with."""
_EVERYBODYS = frozenset({"credentials", "configuration", "ledger"})
"""Slugs of errors that concern all links."""
_REFUSALS = frozenset({"refused", "not-permitted", "missing-scope", "conflict", "daily-limit", "invalid-input"})
"""Slugs of errors after which a change is forgotten; after any other it stands."""


def advance(row: LinkRow, rules: Rules, call: Call, begun: Begun | None = None) -> LinkFlow[LinkRow]:
    """Take a link as far as it can go until `call.until`, and return it as it is then.

    `begun` is the answer to a Begin that was carried out along with the plan. Raises the APIError of a refusal and
    AuthenticationError; what Zoom's absence leaves open stays planned or unknown.
    """
    nap = FIRST_NAP
    while True:
        moment: Moment = yield Now()
        todo = Errand.SEND if begun is not None else errand(row, millis(moment))
        match todo:
            case Errand.NOTHING | Errand.WATCH:
                return row
            case Errand.SEND:
                version = row.version
                row = yield from _send(row, rules, call, begun)
                begun = None
                if row.state == LinkState.PARKED or row.version == version:  # its turn comes too late for us
                    return row
            case Errand.TAKE_BACK:
                row = yield from changed_by(transitions.cancelled(row, millis(moment), rules))
            case Errand.LOST:
                row = yield from _take_over(row, rules, millis(moment))
            case Errand.SETTLE:
                left = call.left(moment.ticks)
                if left is not None and left <= 0:
                    return row
                soon = rules.within(left)
                listing = yield from look(searched_hosts(row), soon)
                row = yield from settle(row, listing, soon)
            case Errand.WISH:
                try:
                    return (yield from carry_out_wish(row, rules.within(call.left(moment.ticks))))
                except ZoomLinkError as error:  # another's wish, and no reason to withhold the link
                    if error.slug in _EVERYBODYS:
                        raise
                    return (yield from fetched(row.id))
            case Errand.OTHERS | Errand.LATER:
                if row.state == LinkState.PARKED:
                    return row
                pause = min(nap, max(((row.due_at or 0) - millis(moment)) / 1000, 0.01))
                if moment.ticks + pause > call.until:
                    return row
                yield Sleep(pause)
                nap = min(nap * 1.5, LONGEST_NAP)
                row = yield from fetched(row.id)
            case _:
                assert_never(todo)


def sweep(rules: Rules, call: Call, *, limit: int = 50, watches: bool = True) -> LinkFlow[list[LinkRow]]:
    """Go on with the links that are due, at most `limit`, and return them as they are then; empty when none is due.

    Raises AuthenticationError and LedgerError, which concern all links.
    """
    return (yield from go_on((yield from hand_out(rules, limit=limit, watches=watches)), rules, call))


def hand_out(
    rules: Rules, *, limit: int = 50, watches: bool = True, link: str | None = None, listed: str | None = None
) -> LinkFlow[list[LinkRow]]:
    """Take links that are due, at most `limit`: nobody else is handed them for a while. `link`: only this one;
    `listed`: only those that a list of this host's meetings will tell of.
    """
    moment: Moment = yield Now()
    op = Due(rules.account, millis(moment), rules.times.hold, limit, watches, link, listed)
    rows: list[LinkRow] = yield Tx(op)
    return rows


def go_on(rows: Sequence[LinkRow], rules: Rules, call: Call) -> LinkFlow[list[LinkRow]]:
    """Go on with links that were handed out, one after another, and return them as they are then.

    Raises AuthenticationError and LedgerError, which concern all links.
    """
    listings: dict[tuple[str, ...], Listing] = {}
    done: list[LinkRow] = []
    for row in rows:
        done += [(yield from _errand_of(row, rules, call, listings))]
    return done


def due_in(rules: Rules) -> LinkFlow[float | None]:
    """Seconds until something is due, none when it is due already; None when nothing will be."""
    moment: Moment = yield Now()
    next_due: int | None = yield Tx(NextDue(rules.account))
    return None if next_due is None else max((next_due - millis(moment)) / 1000, 0.0)


def waiting(rules: Rules, *, limit: int) -> LinkFlow[list[str]]:
    """The ids of links that are due, at most `limit`, the longest due first. None is taken by it."""
    moment: Moment = yield Now()
    links: list[str] = yield Tx(Waiting(rules.account, millis(moment), limit))
    return links


def _errand_of(row: LinkRow, rules: Rules, call: Call, listings: dict[tuple[str, ...], Listing]) -> LinkFlow[LinkRow]:
    moment: Moment = yield Now()
    now = millis(moment)
    if errand(row, now) is Errand.LOST:
        row = yield from _take_over(row, rules, now)
    todo = errand(row, now)
    if todo in {Errand.SETTLE, Errand.WATCH}:
        hosts = searched_hosts(row)
        listing = listings.get(hosts)
        # One that began before the answer was lost cannot show what came of it.
        if listing is None or listing.began < (row.unsure_at or 0) or _too_old(row, listing, rules, now):
            listing = listings[hosts] = yield from look(hosts, rules)
        row = yield from (settle if todo is Errand.SETTLE else watch)(row, listing, rules)
    try:
        moment = yield Now()
        if errand(row, millis(moment)) in {Errand.SEND, Errand.TAKE_BACK, Errand.WISH, Errand.SETTLE}:
            return (yield from advance(row, rules, call))
    except ZoomLinkError as error:
        if error.slug in _EVERYBODYS:
            raise
        row = yield from fetched(row.id)  # refused: it says so itself
    return row


def _too_old(row: LinkRow, listing: Listing, rules: Rules, now: int) -> bool:
    """True when a new listing could say more about the link than this one."""
    settled = (row.unsure_at or 0) + rules.times.settle
    return row.state == LinkState.UNKNOWN and row.mode != "fast" and listing.began < settled <= now


def _send(row: LinkRow, rules: Rules, call: Call, begun: Begun | None) -> LinkFlow[LinkRow]:
    try:
        return (yield from send(row, rules, call, begun))
    except (TransportError, ServerError, AuthenticationError) as error:  # there was no token to be had
        moment: Moment = yield Now()
        if row.state == LinkState.SENDING:  # begun along with its plan
            move = transitions.not_sent(row, error, millis(moment), rules, reached=False, wait=None)
        else:
            move = transitions.postponed(row, error, millis(moment), rules)
        row = yield from changed_by(move)
        if isinstance(error, AuthenticationError):
            raise
        return row


def carry_out_wish(row: LinkRow, rules: Rules) -> LinkFlow[LinkRow]:
    """Carry out the change or cancellation that was accepted for a link. A link without a meeting is cancelled without
    asking Zoom; a change waits there until the meeting exists.

    Raises the error of a refusal, after which the wish is forgotten; any other error, after which it stands.
    """
    wish = json.loads(row.wish or "{}")
    number = row.meeting_id or 0
    if row.state != LinkState.READY:
        if not wants_cancelling(row):
            return row
        moment: Moment = yield Now()
        return (yield from changed_by(transitions.cancelled(row, millis(moment), rules)))
    try:
        if wants_cancelling(row):
            yield from take_turn(rules, Label.LIGHT)
            yield from meetings.delete(number, policy=rules.policy, notify=bool(wish.get("notify")))
            moment = yield Now()
            return (yield from changed_by(transitions.cancelled(row, millis(moment), rules)))
        body: dict[str, Any] = wish["body"]
        sent = dict(body)
        if row.marker and "agenda" in body:
            sent["agenda"] = add_marker(body["agenda"], row.marker)
        yield from take_turn(rules, Label.LIGHT)
        meeting = yield from meetings.update(number, sent, policy=rules.policy)
    except NotFoundError:
        moment = yield Now()
        yield from changed_by(transitions.deleted(row, millis(moment), rules))
        raise
    except ZoomLinkError as error:
        # The page of a proxy is no refusal: Zoom's have a code.
        if error.slug in _REFUSALS and not (isinstance(error, APIError) and error.code is None):
            moment = yield Now()
            yield from changed_by(transitions.unwished(row, error, millis(moment), rules))
        else:
            error.hint = f"{error.hint or ''} It stays asked for: zoomlink settle goes on with it.".strip()
        raise
    moment = yield Now()
    return (yield from changed_by(transitions.changed(row, body, millis(moment), rules, meeting)))


def _take_over(row: LinkRow, rules: Rules, now: int) -> LinkFlow[LinkRow]:
    """Whoever was sending the link is dead: what became of it is not known."""
    sent = row.lease_at or row.sent_at or now
    return (yield from changed_by(transitions.lost(row, "Who was sending it did not come back.", now, rules, at=sent)))
