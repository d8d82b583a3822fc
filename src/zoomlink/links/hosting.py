"""Which host a link goes to: what the ledger knows of the pool, what Zoom's lists add, and a choice. Flows; no I/O.

The choice itself is :mod:`zoomlink.links.pool`'s; that nobody else takes the same room meanwhile is the store's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.errors import AuthenticationError, BusyTime, NoHostError, NotFoundError, ZoomLinkError
from zoomlink.links.marker import is_ours, marker_in
from zoomlink.links.pool import Calendar, Choice, Host, Refusal, choose, fits
from zoomlink.links.request import canonical_host, milliseconds
from zoomlink.links.rules import SHORTEST
from zoomlink.links.sending import millis
from zoomlink.links.settling import look, take_turn
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.links.transitions import utc
from zoomlink.links.view import Availability, HostInfo
from zoomlink.spans import Booking, Span
from zoomlink.store.carrying import DAY
from zoomlink.store.ops import FindMeeting, Get, HostOf, KeepForeign, KeepLicence, LookAtPool, Room
from zoomlink.zoom import users
from zoomlink.zoom.flow import Moment, Now
from zoomlink.zoom.limits import BASIC_MINUTES, Label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoomlink.links.rules import Rules
    from zoomlink.store.ops import HostState
    from zoomlink.store.rows import LinkRow
    from zoomlink.zoom.models import Meeting

__all__ = [
    "MINUTE",
    "Place",
    "address_of",
    "availability",
    "find_place",
    "get_to_know",
    "listed_bookings",
    "no_host",
    "pool_of",
    "room_of",
    "survey",
]

MINUTE = 60_000
LOOKS = 40
"""Hosts that are looked at in Zoom for one link, at the most."""
LONGEST_LOOK = 10.0
"""Seconds that one such question may take, however long the caller waits."""


class Place(NamedTuple):
    """Where a link goes."""

    host: str
    room: Room | None
    """What the host must still have when the link is recorded; None: it may overlap with anything."""
    warnings: tuple[str, ...] = ()
    """What could not be found out."""
    gone: frozenset[str] = frozenset()
    """Hosts that Zoom does not know."""


def find_place(
    names: Sequence[str], spans: tuple[Span, ...], rules: Rules, *, allow_overlap: bool, until: float, again: str = ""
) -> LinkFlow[Place]:
    """Choose one of the hosts for a link with these spans. Raises NoHostError when none is free.

    `until`: how long the caller waits, in ticks of the clock. Whoever is chosen is looked at in Zoom first, unless that
    was done a short while ago; a list that cannot be had is no reason to wait, and stands among the warnings. `again`:
    the marker of a link that is planned anew; what came late of its earlier requests is not in its way.
    """
    moment: Moment = yield Now()
    until = max(until, moment.ticks + SHORTEST)
    warnings: list[str] = []
    looked: set[str] = set()
    asked_about: set[str] = set()
    gone: set[str] = set()
    while True:
        moment = yield Now()
        now, left = millis(moment), until - moment.ticks
        hosts, calendar, states = yield from pool_of(names, spans, rules, now)
        # Where nobody else is there, Zoom says so itself when it is asked for the meeting.
        hosts = [host for host in hosts if host.name not in gone] or hosts
        found = choose(hosts, calendar, spans, buffer=rules.buffer * MINUTE, allow_overlap=allow_overlap)
        if not allow_overlap:
            # Of a refusal, all are doubted: a meeting that was in the way may be gone.
            doubted = [found.host] if isinstance(found, Choice) else hosts
            # Under another name than his address, one may be whom the ledger knows by that.
            nameless = [one.name for one in doubted if "@" not in one.name and _is_strange(states[one.name], now)]
            nameless = [name for name in nameless if name not in asked_about]
            if nameless and left > 0 and rules.foreign is not None and len(asked_about) < LOOKS:
                asked_about.add(nameless[0])
                yield from _ask_about(nameless[0], rules, left)
                continue
            stale = [
                one.name
                for one in doubted
                if (_is_stale(states[one.name], rules, now) or (again and rules.foreign is not None))
                and one.name not in looked
            ]
            if stale and left > 0 and len(looked) < LOOKS:
                looked.add(stale[0])
                failure = yield from _look_at(stale[0], rules, left, again)
                if isinstance(failure, NotFoundError) and failure.code is not None:  # else it is a proxy's page
                    gone.add(stale[0])
                    warnings.append(f"{stale[0]} was not considered: Zoom knows no such user.")
                elif failure is not None:
                    warnings.append(_not_considered(stale[0], failure.message))
                continue
            if stale and isinstance(found, Choice):
                warnings.append(_not_considered(stale[0], "there was no time left to ask Zoom for them."))
        if isinstance(found, Refusal):
            raise (yield from no_host(found, spans, rules))
        host = found.host
        unsure = _long(spans) and len(hosts) > 1 and _is_strange(states[host.name], now)
        if unsure and left > 0 and rules.foreign is not None and host.name not in asked_about:
            asked_about.add(host.name)
            yield from _ask_about(host.name, rules, left)
            continue
        return Place(
            host.name,
            None if allow_overlap else Room(host.capacity, rules.buffer * MINUTE),
            tuple(warnings),
            frozenset(gone),
        )


def _not_considered(host: str, why: str) -> str:
    return f"Meetings of {host} that were made elsewhere were not considered: {why}"


def pool_of(
    names: Sequence[str], spans: tuple[Span, ...], rules: Rules, now: int
) -> LinkFlow[tuple[list[Host], Calendar, dict[str, HostState]]]:
    """What the ledger knows of hosts, and their bookings around the spans. Capacities are those of the rules."""
    around = tuple(Span(start - rules.buffer * MINUTE, end + rules.buffer * MINUTE) for start, end in spans)
    configured = [canonical_host(spec.name) for spec in rules.hosts]
    found: list[HostState] = yield Tx(
        LookAtPool(rules.account, tuple(dict.fromkeys([*map(canonical_host, names), *configured])), around, now)
    )
    asked = dict(zip(dict.fromkeys([*map(canonical_host, names), *configured]), found, strict=True))
    capacities = {asked[name].host: spec.capacity for name, spec in zip(configured, rules.hosts, strict=True)}
    chosen: dict[str, HostState] = {asked[name].host: asked[name] for name in map(canonical_host, names)}
    hosts = [
        Host(state.host, capacities.get(state.host, 1), state.licensed, _writes_left(state, rules, now))
        for state in chosen.values()
    ]
    calendar = Calendar((state.host, booking) for state in chosen.values() for booking in state.bookings)
    return hosts, calendar, chosen


def survey(names: Sequence[str], start: int, end: int, rules: Rules) -> LinkFlow[list[HostInfo]]:
    """What is known of hosts and how busy they are in a time, after a look at each where the last one is long ago."""
    span = Span(start, end)
    moment: Moment = yield Now()
    until = moment.ticks + LONGEST_LOOK
    for name in names:
        moment = yield Now()
        _, _, states = yield from pool_of([name], (), rules, millis(moment))
        for state in states.values():
            if _is_stale(state, rules, millis(moment)) and moment.ticks < until:
                yield from _look_at(state.host, rules, until - moment.ticks)
    moment = yield Now()
    hosts, calendar, _ = yield from pool_of(names, (span,), rules, millis(moment))
    found: list[HostInfo] = []
    for host in hosts:
        busy = yield from _busy_times(host.name, calendar.within(host.name, start, end), rules)
        found.append(HostInfo(host.name, host.capacity, host.licensed, host.writes_left, tuple(busy)))
    return found


def availability(names: Sequence[str], spans: tuple[Span, ...], rules: Rules) -> LinkFlow[Availability]:
    """Who of the hosts is free for these spans."""
    moment: Moment = yield Now()
    try:
        place = yield from find_place(names, spans, rules, allow_overlap=False, until=moment.ticks + LONGEST_LOOK)
    except NoHostError as error:
        return Availability((), error.busy, error.next_free)
    moment = yield Now()
    hosts, calendar, _ = yield from pool_of(names, spans, rules, millis(moment))
    free = [
        host for host in hosts if host.name not in place.gone and fits(calendar, host, spans, rules.buffer * MINUTE)
    ]
    order: list[str] = []
    while free:
        best = choose(free, calendar, spans, buffer=rules.buffer * MINUTE)
        if not isinstance(best, Choice):
            break
        order.append(best.host.name)
        free.remove(best.host)
    return Availability(tuple(order))


def get_to_know(names: Sequence[str], rules: Rules, *, long: bool) -> LinkFlow[tuple[list[str], list[str]]]:
    """Ask Zoom about hosts before many links are planned: who they are and what they are busy with, unless that was
    done a short while ago. `long`: licences matter. Returns the hosts there are, and what could not be found out.
    """
    warnings: list[str] = []
    there: list[str] = []
    for name in names:
        moment: Moment = yield Now()
        state = yield from _known(name, rules, millis(moment))
        unsure = "@" not in state.host or (long and len(rules.hosts) > 1)
        if unsure and rules.foreign is not None and _is_strange(state, millis(moment)):
            yield from _ask_about(state.host, rules, LONGEST_LOOK)
            moment = yield Now()
            state = yield from _known(name, rules, millis(moment))
        failure = None
        if _is_stale(state, rules, millis(moment)):
            failure = yield from _look_at(state.host, rules, LONGEST_LOOK)
        if isinstance(failure, NotFoundError) and failure.code is not None:
            warnings.append(f"{state.host} was not considered: Zoom knows no such user.")
            continue
        if failure is not None:
            warnings.append(_not_considered(state.host, failure.message))
        there.append(name)
    return there, warnings


def _known(name: str, rules: Rules, now: int) -> LinkFlow[HostState]:
    """What is known of one host, which may have another name by now."""
    found: list[HostState] = yield Tx(LookAtPool(rules.account, (canonical_host(name),), (), now))
    return found[0]


def room_of(host: str, rules: Rules, until: float | None) -> LinkFlow[Room]:
    """What a host must have for a link at another time. `until` some tick it may be looked at in Zoom first, unless
    that was done a short while ago; None: nobody has to.
    """
    moment: Moment = yield Now()
    hosts, _, states = yield from pool_of([host], (), rules, millis(moment))
    if until is not None and _is_stale(states[hosts[0].name], rules, millis(moment)):
        yield from _look_at(hosts[0].name, rules, until - moment.ticks)
    return Room(hosts[0].capacity, rules.buffer * MINUTE)


def no_host(found: Refusal, spans: Sequence[Span], rules: Rules) -> LinkFlow[NoHostError]:
    """The error for a refusal: who is busy with what and until when, and when somebody is free."""
    busy: list[BusyTime] = []
    for one in found.busy:
        busy += yield from _busy_times(one.host.name, one.bookings, rules)
    who = "No host is free" if len(found.busy) != 1 else f"{found.busy[0].host.name} is not free"
    said = "; ".join(
        _said(one.host.name, [time for time in busy if time.host == one.host.name], rules) for one in found.busy[:3]
    )
    more = f"; and {len(found.busy) - 3} more" if len(found.busy) > 3 else ""
    if rules.buffer:
        more += f"; {rules.buffer} minutes stay free between meetings"
    series = " on every date of the series" if len(spans) > 1 else " then"
    again = None if found.next_free is None else utc(found.next_free)
    hint = f"The next free time is {_moment(again, rules)}. " if again else ""
    return NoHostError(
        f"{who}{series}: {said}{more}.",
        hint=f"{hint}Choose another time or host, or allow the overlap: --allow-overlap, allow_overlap=True.",
        busy=tuple(busy),
        next_free=again,
    )


def _busy_times(host: str, bookings: Sequence[Booking], rules: Rules) -> LinkFlow[list[BusyTime]]:
    """Bookings as people see them: with the topic of a link, unless it is another owner's."""
    found = []
    for booking in bookings:
        row: LinkRow | None = None
        if booking.link or booking.meeting:
            row = yield Tx(Get(booking.link) if booking.link else FindMeeting(rules.account, booking.meeting))
        seen = row if row is not None and rules.may_see(row) else None
        found.append(
            BusyTime(
                host,
                utc(booking.start),
                utc(booking.end),
                link=seen.id if seen is not None else None,
                topic=seen.topic or None if seen is not None else None,
                meeting_id=(booking.meeting or None) if row is None else seen.meeting_id if seen is not None else None,
            )
        )
    return found


