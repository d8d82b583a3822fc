"""What a caller can ask of a desk, each as a flow: create, change, cancel, erase. No I/O."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, NoHostError, ZoomLinkError
from zoomlink.links import transitions
from zoomlink.links.advance import advance, carry_out_wish
from zoomlink.links.hosting import availability, find_place, no_host, pool_of, room_of
from zoomlink.links.judging import searched_hosts
from zoomlink.links.marker import add_marker
from zoomlink.links.pool import Refusal, choose
from zoomlink.links.problem import stored_error
from zoomlink.links.request import (
    as_json,
    canonical_host,
    check_key,
    different_field,
    fingerprint,
    make_row,
    plan_request,
)
from zoomlink.links.sending import begin_for, millis
from zoomlink.links.settling import look, watch
from zoomlink.links.steps import LinkFlow, Tx, changed_by, fetched
from zoomlink.model import LinkState
from zoomlink.store.batches import ForgetFiles
from zoomlink.store.inbox import EmptyEvents
from zoomlink.store.ops import Find, HostOf, Mentions, Plan, Wipe
from zoomlink.times import parse_start
from zoomlink.zoom.bodies import changes_body
from zoomlink.zoom.flow import Moment, NeedToken, Now
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoomlink.links.request import LinkRequest
    from zoomlink.links.rules import Call, Rules
    from zoomlink.links.view import Availability
    from zoomlink.spans import Span
    from zoomlink.store.ops import Move, Moved, Planned, Room
    from zoomlink.store.rows import LinkRow

__all__ = ["available", "cancel", "create", "erase", "find", "update"]


def create(
    rules: Rules,
    call: Call,
    *,
    key: str | None,
    randomness: int,
    wait: float = 0.0,
    allow_overlap: bool = False,
    **given: Any,
) -> LinkFlow[LinkRow]:
    """Record a link and take it as far as it goes within `wait` seconds; or find the one that has this key.

    `given` are the arguments of :func:`~zoomlink.links.request.plan_request`. Raises InvalidInputError,
    ConfigurationError, AuthenticationError and NoHostError before anything is stored, and the APIError of a refusal.
    """
    moment: Moment = yield Now()
    request = plan_request(rules=rules, now=moment.wall, **given)
    name = f"auto-{randomness:020x}" if key is None else check_key(key)
    call = call._replace(until=moment.ticks + wait)
    marker = rules.marker_of(name)
    rebuilt = False
    found: LinkRow | None = None
    if key is not None:
        found = yield Tx(Find(rules.account, rules.owner, name, marker))
        rebuilt = found is not None and found.key != name
        if found is not None and (rebuilt or found.state != LinkState.REFUSED):
            yield from _refuse_other(found, request, rules)
        if found is not None and not rebuilt and found.state != LinkState.REFUSED:
            return (yield from _finish(found, rules, call))
    if request.past:  # a link that was made in time is found above
        parse_start(given["start"], given.get("timezone"), now=moment.wall, default_timezone=rules.timezone)  # says why
    # Before the row: wrong credentials leave nothing behind, and the key stays free.
    yield NeedToken()
    row = make_row(request, rules, key=name, marker=marker, now=0, randomness=randomness)
    spans = transitions.spans_of(row)
    other = row.asks("schedule_for")  # whose time it takes then, and nobody else's
    hosts = [other] if other is not None else [request.host] if request.host else [spec.name for spec in rules.hosts]
    there = replace(rules, timezone=row.timezone or rules.timezone)  # whose clocks the caller goes by
    free = allow_overlap or rebuilt  # what exists already has its place
    again = ""
    if found is not None and found.unsure_at is not None:
        again = marker
        if request.host is None and other is None and found.watch < len(rules.times.watch):
            hosts = [found.host]  # what comes late of its earlier requests is looked for there
    for _ in range(_RACES):
        try:
            place = yield from find_place(hosts, spans, there, allow_overlap=free, until=call.until, again=again)
        except NoHostError:
            # It may be this very request, made by another caller a moment ago, that keeps the host busy.
            found = None if key is None else (yield Tx(Find(rules.account, rules.owner, name, marker)))
            if found is None or found.key != name or found.state == LinkState.REFUSED:
                raise
            yield from _refuse_other(found, request, rules)
            return (yield from _finish(found, rules, call))
        moment = yield Now()
        now = millis(moment)
        row = make_row(request, rules, key=name, marker=marker, now=now, randomness=randomness)
        row = row._replace(host=place.host if other is None else row.host, warnings=as_json(list(place.warnings)))
        begin = begin_for(rules, call, row.id, moment, row.attempt)
        planned: Planned = yield Tx(Plan(row, begin, rebuilt, spans, place.room))
        if planned.full:
            continue  # somebody else took the room meanwhile
        if not planned.created:
            yield from _refuse_other(planned.row, request, rules)
        return (yield from _finish(planned.row, rules, call, planned))
    raise NoHostError("Others keep taking the hosts that are free.", hint="Try again.")


def _finish(row: LinkRow, rules: Rules, call: Call, planned: Planned | None = None) -> LinkFlow[LinkRow]:
    row = yield from advance(row, rules, call, planned.begun if planned is not None else None)
    if row.state == LinkState.REFUSED:  # by another's asking, while we waited for it
        raise stored_error(row)
    return row


def _refuse_other(row: LinkRow, request: LinkRequest, rules: Rules) -> LinkFlow[None]:
    """Raise InvalidInputError when the key belongs to another request than this."""
    field = different_field(row, request)
    if field == "host":
        old, new = json.loads(row.asked), json.loads(request.asked)
        if {name: value for name, value in old.items() if name != "host"} == {
            name: value for name, value in new.items() if name != "host"
        }:
            names = [entry["host"] or rules.hosts[0].name for entry in (old, new)]
            one: str = yield Tx(HostOf(rules.account, canonical_host(names[0])))
            other: str = yield Tx(HostOf(rules.account, canonical_host(names[1])))
            if one == other:  # "me" and the owner's address are one host
                return
    if field is not None:
        raise InvalidInputError(
            f"The key {row.key} belongs to another request, which has another {field}.",
            field=field,
            hint=f"Use another key, or ask for the same again; to change the link: zoomlink update {row.id}.",
            slug="key-reused",
        )


_RACES = 100
"""How often a host that was free is looked for when others take it: each time somebody else has got a link."""


def find(rules: Rules, key: str) -> LinkFlow[LinkRow | None]:
    """Return the link of a key, or None."""
    name = check_key(key)
    found: LinkRow | None = yield Tx(Find(rules.account, rules.owner, name, rules.marker_of(name)))
    return found


def cancel(
    rules: Rules,
    call: Call,
    link: str,
    *,
    wait: float,
    notify: bool,
    only_if: Callable[[LinkRow], None] = lambda row: None,  # noqa: ARG005
) -> LinkFlow[LinkRow]:
    """Take a link back, whatever state it is in. Cancelling twice is no error.

    `only_if` is shown the link as it is before anything is written, and raises where that shall not be.
    """
    moment: Moment = yield Now()
    call = call._replace(until=moment.ticks + wait)
    row = yield from fetched(link)
    ours = False
    while True:
        moment = yield Now()
        now = millis(moment)
        if not ours:
            only_if(row)
        ours = True  # unless somebody is faster, what follows is of our doing
        match row.state:
            case LinkState.CANCELLED | LinkState.DELETED | LinkState.REFUSED:
                return row
            case LinkState.PLANNED | LinkState.PARKED:
                row = yield from changed_by(transitions.cancelled(row, now, rules))
                ours = row.state == LinkState.CANCELLED
            case LinkState.UNKNOWN:
                row = yield from changed_by(transitions.cancelled(row, now, rules))
                if row.state == LinkState.CANCELLED:
                    soon = rules.within(call.left(moment.ticks))
                    listing = yield from look(searched_hosts(row), soon)
                    return (yield from watch(row, listing, soon))
                ours = False
            case LinkState.READY:
                row = yield from changed_by(transitions.wished(row, {"do": "cancel", "notify": notify}, now))
                ours = row.wish is not None
                if row.state == LinkState.READY and row.wish is not None:
                    row = yield from carry_out_wish(row, rules.within(call.left(moment.ticks)))
            case _:  # being sent: it is taken back as soon as it is known what became of it
                row = yield from changed_by(transitions.wished(row, {"do": "cancel", "notify": notify}, now))
                ours = row.wish is not None
                if row.state == LinkState.SENDING and row.wish is not None:
                    row = yield from advance(row, rules, call)
                    if row.state == LinkState.SENDING:
                        return row


def update(
    rules: Rules,
    call: Call,
    link: str,
    *,
    wait: float,
    allow_overlap: bool = False,
    host: str | None = None,
    only_if: Callable[[LinkRow], None] = lambda row: None,  # noqa: ARG005
    **given: Any,
) -> LinkFlow[LinkRow]:
    """Change a link: in Zoom where its meeting exists, else in what Zoom will be asked. It stays with its host, unless
    another `host` is named. `only_if` is shown the link as it is before anything is written, and raises where that
    shall not be.

    `given` are the arguments of :func:`~zoomlink.zoom.bodies.changes_body`, with `start` for `when`. Raises
    InvalidInputError, also for a link that no longer lives; NoHostError when its host is busy at the new time; the
    APIError of a refusal.
    """
    moment: Moment = yield Now()
    call = call._replace(until=moment.ticks + wait)
    row = yield from fetched(link)
    only_if(row)
    start, timezone = given.pop("start", None), given.pop("timezone", None)
    if start is not None:
        zone = timezone or row.timezone or rules.timezone
        given["when"] = parse_start(start, timezone, now=moment.wall, default_timezone=zone)
    own = canonical_host(row.asks("schedule_for") or row.host)
    moves_to: str | None = None
    if host is not None:
        host_segment(host)
        named: str = yield Tx(HostOf(rules.account, canonical_host(host)))
        moves_to = None if named == (yield Tx(HostOf(rules.account, own))) else named
    # Named alone, the host he has already is nothing to change.
    changes = timezone is not None or any(value is not None for value in given.values())
    body = changes_body(timezone=timezone, **given) if changes or moves_to is None else {}
    if row.marker and body.get("agenda"):
        add_marker(body["agenda"], row.marker)  # raises where both have no room
    row = yield from advance(row, rules, call)
    if moves_to is not None and row.unsure_at is not None and row.watch < len(rules.times.watch):
        raise ZoomLinkError(
            "An answer for this link was lost, and another meeting of it may turn up at its host yet.",
            hint="Move it a day later, or cancel it and create another.",
            slug="conflict",
        )
    room: Room | None = None
    if not allow_overlap:
        moment = yield Now()
        retimed = _new_spans(row, body, millis(moment), rules, moves=moves_to is not None)
        room = yield from room_of(moves_to or own, rules, call.until if retimed else None)
    for _ in range(5):  # somebody else may be changing it too
        moment = yield Now()
        now = millis(moment)
        match row.state:
            case LinkState.READY:
                if row.wish is not None:
                    row = yield from carry_out_wish(row, rules.within(call.left(moment.ticks)))
                    continue
                only_if(row)
                asked = body if moves_to is None else {**body, "schedule_for": moves_to}
                wish = {"do": "update", "body": asked}
                wanted = _new_spans(row, body, now, rules, moves=moves_to is not None)
                # What is accepted has its call of the day: then it is carried out for certain.
                move = transitions.wished(
                    row, wish, now, wanted=wanted, room=room, moves_to=moves_to, day_limit=rules.day_limit
                )
                row = yield from _booked(move, own, rules)
                if row.state == LinkState.READY and row.wish == as_json(wish):
                    return (yield from carry_out_wish(row, rules.within(call.left(moment.ticks))))
            case LinkState.PLANNED | LinkState.PARKED:
                only_if(row)
                version = row.version
                move = transitions.changed(row, body, now, rules, room=room, moves_to=moves_to)
                row = yield from _booked(move, own, rules)
                if row.version == version + 1:
                    return row
            case LinkState.SENDING | LinkState.UNKNOWN:
                raise ZoomLinkError(
                    "It is not known yet whether the meeting exists, so it cannot be changed.",
                    hint="Settle it first: zoomlink settle.",
                    slug="outcome-unknown",
                )
            case _:
                raise InvalidInputError(f"The link is {row.state}: there is nothing to change.", slug="conflict")
    raise ZoomLinkError("Somebody else keeps changing this link.", hint="Try again.", slug="conflict")


def _new_spans(row: LinkRow, body: dict[str, Any], now: int, rules: Rules, *, moves: bool) -> tuple[Span, ...]:
    """The times a changed link needs; none where they, and its host, stay what they are."""
    spans = transitions.changed(row._replace(unsure_at=None), body, now, rules).spans or ()
    return () if spans == transitions.spans_of(row) and not moves else spans


def _booked(move: Move, own: str, rules: Rules) -> LinkFlow[LinkRow]:
    """Carry out a transition that needs room, of its `own` host or another. Raises NoHostError when there is none, and
    ZoomLinkError (``daily-limit``) when nothing is left of the host's day.
    """
    moved: Moved = yield Tx(move)
    if moved.row is None:
        return (yield from fetched(move.link))
    if moved.wait is not None:
        again = transitions.utc(move.now + moved.wait)
        raise ZoomLinkError(
            "Zoom allows 100 new or changed meetings a day for one host, and they are used up.",
            hint=f"Change it after {again:%Y-%m-%d %H:%M} UTC.",
            slug="daily-limit",
        )
    if moved.full:
        moment: Moment = yield Now()
        name = str(move.moves_to or move.changes.get("host", own))
        hosts, calendar, _ = yield from pool_of([name], move.wanted, rules, millis(moment))
        calendar.remove(hosts[0].name, moved.row.id, moved.row.meeting_id)
        found = choose(hosts, calendar, move.wanted, buffer=rules.buffer * 60_000)
        refusal = found if isinstance(found, Refusal) else Refusal((), None)
        there = replace(rules, timezone=moved.row.timezone or rules.timezone)
        raise (yield from no_host(refusal, move.wanted, there))
    return moved.row


def available(rules: Rules, hosts: Sequence[str] | None, **given: Any) -> LinkFlow[Availability]:
    """Say which of the hosts, by default the pool's, are free for a meeting; `given` are `start`, `timezone`,
    `duration` and `recurrence`.
    """
    moment: Moment = yield Now()
    request = plan_request("Availability", rules=rules, now=moment.wall, **given)
    row = make_row(request, rules, key="-", marker="", now=0, randomness=0)
    names = [spec.name for spec in rules.hosts] if hosts is None else list(hosts)
    return (yield from availability(names, transitions.spans_of(row), rules))


def erase(rules: Rules, text: str) -> LinkFlow[list[LinkRow]]:
    """Take what people wrote out of every link in which `text` (an address, a name) stands; the numbers stay.

    Zoom's own copies are not touched. Raises InvalidInputError naming the links that still have to be made.
    """
    if not isinstance(text, str) or not 3 <= len(text.strip()) <= 500:
        raise InvalidInputError("Give 3 to 500 characters of whom to forget.", field="text")
    found: list[LinkRow] = yield Tx(Mentions(rules.account, text.strip()))
    rows = [row for row in found if rules.may_see(row)]
    open_ = [row.id for row in rows if row.state in {"planned", "parked", "sending", "unknown"} or row.wish is not None]
    if open_:
        raise InvalidInputError(
            f"{len(open_)} of the links are still on their way: {', '.join(open_[:5])}.",
            field="text",
            hint="Cancel them first, or wait until they are settled: zoomlink settle.",
            slug="conflict",
        )
    if not rules.owner:  # events are the account's
        yield Tx(EmptyEvents(rules.account, text.strip()))
    yield Tx(ForgetFiles(rules.account, rules.owner or None, text.strip()))
    done = []
    for row in rows:
        moment: Moment = yield Now()
        # A key that names the person goes too. The marker stands in for it, as in a rebuilt ledger: who asks again with
        # the key finds the link, and makes no second meeting.
        person = text.strip().lower()
        stand_in = row.marker if row.meeting_id is not None and row.marker else f"erased-{fingerprint(row.key)[:32]}"
        key = stand_in if person in row.key.lower() else row.key
        host = "erased" if person in row.host else row.host
        moved: Moved = yield Tx(Wipe(row.id, millis(moment), key, host))
        if moved.row is not None:
            done.append(moved.row)
    return done
