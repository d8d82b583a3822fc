"""What a caller can ask of a desk, each as a flow: create, change, cancel, adopt, erase, rebuild. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zoomlink.errors import ConfigurationError, InvalidInputError, NoHostError, ZoomLinkError
from zoomlink.links import transitions
from zoomlink.links.advance import advance, carry_out_wish
from zoomlink.links.hosting import availability, find_place, no_host, pool_of, room_of
from zoomlink.links.judging import LISTED_AGENDA, is_proven, oldest_first, searched_hosts
from zoomlink.links.marker import add_marker, is_ours, marker_in
from zoomlink.links.pool import Refusal, choose
from zoomlink.links.problem import stored_error
from zoomlink.links.request import (
    as_json,
    canonical_host,
    check_key,
    different_field,
    fingerprint,
    make_row,
    milliseconds,
    plan_request,
)
from zoomlink.links.sending import begin_for, millis
from zoomlink.links.settling import look, take_in, watch
from zoomlink.links.steps import LinkFlow, Tx, changed_by, fetched
from zoomlink.model import LinkState, link_id
from zoomlink.store.ops import Add, Find, FindMeeting, HostOf, Mentions, Plan, Wipe
from zoomlink.store.rows import LinkRow
from zoomlink.times import parse_start
from zoomlink.zoom import meetings
from zoomlink.zoom.bodies import changes_body
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now
from zoomlink.zoom.paths import host_segment, meeting_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.request import LinkRequest
    from zoomlink.links.rules import Call, Rules
    from zoomlink.links.view import Availability
    from zoomlink.spans import Span
    from zoomlink.store.ops import Move, Moved, Planned, Room
    from zoomlink.zoom.models import Meeting

__all__ = ["adopt", "available", "cancel", "create", "erase", "find", "rebuild", "update"]


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
    free = allow_overlap or rebuilt  # what exists already has its place
    again = ""
    if found is not None and found.unsure_at is not None:
        again = marker
        if request.host is None and other is None and found.watch < len(rules.times.watch):
            hosts = [found.host]  # what comes late of its earlier requests is looked for there
    for _ in range(_RACES):
        try:
            place = yield from find_place(hosts, spans, rules, allow_overlap=free, until=call.until, again=again)
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


def cancel(rules: Rules, call: Call, link: str, *, wait: float, notify: bool) -> LinkFlow[LinkRow]:
    """Take a link back, whatever state it is in. Cancelling twice is no error."""
    moment: Moment = yield Now()
    call = call._replace(until=moment.ticks + wait)
    row = yield from fetched(link)
    while True:
        moment = yield Now()
        now = millis(moment)
        match row.state:
            case LinkState.CANCELLED | LinkState.DELETED | LinkState.REFUSED:
                return row
            case LinkState.PLANNED | LinkState.PARKED:
                row = yield from changed_by(transitions.cancelled(row, now, rules))
            case LinkState.UNKNOWN:
                row = yield from changed_by(transitions.cancelled(row, now, rules))
                if row.state == LinkState.CANCELLED:
                    soon = rules.within(call.left(moment.ticks))
                    listing = yield from look(searched_hosts(row), soon)
                    return (yield from watch(row, listing, soon))
            case LinkState.READY:
                row = yield from changed_by(transitions.wished(row, {"do": "cancel", "notify": notify}, now))
                if row.state == LinkState.READY and row.wish is not None:
                    row = yield from carry_out_wish(row, rules.within(call.left(moment.ticks)))
            case _:  # being sent: it is taken back as soon as it is known what became of it
                row = yield from changed_by(transitions.wished(row, {"do": "cancel", "notify": notify}, now))
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
    **given: Any,
) -> LinkFlow[LinkRow]:
    """Change a link: in Zoom where its meeting exists, else in what Zoom will be asked. It stays with its host, unless
    another `host` is named.

    `given` are the arguments of :func:`~zoomlink.zoom.bodies.changes_body`, with `start` for `when`. Raises
    InvalidInputError, also for a link that no longer lives; NoHostError when its host is busy at the new time; the
    APIError of a refusal.
    """
    moment: Moment = yield Now()
    call = call._replace(until=moment.ticks + wait)
    row = yield from fetched(link)
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
        raise (yield from no_host(refusal, move.wanted, rules))
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


def adopt(rules: Rules, meeting: int | str, *, key: str | None, randomness: int) -> LinkFlow[LinkRow]:
    """Make a link of a meeting that exists in Zoom. Returns the one it has already, if any; one that was cancelled is
    ready again.

    A meeting with a marker of ours becomes the link's that was made for it. Raises NotFoundError, and InvalidInputError
    where a key is another link's, or the link has another key.
    """
    number = meeting_number(meeting)
    name = f"auto-{randomness:020x}" if key is None else check_key(key)
    known: LinkRow | None = yield Tx(FindMeeting(rules.account, number))
    if known is not None:
        _seen(known, rules)
        if key is not None and name != known.key:
            raise InvalidInputError(
                f"The meeting {number} has the link {known.id} already, whose key is {known.key}.",
                field="key",
                hint="Leave the key out to get that link.",
                slug="key-reused",
            )
        if known.state not in {LinkState.CANCELLED, LinkState.DELETED}:
            return known
    found = yield from meetings.get(number, policy=rules.policy)
    token: AccessToken = yield NeedToken()
    if not meetings.is_join_url(found.join_url, token.api_url):
        raise InvalidInputError(f"The meeting {number} has no join link of Zoom's.", field="meeting", slug="conflict")
    moment: Moment = yield Now()
    if known is not None:
        return (yield from changed_by(transitions.brought_back(known, found, millis(moment), rules)))
    marker = marker_in(found.agenda) or ""
    marker = marker if rules.marker and is_ours(rules.key.reveal(), marker) else ""
    if marker and key is None:
        name = marker  # its own key finds it again, as after a rebuild
    row = _row_of(found, rules, key=name, marker=marker, now=millis(moment), randomness=randomness)
    planned: Planned = yield Tx(Add(row, "taken-in", transitions.spans_in_zoom(row, found)))
    other = planned.row
    if not planned.created and marker and other.marker == marker and other.meeting_id != number:
        if _lacks_meeting(other) and _may_be_made_for(other, found, rules):
            taken = yield from take_in(_seen(other, rules), found, rules)
            if taken is None or taken.meeting_id != number:
                raise ZoomLinkError("Somebody else is settling this link.", hint="Try again.", slug="conflict")
            return taken
        # That link needs none, or a person copied its text: whoever names the meeting gets a link of its own.
        name = f"auto-{randomness:020x}" if key is None else name
        planned = yield Tx(Add(row._replace(marker="", key=name), "taken-in", transitions.spans_in_zoom(row, found)))
        other = planned.row
    if not planned.created and other.meeting_id != number:
        raise InvalidInputError(
            f"The key {name} belongs to the link {other.id}.", field="key", hint="Use another.", slug="key-reused"
        )
    return planned.row


def _seen(row: LinkRow, rules: Rules) -> LinkRow:
    """Raise NotFoundError for the link of another owner."""
    if not rules.may_see(row):
        raise ZoomLinkError("The meeting belongs to another owner's link.", slug="not-found")
    return row


def _lacks_meeting(row: LinkRow) -> bool:
    return row.meeting_id is None and row.state in {LinkState.PLANNED, LinkState.PARKED, LinkState.UNKNOWN}


def _may_be_made_for(row: LinkRow, meeting: Meeting, rules: Rules) -> bool:
    """True for a meeting with the link's marker, made when the link was sent; of one that was never sent so far as this
    ledger knows (it may be an older copy), whatever carries its marker.
    """
    return row.first_sent_at is None or is_proven(row, meeting, rules.times)


def rebuild(rules: Rules, hosts: Sequence[str], *, draw: int) -> LinkFlow[list[LinkRow]]:
    """Make links of all meetings that carry a marker of ours and that the ledger does not know.

    `draw` are random bits for their ids. Their keys are found again when their owners ask for them: the marker is made
    of the key. Raises ConfigurationError when a host's list cannot be had.
    """
    if not rules.marker:
        raise ConfigurationError("Markers are switched off.", hint="Set ZOOMLINK_MARKER=on to rebuild.")
    key = rules.key.reveal()
    made: list[LinkRow] = []
    for host in hosts:
        listing = yield from look((host,), rules)
        if listing.failure is not None:
            raise listing.failure
        ours: dict[str, list[Meeting]] = {}
        seen: set[int] = set()
        for entry in listing.meetings:
            if entry.id is None or entry.id in seen:
                continue
            seen.add(entry.id)
            marker = marker_in(entry.agenda)
            if marker is None and len(entry.agenda or "") >= LISTED_AGENDA:
                whole = yield from meetings.get(entry.id, policy=rules.policy)
                marker = marker_in(whole.agenda)
            if marker is not None and is_ours(key, marker):
                ours.setdefault(marker, []).append(entry)
        for marker, found in ours.items():
            first = oldest_first(found)[0]
            known: LinkRow | None = yield Tx(FindMeeting(rules.account, first.id or 0))
            if known is not None:
                continue
            whole = yield from meetings.get(first.id or 0, policy=rules.policy)
            moment: Moment = yield Now()
            now = millis(moment)
            draw += 1
            if _has_no_time(whole):
                continue
            row = _row_of(whole, rules, key=marker, marker=marker, now=now, randomness=draw)
            if len(found) > 1:  # what is surplus goes the usual way
                row = row._replace(unsure_at=now, due_at=now)
            planned: Planned = yield Tx(Add(row, "rebuilt", transitions.spans_in_zoom(row, whole)))
            other = planned.row
            if planned.created:
                made.append(other)
            elif _lacks_meeting(other) and _may_be_made_for(other, whole, rules):
                taken = yield from take_in(other, whole, rules)  # the ledger knew the link, but not what became of it
                made += [taken] if taken is not None and taken.meeting_id == whole.id else []
    return made


def _has_no_time(meeting: Meeting) -> bool:
    """True for an instant meeting, a personal room or a series without fixed times."""
    return meeting.start_time is None and all(one.start_time is None for one in meeting.occurrences)


def _row_of(meeting: Meeting, rules: Rules, *, key: str, marker: str, now: int, randomness: int) -> LinkRow:
    if _has_no_time(meeting):
        raise InvalidInputError(
            f"The meeting {meeting.id} has no fixed time.",
            field="meeting",
            hint="A link is for a time: adopt a scheduled meeting.",
            slug="conflict",
        )
    dates = [one.start_time for one in meeting.occurrences if one.start_time is not None]
    start = milliseconds(meeting.start_time or min(dates))
    sent = (milliseconds(meeting.created_at) if meeting.created_at else now) if marker else None
    body: dict[str, Any] = {"topic": meeting.topic or "", "type": meeting.type, "duration": meeting.duration or 60}
    if meeting.recurrence is not None:
        body["recurrence"] = dict(meeting.recurrence)
    return LinkRow(
        id=link_id(now, randomness),
        account=rules.account,
        owner=rules.owner,
        key=key,
        fingerprint="",
        marker=marker,
        state=LinkState.READY.value,
        version=1,
        attempt=0,
        mode=rules.mode,
        host=canonical_host(meeting.host_email or meeting.host_id or "me"),
        body=as_json(body),
        topic=meeting.topic or "",
        start_at=start,
        timezone=meeting.timezone,
        duration=meeting.duration or 60,
        meeting_id=meeting.id,
        shared_id=int(meeting.settings.get("use_pmi") is True),
        join_url=meeting.join_url,
        passcode=meeting.passcode,
        first_sent_at=sent,
        sent_at=sent,
        created_at=now,
        updated_at=now,
    )


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