def _said(host: str, times: Sequence[BusyTime], rules: Rules) -> str:
    if not times:
        return host
    with_what = ", ".join(f"“{one.topic}”" if one.topic else "another meeting" for one in times[:2])
    rest = f" and {len(times) - 2} more" if len(times) > 2 else ""
    return f"{host} has {with_what}{rest} until {_moment(max(one.end for one in times), rules)}"


def _moment(moment: datetime, rules: Rules) -> str:
    if rules.timezone is None:
        return f"{moment:%Y-%m-%d %H:%M} UTC"
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(rules.timezone)):%Y-%m-%d %H:%M} ({rules.timezone})"


def _is_stale(state: HostState, rules: Rules, now: int) -> bool:
    return rules.foreign is not None and now - state.looked_at > rules.foreign


def _is_strange(state: HostState, now: int) -> bool:
    """True when nobody has asked about the host for a day."""
    return now - state.licence_at > DAY


def _writes_left(state: HostState, rules: Rules, now: int) -> int | None:
    if rules.day_limit is None:
        return None
    return 0 if state.full_until > now else max(rules.day_limit - state.used, 0)


def _long(spans: Sequence[Span]) -> bool:
    return any(end - start > BASIC_MINUTES * MINUTE for start, end in spans)


def _look_at(host: str, rules: Rules, left: float, again: str = "") -> LinkFlow[ZoomLinkError | None]:
    """Learn which meetings a host has. Returns why that could not be had."""
    listing = yield from look((host,), _quick(rules, left))
    moment: Moment = yield Now()
    now = millis(moment)
    if isinstance(listing.failure, NotFoundError):
        return listing.failure
    if listing.failure is not None:
        # Not asked again for a minute: whoever comes next does not wait for the same failure.
        yield Tx(KeepForeign(rules.account, host, None, now - (rules.foreign or 0) + MINUTE))
        return listing.failure
    seen = [entry for entry in listing.meetings if not again or again != marker_in(entry.agenda)]
    markers = {entry.id or 0: marker_in(entry.agenda) for entry in seen}
    key = rules.key.reveal()
    ours = tuple((number, marker) for number, marker in markers.items() if marker and is_ours(key, marker))
    yield Tx(KeepForeign(rules.account, host, listed_bookings(seen), listing.began, ours))
    return None


def _quick(rules: Rules, left: float) -> Rules:
    """The same rules for a question that takes half of the time that is left: the meeting is to be made yet."""
    soon = rules.within(min(left / 2, LONGEST_LOOK))
    return replace(soon, policy=replace(soon.policy, attempts=1))


def address_of(user: str, rules: Rules) -> LinkFlow[str | None]:
    """The e-mail address of a user id, asked for once a day at most; None where Zoom does not tell it."""
    name: str = yield Tx(HostOf(rules.account, user))
    if "@" not in name:
        moment: Moment = yield Now()
        _, _, states = yield from pool_of([user], (), rules, millis(moment))
        if _is_strange(states[user], millis(moment)):
            yield from _ask_about(user, rules, LONGEST_LOOK)
            name = yield Tx(HostOf(rules.account, user))
    return name if "@" in name else None


def listed_bookings(listed: Sequence[Meeting]) -> tuple[Booking, ...]:
    """When a host is busy by a list of its meetings: instant and unfixed ones have no time to tell."""
    found: set[Booking] = set()
    for meeting in listed:
        if meeting.start_time is None:
            continue
        start = milliseconds(meeting.start_time)
        length = min(meeting.duration or 60, 1440) * MINUTE
        dates = [start]
        if meeting.occurrences:
            dates = [
                milliseconds(one.start_time)
                for one in meeting.occurrences
                if one.start_time and one.status != "deleted"
            ]
        found |= {Booking(at, at + length, "", meeting.id or 0) for at in dates}
    return tuple(sorted(found))


def _ask_about(host: str, rules: Rules, left: float) -> LinkFlow[None]:
    """Learn whether a host is licensed, and by which address Zoom knows it."""
    licensed: bool | None = None
    email: str | None = None
    quick = _quick(rules, left)
    try:
        yield from take_turn(quick, Label.LIGHT)
        user = yield from users.get(host, policy=quick.policy)
        licensed = user.licensed if user.type is not None else None
        email = user.email.lower() if user.email and "@" not in host else None
    except AuthenticationError:
        raise
    except ZoomLinkError:  # the scope to look at users is not everybody's
        licensed = None
    moment: Moment = yield Now()
    yield Tx(KeepLicence(rules.account, host, licensed, millis(moment), email))
